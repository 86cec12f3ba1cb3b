import { describe, expect, it } from 'vitest';
import type { ChosenEngine } from '../../../node/engine/create-engine.ts';
import type { EngineExit, EngineRun } from '../../../node/engine/engine.ts';
import { switchable } from '../../../node/engine/switchable.ts';
import { createLog } from '../../../node/log.ts';

const log = createLog({ level: 'silent', format: 'json' });
const EXIT: EngineExit = { code: 0, signal: null, stderr: '' };

/** An engine whose runs end when told; it says when it was closed. */
function fake(name: string) {
  const ran: string[] = [];
  let closed = () => {};
  const isClosed = new Promise<void>((done) => {
    closed = done;
  });
  const ending: (() => void)[] = [];
  const endAll = () => {
    for (const end of ending.splice(0)) end();
  };
  const chosen: ChosenEngine = {
    why: name,
    engine: {
      name: 'spawn',
      run: ({ cwd }) =>
        new Promise((done) => {
          ran.push(cwd);
          ending.push(() => done(EXIT));
        }),
      close: async () => closed(),
    },
  };
  return { chosen, ran, isClosed, endAll };
}

const run = (cwd: string, keep = false): EngineRun => ({
  ...{ argv: [], cwd, keep, maxFileBytes: 1 },
  signal: new AbortController().signal,
  onStdout: () => {},
  onStderr: () => {},
});

describe('an engine exchanged while it works', () => {
  it('lets jobs end where they began and closes the old one when nothing of it runs', async () => {
    const [old, next] = [fake('old'), fake('next')];
    const both = switchable(old.chosen, { log, lingerMs: 20 });
    const probe = both.engine.run(run('/job-1', true));
    const download = both.engine.run(run('/job-2'));
    both.switchTo(next.chosen);
    expect(both.why).toBe('next');
    const late = both.engine.run(run('/job-3'));
    expect(next.ran).toEqual(['/job-3']);
    const second = both.engine.run(run('/job-1'));
    expect(old.ran).toEqual(['/job-1', '/job-2', '/job-1']);
    expect(both.open).toBe(2);
    old.endAll();
    await Promise.all([probe, download, second]);
    await old.isClosed;
    expect(both.open).toBe(1);
    next.endAll();
    await late;
  });

  it('gives a job a new engine when its old one is closed', async () => {
    const [old, next] = [fake('old'), fake('next')];
    const both = switchable(old.chosen, { log, lingerMs: 1 });
    const probe = both.engine.run(run('/job-1', true));
    old.endAll();
    await probe;
    both.switchTo(next.chosen);
    await old.isClosed;
    const download = both.engine.run(run('/job-1'));
    expect(next.ran).toEqual(['/job-1']);
    next.endAll();
    await download;
  });

  it('closes all that are open', async () => {
    const [old, next] = [fake('old'), fake('next')];
    const both = switchable(old.chosen, { log });
    both.switchTo(next.chosen);
    await both.engine.close();
    await Promise.all([old.isClosed, next.isClosed]);
  });
});
