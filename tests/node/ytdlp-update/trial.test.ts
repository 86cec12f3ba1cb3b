import { describe, expect, it } from 'vitest';
import type { EndedJob } from '../../../node/store/upkeep.ts';
import { baselineOf, rateOf, verdictOf } from '../../../node/ytdlp-update/trial.ts';
import { seeded } from '../../support/random.ts';

const HOUR = 3_600_000;
const job = (change: Partial<EndedJob>): EndedJob => ({
  ...{ userId: 1, site: 'youtube', state: 'done', errorCode: null, fromCache: 0, bytes: 1 },
  ...{ createdAt: 0, finishedAt: 0, ...change },
});
const failed = (errorCode: string) => job({ state: 'failed', errorCode });

/** Percent of trials in which a release is taken back, looked at after every job. */
function takenBack(before: number, after: number, random: ReturnType<typeof seeded>): number {
  const trials = 400;
  let back = 0;
  for (let trial = 0; trial < trials; trial += 1) {
    const good = Array.from({ length: 200 }, () => random.chance(before)).filter(Boolean).length;
    const watch = { version: 'v', since: 0, before: { good, judged: 200 } };
    const rate = { good: 0, judged: 0 };
    let verdict: ReturnType<typeof verdictOf> = 'wait';
    while (verdict === 'wait') {
      rate.judged += 1;
      if (random.chance(after)) rate.good += 1;
      verdict = verdictOf(watch, rate, 0);
    }
    if (verdict === 'worse') back += 1;
  }
  return (back / trials) * 100;
}

describe('the trial of a new yt-dlp', () => {
  it('takes few good releases back and nearly every bad one', () => {
    const random = seeded(7);
    expect(takenBack(0.9, 0.9, random)).toBeLessThan(5);
    expect(takenBack(0.75, 0.75, random)).toBeLessThan(5);
    expect(takenBack(0.9, 0.6, random)).toBeGreaterThan(90);
    expect(takenBack(0.85, 0.2, random)).toBe(100);
  });

  it('counts what yt-dlp has a part in', () => {
    const jobs = [
      job({}),
      failed('extractor_broken'),
      failed('not_found'),
      failed('engine_failed'),
    ];
    expect(rateOf(jobs)).toEqual({ good: 1, judged: 4 });
    const others = [
      ...[job({ fromCache: 1 }), job({ state: 'cancelled', errorCode: 'cancelled' })],
      ...['telegram_unreachable', 'disk_full', 'too_large', 'bad_clip'].map(failed),
    ];
    expect(rateOf(others)).toEqual({ good: 0, judged: 0 });
  });

  it('compares with the last 200 jobs, or with what is promised where there were few', () => {
    const old = Array.from({ length: 100 }, (_, n) => ({ ...failed('not_found'), finishedAt: n }));
    const late = Array.from({ length: 200 }, (_, n) => job({ finishedAt: 1_000 + n }));
    expect(baselineOf([...late, ...old])).toEqual({ good: 200, judged: 200 });
    expect(baselineOf(late.slice(0, 9))).toEqual({ good: 75, judged: 100 });
  });

  it('ends after three days also where few used it', () => {
    const watch = { version: 'v', since: 0, before: { good: 90, judged: 100 } };
    expect(verdictOf(watch, { good: 3, judged: 3 }, 71 * HOUR)).toBe('wait');
    expect(verdictOf(watch, { good: 3, judged: 3 }, 72 * HOUR)).toBe('proved');
  });
});
