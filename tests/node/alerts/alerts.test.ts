import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Alerts, createAlerts } from '../../../node/alerts/alerts.ts';
import { toldAlerts } from '../../../node/alerts/told.ts';
import type { Check, CheckName } from '../../../node/health/check.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { tempStore } from '../../support/store.ts';

const MIN = 60_000;

describe('alerts', () => {
  let time: number;
  let told: string[];
  let alerts: Alerts;
  let temp: ReturnType<typeof tempStore>;
  const started = () =>
    createAlerts({
      now: () => time,
      told: toldAlerts(temp.store.state, () => time),
      tell: async (words) => void told.push(words(textsFor('en').admin)),
    });
  beforeEach(() => {
    time = 0;
    told = [];
    temp = tempStore();
    alerts = started();
  });
  afterEach(() => temp.close());
  const check = (name: CheckName, percent: number, state: Check['state'] = 'ok'): Check => ({
    ...{ name, state, detail: `${percent} it said`, facts: { percent } },
  });
  /** Every half minute the same check. */
  const hold = async (minutes: number, ...checks: Check[]) => {
    for (let i = 0; i < minutes * 2; i++) {
      time += MIN / 2;
      await alerts.look({ checks });
    }
  };

  it('does not repeat itself over a restart, and says there when it is over', async () => {
    const worry = check('disk', 99, 'warn');
    await hold(1, worry);
    alerts = started();
    await hold(2, worry);
    expect(told).toHaveLength(1);
    await hold(2, check('disk', 10));
    expect(told[1]).toMatch(/room again/);
    alerts = started();
    await hold(2, check('disk', 10));
    expect(told).toHaveLength(2);
  });

  it.each([
    ['cpu', /\/health.*cores/],
    ['memory', /\/health.*restart/],
  ] as const)(
    'tells of %s over 80 % after 5 minutes, once, and when it is over',
    async (name, advice) => {
      await hold(4, check(name, 95));
      await hold(2, check(name, 40));
      await hold(5, check(name, 81));
      expect(told).toEqual([]);
      await hold(60, check(name, 90));
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(advice);
      await hold(30, check(name, 50));
      expect(told).toHaveLength(2);
      expect(told[1]).toMatch(/✅/);
    },
  );

  it.each([
    ['queue', check('queue', 85), /MAX_CONCURRENT_DOWNLOADS/],
    ['success', check('success', 60, 'warn'), /60%.*\/stats.*\/circuit.*log/],
    ['disk', check('disk', 97, 'bad'), /\/cleanup/],
    ['cookies', check('cookies', 0, 'warn'), /\/cookies/],
    ['ytdlp', check('ytdlp', 0, 'warn'), /A newer one: \/update/],
    ['webhook', check('webhook', 0, 'bad'), /WEBHOOK_URL/],
  ] as const)('tells of the %s at once, with what to do', async (name, worry, advice) => {
    await hold(30, worry);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(advice);
    await hold(30, check(name, 0.5));
    expect(told).toHaveLength(2);
  });

  it('is not fooled by a value that swings around its limit', async () => {
    for (let i = 0; i < 100; i++) {
      await hold(0.5, check('queue', 85));
      await hold(0.5, check('queue', 75));
    }
    expect(told).toHaveLength(1);
  });

  it('says nothing of a check that was not made', async () => {
    await hold(1, check('queue', 85));
    await hold(10);
    expect(told).toHaveLength(1);
  });

  it('tells of an opened breaker once, whatever its probes find, and when the site is back', async () => {
    const open = { site: 'youtube', phase: 'open' as const, why: 'bot_check', until: MIN };
    await alerts.breaker(open);
    await alerts.breaker({ site: 'youtube', phase: 'half_open' });
    await alerts.breaker({ ...open, until: 3 * MIN });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/YouTube.*bot_check.*\/circuit/);
    await alerts.breaker({ site: 'youtube', phase: 'closed' });
    await alerts.breaker({ site: 'youtube', phase: 'closed' });
    expect(told).toHaveLength(2);
    await alerts.breaker({ ...open, why: 'hand' });
    expect(told).toHaveLength(2);
  });

  it('tells of a crash with what was recovered', async () => {
    await alerts.crashed({ requeued: 3, dead: 1, uncertain: 2 });
    expect(told[0]).toMatch(/3 jobs go on, 2 asked about, 1 given up/);
  });
});
