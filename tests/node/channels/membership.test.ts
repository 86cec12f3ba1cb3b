import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMembership } from '../../../node/channels/membership.ts';
import { createLog } from '../../../node/log.ts';
import { downloadRequest, tempStore } from '../../support/store.ts';

const log = createLog({ level: 'silent', format: 'json' });
const HOUR = 3_600_000;

describe('what a person wanted before they joined', () => {
  let temp: ReturnType<typeof tempStore>;
  let now: number;
  beforeEach(() => {
    temp = tempStore();
    now = 1_000 * HOUR;
  });
  afterEach(() => temp.close());

  /** As after a start: nothing but the database is left of what was before. */
  const started = () =>
    createMembership({
      api: { getChatMember: async () => ({ status: 'left' }) as never },
      settings: { channels: [] },
      state: temp.store.state,
      isAdmin: () => false,
      log,
      now: () => now,
    });

  it('is kept over a restart and given out once', async () => {
    await started().hold(downloadRequest(5));
    await started().hold(downloadRequest(6));
    expect(await started().release(1)).toEqual(downloadRequest(6));
    expect(await started().release(1)).toBeUndefined();
  });

  it('is another wish for each person', async () => {
    await started().hold(downloadRequest(5));
    expect(await started().release(2)).toBeUndefined();
    expect(await started().release(1)).toEqual(downloadRequest(5));
  });

  it('is forgotten after an hour', async () => {
    await started().hold(downloadRequest(5));
    now += HOUR + 1;
    expect(await started().release(1)).toBeUndefined();
  });
});
