import { afterEach, describe, expect, it } from 'vitest';
import { pssOfTree, rssOf } from '../../scripts/bench/process-tree.ts';
import { type Scene, startScene } from '../support/scene.ts';

/** Four times what it may add; `HUGE_MB=1500` for the long measurement. */
const HUGE_MB = Number(process.env.HUGE_MB ?? 250);
const MB = 1024 * 1024;

/** Calls `look` until told to stop; what it answers last are the largest values seen. */
function watch<T extends Record<string, number>>(look: () => T, everyMs = 200) {
  const peak = look();
  const timer = setInterval(() => {
    for (const [name, value] of Object.entries(look()))
      if (value > (peak[name] ?? 0)) Object.assign(peak, { [name]: value });
  }, everyMs);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

describe.runIf(process.platform === 'linux')('memory', () => {
  let scene: Scene;
  afterEach(() => scene?.close());

  it.each(['warm', 'spawn'])(
    'stays under 1 GB in all with eight downloads at once (%s)',
    async (engine) => {
      scene = await startScene({ ENGINE: engine, MAX_CONCURRENT_DOWNLOADS: '8' });
      scene.site.throttle(500_000);
      // Each look goes through all pages of twenty processes.
      const look = () => ({ pss: pssOfTree(scene.bot.pid), connections: scene.site.open() });
      const stop = watch(look, 500);
      const asked = Array.from({ length: 8 }, (_, i) => {
        const person = 3000 + i;
        return [person, scene.say(person, `${scene.site.url}/clip.mp4?copy=${i}`)] as const;
      });
      await Promise.all(asked.map(([person, message]) => scene.delivery(person, message, 200_000)));
      const { pss, connections } = stop();
      console.log(`8 downloads, ${engine}: ${Math.round(pss / MB)} MB PSS in all`);
      expect(connections).toBeGreaterThanOrEqual(8);
      expect(pss).toBeLessThan(1024 * MB);
    },
    240_000,
  );

  it(`adds less than 64 MB to the node for a file of ${HUGE_MB} MB`, async () => {
    const bytes = HUGE_MB * MB;
    scene = await startScene({ MAX_FILE_MB: '2000' }, { local: true });
    await scene.delivery(1, scene.say(1, `${scene.site.url}/clip.mp4`), 60_000);
    const before = rssOf(scene.bot.pid);
    const stop = watch(() => ({ rss: rssOf(scene.bot.pid) }));
    const asked = scene.say(2, `${scene.site.url}/huge.mp4?bytes=${bytes}`);
    const got = await scene.delivery(2, asked, 220_000);
    const { rss } = stop();
    console.log(
      `${HUGE_MB} MB: ${(before / MB).toFixed(0)} MB + ${((rss - before) / MB).toFixed(1)} MB RSS`,
    );
    expect(got).toMatchObject({ kind: 'video', bytes });
    expect(rss - before).toBeLessThan(64 * MB);
  }, 240_000);
});
