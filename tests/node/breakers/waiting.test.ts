import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBreakers } from '../../../node/breakers/breakers.ts';
import { settleFailure } from '../../../node/jobs/settle.ts';
import { createLog } from '../../../node/log.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { JobError } from '../../../shared/errors.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { newJob, tempStore } from '../../support/store.ts';

const log = createLog({ level: 'silent', format: 'json' });
const SITE = 'youtube';

describe('jobs of a paused site', () => {
  let temp: ReturnType<typeof tempStore>;
  let said: string[];
  const time = 1_000_000;
  beforeEach(() => {
    temp = tempStore();
    said = [];
  });
  afterEach(() => temp.close());

  const claim = async (skipSites: readonly string[]) =>
    temp.store.jobs.claim({ bootId: 'b', now: time, leaseMs: 1, perUser: 99, skipSites });
  const add = async () => {
    const row = newJob({ site: SITE });
    return (await temp.store.jobs.add(row.updateId, [row]))[0] as JobRow;
  };
  const open = () => {
    const breakers = createBreakers({ state: temp.store.state, log, wake() {}, now: () => time });
    for (let id = 1; id <= 8; id++) breakers.failed({ id, site: SITE }, new JobError('bot_check'));
    return breakers;
  };

  it('wait without being claimed, and so without burning an attempt', async () => {
    const job = await add();
    expect(await claim(open().pausedSites())).toBeUndefined();
    expect(await temp.store.jobs.find(job.id)).toMatchObject({ state: 'queued', attempt: 0 });
  });

  it('go back to wait when they were under way, with the time in their message', async () => {
    await add();
    const job = (await claim([])) as JobRow;
    const breakers = open();
    const board = {
      show: (_: unknown, words: (texts: ReturnType<typeof textsFor>) => string) =>
        void said.push(words(textsFor('en'))),
    };
    const parts = { store: temp.store, board, sites: breakers, log, now: () => time };
    const { signal } = new AbortController();
    const error = await settleFailure(
      parts as unknown as Parameters<typeof settleFailure>[0],
      job,
      new JobError('bot_check'),
      signal,
    );
    expect(error).toBeUndefined();
    expect(said[0]).toMatch(/YouTube.*I keep your link/);
    const until = breakers.pausedUntil(SITE) ?? 0;
    const row = await temp.store.jobs.find(job.id);
    expect(row?.state).toBe('queued');
    expect(row?.notBefore).toBeGreaterThan(until);
  });
});
