/** A disk of 64 MB that fills up while a job is in one phase of its life, each by itself. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { damageOf } from '../../node/store/open.ts';
import { Database } from '../../node/store/sqlite.ts';
import { type CrashScene, nextPerson, seenBy, startCrashScene } from '../support/crash.ts';
import { type SmallDisk, smallDisk } from '../support/small-disk.ts';

const disk = await smallDisk(64);
const own = mkdtempSync(join(tmpdir(), 'postchi-full-'));

async function until(fits: () => boolean, otherwise: string): Promise<void> {
  for (let looks = 0; !fits(); looks++) {
    if (looks > 1_200) throw new Error(`${otherwise} within a minute`);
    await wait(50);
  }
}

/** An ffmpeg that waits, once it should write a file, for as long as the gate is shut. */
function gatedFfmpeg(real: string) {
  const [gate, reached] = [join(own, 'shut'), join(own, 'reached')];
  mkdirSync(join(own, 'bin'));
  const path = join(own, 'bin/ffmpeg');
  symlinkSync(join(dirname(real), 'ffprobe'), join(own, 'bin/ffprobe'));
  const script = `#!/bin/sh
case "$*" in *-movflags*|*-c\\ copy*)
  if [ -e '${gate}' ]; then : > '${reached}'; while [ -e '${gate}' ]; do sleep 0.05; done; fi
esac
exec '${real}' "$@"
`;
  writeFileSync(path, script, { mode: 0o755 });
  return {
    path,
    shut: () => writeFileSync(gate, ''),
    open: () => rmSync(gate, { force: true }),
    async reached() {
      await until(() => existsSync(reached), 'ffmpeg was not started');
      rmSync(reached);
    },
  };
}

describe.skipIf(!disk)('a disk of 64 MB that fills up', () => {
  const { fillTo, empty } = disk as SmallDisk;
  const ffmpeg = gatedFfmpeg(inject('ffmpeg').ffmpeg);
  let scene: CrashScene;
  beforeAll(async () => {
    // So small that the downloads run beside each other: room for whole files is given out.
    const env = { MAX_FILE_MB: '8', FFMPEG_PATH: ffmpeg.path };
    scene = await startCrashScene(env, join((disk as SmallDisk).dir, 'data'));
  });
  afterAll(async () => {
    await scene?.close();
    await disk?.close();
    rmSync(own, { recursive: true, force: true });
  });

  const file = () => join(scene.bot.dataDir, 'postchi.db');
  const ask = (user: number, path = `/of/${user}/small.mp4`) =>
    scene.telegram.api.say(user, user, scene.site.url + path);
  const seen = (user: number) => seenBy(scene.telegram, user);
  const quiet = (user: number) => seen(user).media.length === 1 && seen(user).leftover.length === 0;
  /** Each has one file and nothing else, and nobody was asked or told of a failure. */
  async function delivered(users: number[]) {
    await scene.telegram.api.waitFor(() => users.every(quiet), 90_000);
    for (const user of users)
      expect(seen(user)).toMatchObject({ question: undefined, failure: undefined });
    expect(damageOf(file())).toBeUndefined();
  }
  /** A fresh start writes into a log of a few pages: the next write needs a new one. */
  const fresh = async () => {
    await scene.bot.stop();
    await scene.restart();
  };
  const attempts = (user: number) => {
    const db = new Database(file(), { readonly: true });
    const row = db.prepare('SELECT attempt FROM jobs WHERE user_id = ?').get(user);
    db.close();
    return (row as { attempt: number }).attempt;
  };

  it('when an update should be stored: it is taken when it comes again', async () => {
    await fresh();
    const users = [nextPerson(), nextPerson()];
    fillTo(0);
    for (const user of users) ask(user);
    await scene.bot.logged('an update could not be stored');
    empty();
    await delivered(users);
  });

  it('before a download: who comes then is told that the job waits', async () => {
    const users = [nextPerson(), nextPerson(), nextPerson()];
    fillTo(2);
    for (const user of users) ask(user);
    const told = () => users.every((user) => seen(user).leftover[0]?.text.includes('disk is full'));
    await scene.telegram.api.waitFor(told, 20_000);
    expect(users.map((user) => seen(user).failure)).toEqual(users.map(() => undefined));
    empty();
    await delivered(users);
  });

  /** Waits until the bot has met the full disk since that line of its log. */
  async function met(from: number) {
    const since = () => scene.bot.log.slice(from);
    const fits = ({ msg, code }: Record<string, unknown>) =>
      (msg === 'job waits' && code === 'disk_full') || /without being settled/.test(`${msg}`);
    await until(() => since().some(fits), 'the bot met no full disk');
  }

  it('while the link is looked at', async () => {
    const user = nextPerson();
    const from = scene.bot.log.length;
    scene.site.throttle(2_000);
    ask(user);
    await scene.site.asked(`/of/${user}/small.mp4`, 1);
    fillTo(0);
    scene.site.throttle(undefined);
    await met(from);
    empty();
    await delivered([user]);
  });

  it('in the middle of the downloads', async () => {
    const users = Array.from({ length: 4 }, nextPerson);
    const from = scene.bot.log.length;
    scene.site.throttle(40_000);
    for (const user of users) ask(user);
    await Promise.all(users.map((user) => scene.site.asked(`/of/${user}/small.mp4`, 2)));
    fillTo(0);
    scene.site.throttle(undefined);
    await met(from);
    empty();
    await delivered(users);
  });

  it.each([
    ['the node makes an MP4 of a stream', (user: number) => `/of/${user}/hls/master.m3u8`],
    ['yt-dlp joins picture and sound', (user: number) => `/of/${user}/dash/manifest.mpd`],
  ])('when %s', async (_, pathOf) => {
    const user = nextPerson();
    const from = scene.bot.log.length;
    ffmpeg.shut();
    ask(user, pathOf(user));
    await ffmpeg.reached();
    fillTo(0);
    ffmpeg.open();
    await met(from);
    empty();
    await delivered([user]);
    expect(attempts(user)).toBe(1);
  });

  it('when the last bytes of an upload should leave', async () => {
    await fresh();
    const user = nextPerson();
    const begins = new Promise<void>((yes) => {
      scene.wire.onStart(
        'sendVideo',
        () => {
          fillTo(0);
          yes();
        },
        false,
      );
    });
    ask(user);
    await begins;
    await wait(1_000);
    empty();
    await delivered([user]);
  });

  it('when it should be written that the file arrived: nobody is asked', async () => {
    await fresh();
    const user = nextPerson();
    const arrived = new Promise<void>((yes) => {
      const look = (call: { method: string; fields: Readonly<Record<string, unknown>> }) => {
        if (call.method !== 'sendVideo' || Number(call.fields.chat_id) !== user) return;
        scene.telegram.api.events.off('called', look);
        fillTo(0);
        yes();
      };
      scene.telegram.api.events.on('called', look);
    });
    ask(user);
    await arrived;
    await wait(500);
    empty();
    await delivered([user]);
  });
});
