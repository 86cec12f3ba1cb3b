import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../../node/admin/figures.ts';
import type { Tally } from '../../../node/store/tallies.ts';
import { bucketOf, percentile, type Timing } from '../../../node/store/timings.ts';
import { seeded } from '../../support/random.ts';

const tally = (site: string, outcome: string, jobs: number): Tally => ({
  ...{ hour: 1, site, outcome, jobs, bytes: jobs * 10, ms: 0 },
});

describe('the figures', () => {
  const figures = figuresOf(
    [
      tally('youtube', 'done', 6),
      tally('youtube', 'cached', 1),
      tally('youtube', 'bot_check', 3),
      tally('youtube', 'private_video', 5),
      tally('x', 'cancelled', 2),
      tally('x', 'too_large', 1),
      tally('x', 'playlist_link', 4),
    ],
    [{ hour: 1, site: 'youtube', bucket: bucketOf(12_000), jobs: 6 }],
  );

  it('add up jobs by how they ended', () => {
    expect(figures).toMatchObject({ jobs: 18, delivered: 7, cached: 1, cancelled: 2, failed: 9 });
    expect(figures.bytes).toBe(70);
    expect(figures.errors[0]).toEqual({ code: 'private_video', jobs: 5 });
  });

  it('count no list that asked what to take of it', () => {
    expect(figures.errors.map(({ code }) => code)).not.toContain('playlist_link');
  });

  it('judge the bot by what it could have delivered, not by private videos or wrong links', () => {
    expect(figures.rate).toBe(70);
    expect(figures.sites).toMatchObject([
      { site: 'youtube', jobs: 15, rate: 70 },
      { site: 'x', jobs: 3, rate: undefined },
    ]);
  });
});

describe('percentiles of the histogram', () => {
  it('lie within a tenth of the true ones', () => {
    const random = seeded(7);
    const times = Array.from({ length: 5000 }, () => 500 + random.below(90_000));
    const rows: Timing[] = times.map((ms) => ({
      ...{ hour: 1, site: 'x', jobs: 1 },
      bucket: bucketOf(ms),
    }));
    const sorted = [...times].sort((a, b) => a - b);
    for (const percent of [50, 95]) {
      const truth = sorted[Math.ceil((5000 * percent) / 100) - 1] ?? 0;
      const found = percentile(rows, percent) ?? 0;
      expect(Math.abs(found / truth - 1)).toBeLessThan(0.11);
    }
  });

  it('are unknown without a delivery', () => {
    expect(percentile([], 50)).toBeUndefined();
  });
});
