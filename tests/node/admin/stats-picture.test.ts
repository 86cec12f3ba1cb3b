import { describe, expect, it } from 'vitest';
import { renderPicture } from '../../../node/admin/picture.ts';
import { drawStats } from '../../../node/admin/stats-picture.ts';
import type { Tally } from '../../../node/store/tallies.ts';

const HOUR = 500_000;
const tally = (hour: number, site: string, outcome: string, jobs: number): Tally => ({
  ...{ hour, site, outcome, jobs, bytes: 0, ms: 0 },
});
const DAY = [
  tally(HOUR, 'youtube', 'done', 30),
  tally(HOUR, 'youtube', 'bot_check', 10),
  tally(HOUR - 5, 'a<b>&"c".example', 'cached', 7),
  tally(HOUR - 30, 'vimeo', 'done', 99),
];
const size = (png: Buffer) => ({ width: png.readUInt32BE(16), height: png.readUInt32BE(20) });

describe('the picture of /stats', () => {
  it.each(['en', 'fa'] as const)('is a PNG with letters in it (%s)', async (lang) => {
    const svg = drawStats(DAY, HOUR, lang);
    const png = await renderPicture(svg);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(size(png)).toMatchObject({ width: 960 });
    const wordless = await renderPicture(svg.replace(/<text[\s\S]*?<\/text>/g, ''));
    expect(png.length).toBeGreaterThan(wordless.length * 1.5);
  });

  it('shows the jobs of the day by hour and platform, and none of the day before', () => {
    const svg = drawStats(DAY, HOUR, 'en');
    expect(svg).toMatch(/>40<\/text>/);
    expect(svg).toMatch(/>40 · 75%<\/text>/);
    expect(svg).not.toContain('>99<');
  });

  it('keeps what a site is called from becoming a drawing', () => {
    expect(drawStats(DAY, HOUR, 'en')).toContain('a&#60;b&#62;&#38;&#34;c&#34;.example');
  });

  it('lays Persian out from the right', () => {
    const svg = drawStats(DAY, HOUR, 'fa');
    expect(svg).toMatch(/x="904"[^>]*text-anchor="end"[^>]*>\u2067۲۴ ساعت گذشته\u2069</);
  });

  it('says so when nothing has happened', () => {
    expect(drawStats([], HOUR, 'en')).toContain('Nothing has happened yet');
  });
});
