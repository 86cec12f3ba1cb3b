import { describe, expect, it } from 'vitest';
import { backupCheck, databaseCheck } from '../../../node/health/data-checks.ts';
import { edgeWatch } from '../../../node/health/edge-watch.ts';
import {
  cpuCheck,
  diskCheck,
  diskNeeded,
  memoryCheck,
} from '../../../node/health/machine-checks.ts';
import { telegramCheck, webhookCheck } from '../../../node/health/telegram-checks.ts';
import {
  engineCheck,
  jsCheck,
  ytdlpAgeDays,
  ytdlpCheck,
} from '../../../node/health/tool-checks.ts';
import { size, span } from '../../../node/health/words.ts';
import { queueCheck, successCheck, workersCheck } from '../../../node/health/work-checks.ts';
import type { EndedJob } from '../../../node/store/upkeep.ts';

const GB = 1024 ** 3;
const NOW = Date.UTC(2026, 10, 23);
const HOUR = 3_600_000;

const ended = (state: EndedJob['state'], errorCode: string | null = null): EndedJob => ({
  ...{ userId: 1, site: 'youtube', state, errorCode, fromCache: 0, bytes: 1 },
  ...{ createdAt: 0, finishedAt: 1 },
});
const times = (n: number, job: EndedJob) => Array.from({ length: n }, () => job);

describe('the machine', () => {
  it('warns of a processor over 80 % and of memory over 80 %', () => {
    expect(cpuCheck(79).state).toBe('ok');
    expect(cpuCheck(80)).toMatchObject({ state: 'warn', nextStep: expect.any(String) });
    expect(memoryCheck({ total: 2 * GB, available: GB })).toMatchObject({ state: 'ok' });
    expect(memoryCheck({ total: 2 * GB, available: 0.3 * GB })).toMatchObject({ state: 'warn' });
    expect(memoryCheck({ total: 2 * GB, available: 0.05 * GB })).toMatchObject({ state: 'bad' });
  });

  it('wants room for every download that may run at once', () => {
    const needed = diskNeeded(32, 50 * 1024 ** 2);
    expect(needed).toBe(1600 * 1024 ** 2);
    expect(diskCheck({ total: 100 * GB, free: 10 * GB }, needed).state).toBe('ok');
    expect(diskCheck({ total: 100 * GB, free: 2 * GB }, needed).state).toBe('warn');
    expect(diskCheck({ total: 100 * GB, free: GB }, needed)).toMatchObject({
      state: 'bad',
      nextStep: expect.stringContaining('cleanup'),
    });
  });
});

describe('the work', () => {
  it('calls a queue over 80 % full a warning that names the setting', () => {
    const at = (queued: number) => queueCheck({ queued, running: 8, places: 8, taken: 8 });
    expect(at(76).state).toBe('ok');
    expect(at(77)).toMatchObject({
      state: 'warn',
      nextStep: expect.stringContaining('MAX_CONCURRENT_DOWNLOADS'),
    });
    expect(at(200).state).toBe('bad');
    expect(workersCheck({ busy: 16, waiting: 16, limit: 16 }).state).toBe('warn');
  });

  it('judges success by what the bot can be blamed for', () => {
    const asked = [...times(8, ended('done')), ...times(40, ended('failed', 'private_video'))];
    const stopped = [...times(2, ended('done')), ...times(20, ended('cancelled', 'cancelled'))];
    expect(successCheck([...asked, ...stopped])).toMatchObject({
      state: 'ok',
      facts: { percent: 100, jobs: 10 },
    });
    expect(successCheck([...asked, ...times(4, ended('failed', 'bot_check'))]).state).toBe('warn');
    expect(successCheck([...asked, ...times(20, ended('failed', 'engine_failed'))]).state).toBe(
      'bad',
    );
  });

  it('says nothing about success after a handful of jobs', () => {
    expect(successCheck(times(9, ended('failed', 'engine_failed'))).state).toBe('ok');
  });
});

describe('the tools', () => {
  it('grows uneasy as yt-dlp ages', () => {
    const at = (version: string) => ytdlpCheck({ version, source: 'release' }, NOW);
    expect(ytdlpAgeDays('2026.10.26', NOW)).toBe(28);
    expect(at('2026.10.26').state).toBe('ok');
    expect(at('2026.09.01').state).toBe('warn');
    expect(at('2026.07.04').state).toBe('bad');
    expect(
      ytdlpCheck({ version: '2026.10.26', source: 'debian' }, NOW, { newer: '2026.11.20' }).detail,
    ).toContain('2026.11.20 is available');
    const behind = ytdlpCheck({ version: '2026.10.26', source: 'path' }, NOW, {
      behind: '2026.11.20',
    });
    expect(behind).toMatchObject({ state: 'warn', nextStep: expect.stringContaining('PATH') });
    expect(behind.detail).toContain('the other nodes use 2026.11.20');
  });

  it('takes an engine without a fork server for healthy, one that lost it not', () => {
    const why = 'spawn, because no Python imports yt-dlp';
    expect(engineCheck({ why, warm: false, alive: true, restarts: 0 })).toMatchObject({
      state: 'ok',
      detail: why,
    });
    expect(engineCheck({ why: 'warm', warm: true, alive: false, restarts: 3 })).toMatchObject({
      state: 'warn',
      detail: 'warm, not running, restarted 3 times',
    });
    expect(jsCheck({ flags: [], reason: 'none' }).state).toBe('warn');
  });
});

describe('Telegram', () => {
  const seen = { lastOkAt: NOW - 5_000, failures: 0, lastFailure: undefined };

  it('forgives one lost call and not five', () => {
    const failing = (failures: number) =>
      telegramCheck(
        { ...seen, failures, lastFailure: { outcome: 'conflict', method: 'getUpdates', at: NOW } },
        NOW,
      );
    expect(telegramCheck(seen, NOW)).toMatchObject({ state: 'ok', detail: 'last answer 5 s ago' });
    expect(failing(1).state).toBe('ok');
    expect(failing(2).state).toBe('warn');
    expect(failing(5)).toMatchObject({
      state: 'bad',
      nextStep: expect.stringContaining('another program'),
    });
  });

  it('tells a webhook that is missing, another one, failing or crowded', () => {
    const url = 'https://bot.example/webhook';
    const state = (hook: object, expected: string | undefined = url) =>
      webhookCheck({ url, pending_update_count: 0, ...hook }, expected, NOW).state;
    expect(state({})).toBe('ok');
    expect(state({ url: '' })).toBe('bad');
    expect(state({ url: 'https://other.example/' })).toBe('bad');
    expect(state({ url: 'https://edge.example/webhook' }, '')).toBe('ok');
    expect(state({ last_error_date: NOW / 1000 - 60, last_error_message: '502' })).toBe('warn');
    expect(state({ last_error_date: NOW / 1000 - 3600 })).toBe('ok');
    expect(state({ pending_update_count: 101 })).toBe('warn');
    expect(webhookCheck({ url: '', pending_update_count: 0 }, undefined, NOW).state).toBe('ok');
    expect(webhookCheck({ url, pending_update_count: 0 }, undefined, NOW)).toMatchObject({
      state: 'warn',
      nextStep: expect.stringContaining('webhook delete'),
    });
  });

  it('knows when the edge was heard last', async () => {
    let now = NOW;
    const { source, heard } = edgeWatch(() => now);
    expect(await source.check()).toMatchObject({ detail: 'not heard of yet' });
    heard();
    now += 90_000;
    expect(await source.check()).toMatchObject({ detail: 'last job 1 min ago' });
  });
});

describe('the database', () => {
  it('shows what SQLite found and how to come back', () => {
    expect(databaseCheck('ok', 2048)).toMatchObject({ state: 'ok', detail: 'sound, 2.0 KB' });
    expect(databaseCheck('row 7 missing', 1)).toMatchObject({
      state: 'bad',
      nextStep: expect.stringContaining('restore'),
    });
  });

  it('misses a backup after two days, not on the first', () => {
    expect(backupCheck(undefined, NOW, NOW - HOUR).state).toBe('ok');
    expect(backupCheck(undefined, NOW, NOW - 51 * HOUR).state).toBe('warn');
    expect(backupCheck(NOW - 25 * HOUR, NOW, 0).state).toBe('ok');
    expect(backupCheck(NOW - 51 * HOUR, NOW, 0).state).toBe('warn');
  });
});

it('writes figures in the largest unit that fits', () => {
  expect([0, 1023, 1536, 20 * 1024 ** 2, 1.5 * GB].map(size)).toEqual([
    '0 B',
    '1023 B',
    '1.5 KB',
    '20 MB',
    '1.5 GB',
  ]);
  expect([0, 999, 1000, 125_000, 26 * HOUR].map(span)).toEqual([
    '0 ms',
    '999 ms',
    '1 s',
    '2 min',
    '1 d',
  ]);
});
