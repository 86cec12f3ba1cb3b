import { describe, expect, it } from 'vitest';
import { quantile, summarize } from '../../../node/services/summary.ts';
import type { EndedJob } from '../../../node/store/upkeep.ts';

const job = (change: Partial<EndedJob>): EndedJob => ({
  ...{ userId: 1, site: 'youtube', state: 'done', errorCode: null, fromCache: 0, bytes: 100 },
  ...{ createdAt: 0, finishedAt: 2000 },
  ...change,
});

describe('METRICS SUMMARY', () => {
  it('adds up people, jobs, success, bytes, cache hits and errors', () => {
    const summary = summarize([
      job({}),
      job({ userId: 2, fromCache: 1, finishedAt: 10 }),
      job({ userId: 2, site: 'instagram', state: 'failed', errorCode: 'login_required' }),
      job({ userId: 3, site: 'instagram', state: 'failed', errorCode: 'bot_check' }),
      job({ userId: 3, site: 'blog.example', state: 'failed', errorCode: 'bot_check' }),
    ]);
    expect(summary).toEqual({
      ...{ users: 3, jobs: 5, success: 50, bytes: 200, cacheHits: 1 },
      platforms: {
        youtube: { count: 2, success: 100, p50: 2, p95: 2 },
        instagram: { count: 2, success: 0, p50: undefined, p95: undefined },
        other: { count: 1, success: 0, p50: undefined, p95: undefined },
      },
      errors: { bot_check: 2, login_required: 1 },
    });
  });

  it('has no success rate where nothing says anything about it', () => {
    expect(summarize([]).success).toBeUndefined();
    expect(
      summarize([job({ state: 'cancelled', errorCode: 'cancelled' })]).success,
    ).toBeUndefined();
  });

  it('stays short however many sites and errors there are', () => {
    const many = Array.from({ length: 500 }, (_, n) =>
      job({ site: `site-${n}`, state: 'failed', errorCode: `code-${n}` }),
    );
    expect(Object.keys(summarize(many).platforms)).toEqual(['other']);
    expect(Object.keys(summarize(many).errors)).toHaveLength(8);
  });

  it('takes quantiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, n) => n + 1);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.95), quantile([7], 0.95)]).toEqual([
      50, 95, 7,
    ]);
    expect(quantile([], 0.5)).toBeUndefined();
  });
});
