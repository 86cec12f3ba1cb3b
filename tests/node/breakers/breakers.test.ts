import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BreakersParts, createBreakers } from '../../../node/breakers/breakers.ts';
import { createLog } from '../../../node/log.ts';
import { ERRORS, type ErrorCode, JobError } from '../../../shared/errors.ts';
import { seeded } from '../../support/random.ts';
import { tempStore } from '../../support/store.ts';

const MIN = 60_000;
const SITE = 'youtube';
const log = createLog({ level: 'fatal', format: 'json' });

describe('the breakers', () => {
  let temp: ReturnType<typeof tempStore>;
  let time: number;
  let timers: { at: number; run: () => void }[];
  let woken: number;
  beforeEach(() => {
    temp = tempStore();
    time = 1_000_000;
    timers = [];
    woken = 0;
  });
  afterEach(() => temp.close());

  const create = (change: Partial<BreakersParts> = {}) =>
    createBreakers({
      state: temp.store.state,
      log,
      wake: () => {
        woken += 1;
      },
      now: () => time,
      random: () => 0.5,
      setTimer(run, ms) {
        const timer = { at: time + ms, run };
        timers.push(timer);
        return { cancel: () => void timers.splice(timers.indexOf(timer), 1) };
      },
      ...change,
    });
  const elapse = (ms: number) => {
    time += ms;
    for (const timer of timers.filter(({ at }) => at <= time)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.run();
    }
  };
  let nextId = 1;
  const job = (site = SITE) => ({ id: nextId++, site });
  const run = (breakers: ReturnType<typeof create>, code?: ErrorCode, facts = {}) => {
    const one = job();
    breakers.started(one);
    if (code) breakers.failed(one, new JobError(code, '', facts));
    else breakers.succeeded(one);
    breakers.ended(one);
  };
  const open = (breakers: ReturnType<typeof create>) => {
    for (let i = 0; i < 8; i++) run(breakers, 'bot_check');
  };

  it('opens at the eighth failure of the last twenty, successes between them or not', () => {
    const breakers = create();
    for (let i = 0; i < 7; i++) {
      run(breakers, 'site_error');
      run(breakers);
    }
    expect(breakers.pausedSites()).toEqual([]);
    run(breakers, 'site_unreachable');
    expect(breakers.pausedSites()).toEqual([SITE]);
    expect(breakers.pausedUntil(SITE)).toBe(time + 1.1 * MIN);
  });

  it.each((Object.keys(ERRORS) as ErrorCode[]).filter((code) => !('breaker' in ERRORS[code])))(
    'never opens for %s',
    (code) => {
      const breakers = create();
      for (let i = 0; i < 40; i++) run(breakers, code);
      expect(breakers.pausedSites()).toEqual([]);
    },
  );

  it('opens at once for as long as the site asked to be left alone', () => {
    const breakers = create();
    run(breakers, 'rate_limited', { until: time + 20_000 });
    expect(breakers.pausedSites()).toEqual([]);
    run(breakers, 'rate_limited', { until: time + 45 * MIN });
    expect(breakers.pausedUntil(SITE)).toBe(time + 45 * MIN);
  });

  it('lets one job through when its time is over, and opens or closes by what that one finds', () => {
    const breakers = create();
    open(breakers);
    elapse(2 * MIN);
    expect(woken).toBeGreaterThan(0);
    expect(breakers.pausedSites()).toEqual([]);
    const probe = job();
    breakers.started(probe);
    expect(breakers.pausedSites()).toEqual([SITE]);
    breakers.failed(probe, new JobError('bot_check'));
    breakers.ended(probe);
    expect(breakers.pausedUntil(SITE)).toBe(time + 2.2 * MIN);
    elapse(3 * MIN);
    run(breakers);
    expect(breakers.pausedSites()).toEqual([]);
    expect(breakers.list()).toEqual([]);
  });

  it('pauses 1, 2, 4, 8, 16 and then 30 minutes, each a little longer by chance', () => {
    const breakers = create();
    open(breakers);
    const pauses: number[] = [];
    for (let i = 0; i < 7; i++) {
      const pause = (breakers.pausedUntil(SITE) ?? 0) - time;
      pauses.push(pause / MIN / 1.1);
      elapse(pause);
      run(breakers, 'bot_check');
    }
    expect(pauses.map((n) => Math.round(n))).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  it('is still open after a restart, and its probe of before is forgotten', async () => {
    const first = create();
    open(first);
    const until = first.pausedUntil(SITE);
    const second = create();
    await second.restore();
    expect(second.pausedUntil(SITE)).toBe(until);
    elapse(2 * MIN);
    second.started(job());
    const third = create();
    await third.restore();
    expect(third.pausedSites()).toEqual([]);
  });

  it('is opened and closed by hand', async () => {
    const breakers = create();
    breakers.open(SITE);
    expect(breakers.list()).toMatchObject([{ site: SITE, phase: 'open', why: 'hand' }]);
    expect(breakers.pausedSites()).toEqual([SITE]);
    breakers.close(SITE);
    expect(breakers.pausedSites()).toEqual([]);
    expect((await temp.store.state.all('breakers', v.unknown())).size).toBe(0);
  });

  it('keeps no more sites than failed within the hour', () => {
    const breakers = create();
    for (let i = 0; i < 1000; i++) {
      elapse(MIN);
      breakers.failed(job(`host-${i}.example`), new JobError('site_unreachable'));
    }
    expect(breakers.list().length).toBeLessThanOrEqual(201);
  });

  /** A site that asks for proof of not being a robot from minute 1 to minute 11. */
  function tenMinutesOfBotChecks(seed: number) {
    const chance = seeded(seed);
    const random = () => chance.below(1000) / 1000;
    const breakers = create({ random });
    const start = time;
    const down = () => time >= start + MIN && time < start + 11 * MIN;
    const seen = { failuresToOpen: 0, probes: 0, probesAfter: 0, closed: Number.NaN };
    let wasOpen = false;
    for (; time < start + 40 * MIN; elapse(2000)) {
      const paused = breakers.pausedSites().length > 0;
      if (paused) wasOpen = true;
      else if (wasOpen && breakers.list().every(({ phase }) => phase === 'closed')) break;
      if (paused) continue;
      const isPrivate = random() < 0.3;
      if (wasOpen && down()) seen.probes += 1;
      if (wasOpen && !down() && !isPrivate) seen.probesAfter += 1;
      if (!wasOpen && down() && !isPrivate) seen.failuresToOpen += 1;
      run(breakers, isPrivate ? 'private_video' : down() ? 'bot_check' : undefined);
    }
    return { ...seen, closed: time };
  }

  it('meets ten minutes of bot checks among private videos with few requests', () => {
    for (let seed = 1; seed <= 200; seed++) {
      time = 1_000_000;
      const seen = tenMinutesOfBotChecks(seed);
      expect(seen.failuresToOpen).toBeLessThanOrEqual(8);
      expect(seen.probes).toBeLessThanOrEqual(6);
      expect(seen.probesAfter).toBe(1);
    }
  });
});
