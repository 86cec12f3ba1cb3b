import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damageOf } from '../../node/store/open.ts';
import { type CrashScene, nextPerson, seenBy, startCrashScene } from '../support/crash.ts';

const MB = 1024 * 1024;

/** Needs a right that containers and laptops often withhold; elsewhere the units have to do. */
function canMount(dir: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', dir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const dir = await mkdtemp(join(tmpdir(), 'postchi-full-'));
const mounted = canMount(dir);

describe.skipIf(!mounted)('a disk of 64 MB that fills up', () => {
  let scene: CrashScene;
  beforeAll(async () => {
    // So small that the downloads run beside each other: room for whole files is given out.
    scene = await startCrashScene({ MAX_FILE_MB: '8' }, join(dir, 'data'));
  });
  afterAll(async () => {
    await scene?.close();
    execFileSync('umount', ['-l', dir]);
    await rm(dir, { recursive: true, force: true });
  });

  const ballast = join(dir, 'ballast');
  /** Leaves so many MB free. */
  const fillTo = (mb: number) => {
    const { bavail, bsize } = statfsSync(dir);
    const bytes = Math.max(0, Math.floor(bavail * bsize - mb * MB));
    try {
      writeFileSync(ballast, Buffer.alloc(bytes));
    } catch (error) {
      // The downloads took the last bytes meanwhile: as full as was wanted.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  };
  const empty = () => rmSync(ballast, { force: true });
  const ask = (user: number) =>
    scene.telegram.api.say(user, user, `${scene.site.url}/of/${user}/small.mp4`);
  const seen = (user: number) => seenBy(scene.telegram, user);
  const delivered = (users: number[]) =>
    scene.telegram.api.waitFor(() => users.every((user) => seen(user).media.length === 1), 90_000);

  it('tells who comes then that the job waits, and delivers when there is room', async () => {
    const users = [nextPerson(), nextPerson(), nextPerson()];
    fillTo(2);
    for (const user of users) ask(user);
    const told = () => users.every((user) => seen(user).leftover[0]?.text.includes('disk is full'));
    await scene.telegram.api.waitFor(told, 20_000);
    expect(users.map((user) => seen(user).failure)).toEqual(users.map(() => undefined));
    empty();
    await delivered(users);
  });

  it('loses nothing when the last byte goes in the middle of the downloads', async () => {
    const users = Array.from({ length: 4 }, nextPerson);
    scene.site.throttle(40_000);
    for (const user of users) ask(user);
    await Promise.all(users.map((user) => scene.site.asked(`/of/${user}/small.mp4`, 2)));
    fillTo(0);
    scene.site.throttle(undefined);
    await scene.bot.logged(
      ({ msg, code }) => msg === 'job waits' || code === 'SQLITE_FULL' || /settled/.test(`${msg}`),
    );
    empty();
    await delivered(users);
    expect(users.map((user) => seen(user).media.length)).toEqual(users.map(() => 1));
    expect(damageOf(join(dir, 'data', 'postchi.db'))).toBeUndefined();
  });
});
