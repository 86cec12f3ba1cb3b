import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { everyMs, runEvery, servicesCheck } from '../../../node/services/every.ts';
import { fakeClock } from '../../support/clock.ts';

const log = pino({ level: 'silent' });
const MINUTE = 60_000;

describe('periodic services', () => {
  it('run at their distance, the first one after its own', async () => {
    const { clock, pass } = fakeClock();
    let runs = 0;
    const service = {
      name: 'count',
      next: everyMs(10 * MINUTE, MINUTE),
      run: async () => void runs++,
    };
    runEvery(service, log, clock);
    await pass(MINUTE, turn);
    expect(runs).toBe(1);
    await pass(60 * MINUTE, turn);
    expect(runs).toBe(7);
  });

  it('never overlap: the next distance begins when a run ends', async () => {
    const { clock, pass, waiting } = fakeClock();
    let finish: () => void = () => {};
    let runs = 0;
    const run = () => {
      runs++;
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    };
    runEvery({ name: 'slow', next: everyMs(MINUTE), run }, log, clock);
    await pass(10 * MINUTE, turn);
    expect([runs, waiting()]).toEqual([1, 0]);
    finish();
    await turn();
    await pass(MINUTE, turn);
    expect(runs).toBe(2);
  });

  it('go on after a failure, which health shows until the next good run', async () => {
    const { clock, pass } = fakeClock();
    let broken = true;
    const run = async () => {
      if (broken) throw new Error('disk full');
    };
    const running = runEvery({ name: 'backup', next: everyMs(MINUTE), run }, log, clock);
    await pass(MINUTE, turn);
    expect(servicesCheck([running], clock.now())).toMatchObject({
      state: 'warn',
      detail: 'backup: disk full',
    });
    broken = false;
    await pass(MINUTE, turn);
    expect(running.lastOkAt).toBe(clock.now());
    expect(servicesCheck([running], clock.now())).toMatchObject({
      state: 'ok',
      detail: 'backup in 1 min',
    });
  });

  it('wait for a run in progress when they stop, and start no other', async () => {
    const { clock, pass, waiting } = fakeClock();
    let finish: () => void = () => {};
    const run = () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      });
    const running = runEvery({ name: 'slow', next: everyMs(MINUTE), run }, log, clock);
    await pass(MINUTE, turn);
    let stopped = false;
    const stopping = running.stop().then(() => {
      stopped = true;
    });
    await turn();
    expect(stopped).toBe(false);
    finish();
    await stopping;
    expect(waiting()).toBe(0);
  });
});
