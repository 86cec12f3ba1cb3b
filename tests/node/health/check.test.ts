import { describe, expect, it } from 'vitest';
import { type Check, collectHealth, summed } from '../../../node/health/check.ts';

const check = (name: Check['name'], state: Check['state']): Check => ({
  ...{ name, state, detail: '' },
  ...(state !== 'ok' && { nextStep: `mend ${name}` }),
});

describe('health', () => {
  it('is as bad as its worst part, whose next step it names', () => {
    const checks = [check('cpu', 'warn'), check('disk', 'bad'), check('queue', 'bad')];
    expect(summed(checks)).toMatchObject({ verdict: 'bad', nextStep: 'mend disk' });
    expect(summed([check('cpu', 'ok')])).toEqual({
      checks: [check('cpu', 'ok')],
      verdict: 'ok',
      nextStep: undefined,
    });
  });

  it('keeps the order of the sources, whichever answers first', async () => {
    let answer: (check: Check) => void = () => {};
    const slow = new Promise<Check>((resolve) => {
      answer = resolve;
    });
    const all = collectHealth([
      { name: 'disk', check: () => slow },
      { name: 'webhook', check: () => [] },
      { name: 'cpu', check: () => check('cpu', 'ok') },
    ]);
    answer(check('disk', 'ok'));
    expect((await all).checks.map(({ name }) => name)).toEqual(['disk', 'cpu']);
  });

  it('shows the others when one breaks or hangs', async () => {
    const { checks, verdict } = await collectHealth(
      [
        { name: 'disk', check: () => Promise.reject(new Error('no such folder')) },
        { name: 'dns', check: () => new Promise<Check>(() => {}) },
        { name: 'cpu', check: () => check('cpu', 'ok') },
      ],
      20,
    );
    expect(verdict).toBe('bad');
    expect(checks).toMatchObject([
      { name: 'disk', state: 'bad', detail: 'no such folder' },
      { name: 'dns', state: 'bad', detail: 'no answer within 20 ms' },
      { name: 'cpu', state: 'ok' },
    ]);
  });
});
