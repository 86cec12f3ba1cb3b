import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../node/store/sqlite.ts';
import { type CrashScene, nextPerson, seenBy, startCrashScene } from '../support/crash.ts';

describe('SIGTERM and jobs that kill the node', () => {
  let scene: CrashScene;
  beforeEach(async () => {
    scene = await startCrashScene();
  });
  afterEach(() => scene?.close());

  const ask = (user: number) => {
    const path = `/of/${user}/small.mp4`;
    scene.telegram.api.say(user, user, scene.site.url + path);
    return path;
  };
  const seen = (user: number) => seenBy(scene.telegram, user);
  const arrived = (users: number[]) =>
    scene.telegram.api.waitFor(() => users.every((user) => seen(user).media.length > 0), 90_000);
  const rows = () => {
    const db = new Database(join(scene.bot.dataDir, 'postchi.db'), { readonly: true });
    try {
      return db.prepare('SELECT state, attempt, crashes FROM jobs ORDER BY id').all();
    } finally {
      db.close();
    }
  };

  it('lets what runs finish, takes nothing new, and leaves with 0 and no process behind', async () => {
    const users = Array.from({ length: 6 }, nextPerson);
    scene.site.throttle(60_000);
    const paths = users.map(ask);
    await Promise.all(paths.map((path) => scene.site.asked(path, 2)));
    scene.bot.kill('SIGTERM');
    await scene.bot.logged(/^draining/);
    const health = await fetch(`${scene.bot.url}/healthz`);
    expect([health.status, await health.json()]).toMatchObject([503, { draining: true }]);
    const late = nextPerson();
    ask(late);
    expect(await scene.bot.exited).toBe(0);
    expect(users.map((user) => seen(user).media.length)).toEqual(users.map(() => 1));
    expect(seen(late).media).toEqual([]);
    expect(await scene.engines()).toEqual([]);
    scene.site.throttle(undefined);
    await scene.restart();
    await arrived([late]);
  });

  it('puts everything back at the second SIGTERM and burns no attempt', async () => {
    const users = Array.from({ length: 4 }, nextPerson);
    scene.site.throttle(8_000);
    const paths = users.map(ask);
    await Promise.all(paths.map((path) => scene.site.asked(path, 2)));
    scene.bot.kill('SIGTERM');
    await scene.bot.logged(/^draining/);
    scene.bot.kill('SIGTERM');
    expect(await scene.bot.exited).toBe(0);
    expect(await scene.engines()).toEqual([]);
    expect(rows()).toEqual(users.map(() => ({ state: 'queued', attempt: 0, crashes: 0 })));
    scene.site.throttle(undefined);
    await scene.restart();
    await arrived(users);
    expect(users.map((user) => seen(user).media.length)).toEqual(users.map(() => 1));
    const quiet = () => users.every((user) => seen(user).leftover.length === 0);
    await scene.telegram.api.waitFor(quiet, 30_000);
    expect(rows()).toEqual(users.map(() => ({ state: 'done', attempt: 1, crashes: 0 })));
  });

  it('gives up a link that killed the node three times, says so, and serves the others', async () => {
    const poison = nextPerson();
    const others = Array.from({ length: 5 }, nextPerson);
    scene.site.throttle(30_000);
    const path = ask(poison);
    for (const user of others) ask(user);
    for (const times of [1, 2, 3]) {
      await scene.site.asked(path, times === 1 ? 1 : scene.site.count(path) + 1);
      await scene.kill();
      if (times === 2) scene.site.throttle(undefined);
      await scene.restart();
    }
    await arrived(others);
    await scene.telegram.api.waitFor(() => seen(poison).failure, 30_000);
    expect(seen(poison).media).toEqual([]);
    expect(others.map((user) => seen(user).failure)).toEqual(others.map(() => undefined));
  });
});
