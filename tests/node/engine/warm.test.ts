import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freshened } from '../../../node/engine/freshened.ts';
import { groupRuns } from '../../../node/engine/process-group.ts';
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

  const pidOf = async (keep: boolean, on = cwd) => {
    const lines: string[] = [];
    await engine.run({
      argv: ['pid'],
      cwd: on,
      signal: AbortSignal.timeout(20_000),
      maxFileBytes: 1_000_000,
      keep,
      onStdout: (line) => lines.push(line),
      onStderr: () => {},
    });
    return Number(lines[0]);
  };

  it('forks once for a probe and the download of the same job', async () => {
    const probe = await pidOf(true);
    expect(await pidOf(false)).toBe(probe);
    expect(await pidOf(false)).not.toBe(probe);
  });

  it('forks anew for another job, and when the child that waited has died', async () => {
    const probe = await pidOf(true);
    expect(await pidOf(false, tmpdir())).not.toBe(probe);
    process.kill(probe, 'SIGKILL');
    const next = await pidOf(false);
    expect(next).toBeGreaterThan(1);
    expect(next).not.toBe(probe);
  });

  it('uses the child that waits when the server died meanwhile', async () => {
    const probe = await pidOf(true);
    killServer();
    expect(await pidOf(false)).toBe(probe);
  });

  it('leaves no waiting child behind when it is closed', async () => {
    const other = await fake();
    const lines: string[] = [];
    const kept = { argv: ['pid'], cwd, keep: true, maxFileBytes: 1_000_000 };
    const signal = AbortSignal.timeout(20_000);
    await other.run({
      ...{ ...kept, signal, onStderr: () => {} },
      onStdout: (line) => lines.push(line),
    });
    await other.close();
    await expect.poll(() => groupRuns(Number(lines[0]))).toBe(false);
  });

  it('is replaced after so many forks, and what runs goes on', async () => {
    const small = await fake({ recycleAt: { forks: 3, growth: 1e9 } });
    const gate = join(cwd, 'gate');
    const slow = run(['until', gate], undefined, small);
    for (let at = 0; at < 5; at += 1)
      expect((await run(['exit', String(at)], undefined, small)).code).toBe(at);
    await writeFile(gate, '');
    expect((await slow).code).toBe(0);
    expect([small.forks, small.restarts]).toEqual([6, 1]);
    await small.close();
  });

  it('is replaced when it has grown, and what runs goes on', async () => {
    const small = await fake({ recycleAt: { forks: 100, growth: 20_000_000 }, pingEveryMs: 50 });
    const gate = join(cwd, 'grown');
    let told: () => void = () => {};
    const started = new Promise<void>((resolve) => {
      told = resolve;
    });
    const slow = run(['until', gate], told, small);
    await started;
    const before = small.serverPid ?? 0;
    process.kill(before, 'SIGUSR1');
    await expect.poll(() => small.serverPid, { timeout: 10_000 }).not.toBe(before);
    expect((await run(['exit', '6'], undefined, small)).code).toBe(6);
    expect(small.serverPid).not.toBe(before);
    await writeFile(gate, '');
    expect((await slow).code).toBe(0);
    await small.close();
  });

  it('runs a yt-dlp that was replaced under it, and what runs goes on with the old one', async () => {
    const home = join(cwd, 'home');
    await mkdir(home);
    const file = join(home, 'fake_ytdlp.py');
    await copyFile(join(FIXTURES, 'fake_ytdlp.py'), file);
    const warm = await fake({ python: { exe: python().exe, importPath: home } });
    const engine = await freshened(warm, warm, file, 20);
    const version = async () => {
      const lines: string[] = [];
      await run(['version'], (line) => lines.push(line), warm);
      return lines[0];
    };
    const gate = join(cwd, 'replaced');
    const lines: string[] = [];
    const slow = run(['until', gate], (line) => lines.push(line), warm);
    expect(await version()).toBe('old');
    const source = await readFile(file, 'utf8');
    await writeFile(`${file}.new`, source.replaceAll("say('old')", "say('newer')"));
    await rename(`${file}.new`, file);
    await expect.poll(version, { timeout: 10_000 }).toBe('newer');
    await writeFile(gate, '');
    expect((await slow).code).toBe(0);
    expect(lines).toEqual(['waiting']);
    expect(warm.restarts).toBe(1);
    await engine.close();
  });

  it('says that the engine failed when Python cannot import the entry', async () => {
    const broken = await fake({ entry: 'no_such_module:main' });
    await expect(run(['echo'], undefined, broken)).rejects.toMatchObject({ code: 'engine_failed' });
    await broken.close();
  });
});
