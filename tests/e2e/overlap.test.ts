import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/scene.ts';

/** The fork servers of a bot: its own children that run the script. */
function forkServers(bot: number): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(parent) === bot && args.includes('yt_dlp:main') ? [Number(pid)] : [];
  });
}

describe('jobs beside each other', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene({ MAX_CONCURRENT_DOWNLOADS: '1', ENGINE: 'warm' });
  });
  afterAll(async () => {
    // A regular end would wait for the upload that hangs.
    scene?.bot.kill('SIGKILL');
    await scene?.close();
  });

  it('keep downloading while an upload does not end', async () => {
    const { telegram, site } = scene;
    const held = 501;
    telegram.api.faults.add({
      method: 'sendVideo',
      kind: 'hang',
      when: ({ chat_id }) => Number(chat_id) === held,
    });
    scene.say(held, `${site.url}/small.mp4?n=held`);
    await telegram.api.waitFor(
      () =>
        telegram.api.calls.find(
          ({ method, fields }) => method === 'sendVideo' && Number(fields.chat_id) === held,
        ),
      60_000,
    );
    const next = scene.say(502, `${site.url}/small.mp4?n=next`);
    expect(await scene.delivery(502, next, 60_000)).toMatchObject({ kind: 'video' });
    expect(scene.telegram.api.visible(held).some(({ kind }) => kind === 'video')).toBe(false);
  });

  it('are all delivered while the fork server is killed again and again', async () => {
    const people = Array.from({ length: 12 }, (_, index) => 600 + index);
    let kills = 0;
    const delivered = people.map(async (person) => {
      const asked = scene.say(person, `${scene.site.url}/small.mp4?n=${person}`);
      const { kind } = await scene.delivery(person, asked, 100_000);
      if (kills < 4) for (const pid of forkServers(scene.bot.pid)) process.kill(pid, 'SIGKILL');
      kills += 1;
      return kind;
    });
    expect(await Promise.all(delivered)).toEqual(people.map(() => 'video'));
    expect(scene.site.count('/small.mp4')).toBeGreaterThanOrEqual(people.length);
  });
});
