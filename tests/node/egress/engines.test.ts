/** Every hostile link, through real yt-dlp and ffmpeg: nothing on this machine is ever reached. */
import { expect, inject, it } from 'vitest';
import { runHostile } from '../../support/hostile/run.ts';

it.each([
  ['warm', 1, 300],
  ['spawn', 8, 38],
] as const)(
  'the %s engine reaches no private address by any hostile link',
  async (kind, every, n) => {
    const tools = { install: inject('ytdlp'), ffmpeg: inject('ffmpeg').ffmpeg };
    const report = await runHostile({ ...tools, kind, every });
    const { links, hits, by, dialled, ended, proxy } = report;
    console.info(
      `${kind}: ${links} hostile links, ${hits} connections to the canary`,
      ended,
      proxy,
    );
    expect(by).toEqual([]);
    expect({ links, hits }).toEqual({ links: n, hits: 0 });
    // The links were really tried: the site was reached, and the proxy had to refuse.
    expect([...dialled]).toEqual(['93.184.216.34']);
    expect(proxy.refused).toBeGreaterThan(links / 10);
  },
  300_000,
);
