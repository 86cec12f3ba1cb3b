import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type WarmEngine, type WarmOptions, warmEngine } from '../../../node/engine/warm.ts';
import { createLog } from '../../../node/log.ts';
import { engineContract } from './contract.ts';

const log = createLog({ level: 'silent', format: 'json' });
const FIXTURES = join(import.meta.dirname, 'fixtures');

function python() {
  const { python: found, noPython } = inject('ytdlp');
  if (!found) throw new Error(`these tests need a Python that imports yt-dlp: ${noPython}`);
  return found;
}

const fake = (over: Partial<WarmOptions> = {}) =>
  warmEngine({
    python: { exe: python().exe, importPath: FIXTURES },
    entry: 'fake_ytdlp:main',
    warmUp: null,
    graceMs: 200,
    log,
    ...over,
  });

engineContract('warm', {
  fake: () => fake(),
  real: () => warmEngine({ python: python(), warmUp: ['--ignore-config'], log }),
});

describe('the fork server', () => {
  let engine: WarmEngine;
  let cwd: string;
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'postchi-warm-'));
    engine = await fake();
  });
  afterAll(async () => {
    await engine.close();
    await rm(cwd, { recursive: true, force: true });
  });

  const run = (argv: string[], onStdout: (line: string) => void = () => {}, on = engine) =>
    on.run({
      argv,
      cwd,
      signal: AbortSignal.timeout(20_000),
      maxFileBytes: 1_000_000,
      onStdout,
      onStderr: () => {},
    });
  const killServer = (signal: NodeJS.Signals = 'SIGKILL') => {
    if (engine.serverPid) process.kill(engine.serverPid, signal);
  };

  it('is replaced when it dies, and a running child goes on', async () => {
    const lines: string[] = [];
    const slow = run(['split'], (line) => lines.push(line));
    await run(['echo', 'x']);
    killServer();
    expect((await slow).code).toBe(0);
    expect(lines).toEqual(['ویدیو']);
    expect((await run(['exit', '3'])).code).toBe(3);
  });

  it('delivers every run while it is killed again and again', async () => {
    let finished = 0;
    const ended = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const lines: string[] = [];
        const { code } = await run(['echo', `n${index}`], (line) => lines.push(line));
        finished += 1;
        if (finished % 6 === 0) killServer();
        return [code, ...lines];
      }),
    );
    expect(ended).toEqual(Array.from({ length: 60 }, (_, index) => [0, `n${index}`]));
  });

  it('is replaced when it hangs', async () => {
    const hasty = await fake({ forkWithinMs: 300 });
    await run(['echo', 'x'], undefined, hasty);
    const { serverPid } = hasty;
    if (serverPid) process.kill(serverPid, 'SIGSTOP');
    expect((await run(['exit', '4'], undefined, hasty)).code).toBe(4);
    expect(hasty.serverPid).not.toBe(serverPid);
    await hasty.close();
  });

  it('takes over without losing a run when it is recycled', async () => {
    const before = engine.serverPid;
    const slow = run(['split']);
    await run(['echo', 'x']);
    engine.recycle('test');
    expect((await run(['exit', '5'])).code).toBe(5);
    expect((await slow).code).toBe(0);
    expect(engine.serverPid).not.toBe(before);
  });

  it('says that the engine failed when Python cannot import the entry', async () => {
    const broken = await fake({ entry: 'no_such_module:main' });
    await expect(run(['echo'], undefined, broken)).rejects.toMatchObject({ code: 'engine_failed' });
    await broken.close();
  });
});
