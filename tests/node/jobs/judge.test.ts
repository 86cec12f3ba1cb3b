import { describe, expect, it } from 'vitest';
import { judge } from '../../../node/jobs/errors.ts';
import { Stopped, type StopReason } from '../../../node/jobs/stopped.ts';
import { JobError } from '../../../shared/errors.ts';

const HOUR = 3_600_000;
const running = new AbortController().signal;
const stopped = (reason: StopReason) => AbortSignal.abort(new Stopped(reason));
const verdict = (error: unknown, { attempt = 1, age = 0, signal = running } = {}) =>
  judge({ attempt, createdAt: 0 }, error, signal, age, () => 1);

describe('what becomes of a failed job', () => {
  it('tries a passing fault of the site again, three times at most', () => {
    const error = new JobError('site_error');
    expect(verdict(error)).toMatchObject({ next: 'retry', delayMs: 8_000 });
    expect(verdict(error, { attempt: 2 })).toMatchObject({ next: 'retry', delayMs: 16_000 });
    expect(verdict(error, { attempt: 3 })).toMatchObject({ next: 'explain' });
    expect(verdict(new JobError('private_video'))).toMatchObject({ next: 'explain' });
  });

  it.each(['disk_full', 'telegram_unreachable'] as const)('outlasts %s for hours', (code) => {
    const error = new JobError(code);
    expect(verdict(error, { attempt: 3 })).toMatchObject({ next: 'wait', delayMs: 5_000 });
    expect(verdict(error, { age: HOUR })).toMatchObject({ next: 'wait', delayMs: 300_000 });
    expect(verdict(error, { age: 7 * HOUR, attempt: 3 })).toMatchObject({ next: 'explain' });
  });

  it('knows a full disk by the code of whoever met it', () => {
    const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    const wrapped = new Error('Failed query', { cause: full });
    const written = Object.assign(new Error('write'), { code: 'ENOSPC' });
    for (const error of [full, wrapped, written]) {
      expect(verdict(error)).toMatchObject({ next: 'wait', error: { code: 'disk_full' } });
    }
  });

  it('puts back what a shutdown interrupted, unless it may have arrived', () => {
    const signal = stopped('shutdown');
    expect(verdict(new Error('aborted'), { signal })).toEqual({ next: 'put_back' });
    expect(verdict(new JobError('uncertain'), { signal })).toMatchObject({
      ...{ next: 'explain', error: { code: 'uncertain' } },
    });
  });

  it('takes the first cause: what was cancelled or timed out failed by that', () => {
    const after = new JobError('site_error');
    expect(verdict(after, { signal: stopped('cancelled') })).toMatchObject({
      ...{ next: 'explain', error: { code: 'cancelled' } },
    });
    expect(verdict(after, { signal: stopped('timed_out') })).toMatchObject({
      ...{ next: 'explain', error: { code: 'timed_out' } },
    });
  });
});
