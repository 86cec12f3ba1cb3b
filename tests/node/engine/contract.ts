/** What every engine must do; run once per engine, with a fake yt-dlp and with the real one. */
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine, EngineRun } from '../../../node/engine/engine.ts';
import { groupRuns } from '../../../node/engine/process-group.ts';
import { JobError } from '../../../shared/errors.ts';

export interface Engines {
  /** An engine that runs `fixtures/fake_ytdlp.py`, with a short grace. */
  fake(): Promise<Engine>;
  /** An engine that runs the installed yt-dlp. */
  real(): Promise<Engine>;
}

interface Heard {
  out: string[];
  err: string[];
}

export function engineContract(name: string, make: Engines): void {
  describe(`the ${name} engine`, () => {
    let engine: Engine;
    let cwd: string;
    beforeAll(async () => {
      engine = await make.fake();
    });
    afterAll(() => engine.close());
    beforeEach(async () => {
      cwd = await realpath(await mkdtemp(join(tmpdir(), 'postchi-engine-')));
    });
    afterEach(() => rm(cwd, { recursive: true, force: true }));

    const run = (argv: string[], over: Partial<EngineRun> = {}, on: Engine = engine) => {
      const heard: Heard = { out: [], err: [] };
      const exit = on.run({
        argv,
        cwd,
        signal: new AbortController().signal,
        maxFileBytes: 1_000_000,
        onStdout: (line) => heard.out.push(line),
        onStderr: (line) => heard.err.push(line),
        ...over,
      });
      return exit.then((ended) => ({ ...ended, ...heard }));
    };

    it('hands over the lines of both streams and the exit code', async () => {
      const ended = await run(['echo', 'one', '--two', 'سه']);
      expect(ended).toMatchObject({ code: 0, signal: null, out: ['one', '--two', 'سه'] });
      expect(ended.err).toEqual(['on stderr']);
      expect(ended.stderr).toBe('on stderr\n');
    });

    it('tells a failing exit code', async () => {
      expect(await run(['exit', '7'])).toMatchObject({ code: 7, signal: null });
    });

    it('tells the signal that ended a run', async () => {
      expect(await run(['die'])).toMatchObject({ code: null, signal: 'SIGKILL' });
    });

    it('puts together a letter that came in two pieces', async () => {
      expect((await run(['split'])).out).toEqual(['ویدیو']);
    });

    it('gives the run the job folder and none of the node’s environment', async () => {
      process.env.POSTCHI_SECRET = 'x';
      process.env.no_proxy = '*';
      const names = (await run(['env'])).out;
      delete process.env.POSTCHI_SECRET;
      delete process.env.no_proxy;
      expect(names).toContain(`HOME=${cwd}`);
      expect(names).toContain(`TMPDIR=${cwd}`);
      expect(names.filter((line) => /^(POSTCHI|BOT_|no_proxy)/i.test(line))).toEqual([]);
      expect((await run(['where'])).out).toEqual([cwd]);
    });

    it('leaves the processor to the bot when both want it', async () => {
      expect(Number((await run(['nice'])).out[0])).toBeGreaterThan(getPriority());
    });

    it('lets no file grow past the limit', async () => {
      const ended = await run(['big']);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain('File too large');
      // One engine counts in blocks of 512 bytes.
      expect((await stat(join(cwd, 'big'))).size).toBeLessThan(1_000_000 + 512);
    });

    it('ends a run that ignores every polite signal, with its children', async () => {
      const cancel = new AbortController();
      let grandchild = 0;
      const ended = await run(['stuck'], {
        signal: cancel.signal,
        onStdout: (line) => {
          grandchild = Number(line.split(' ')[1]);
          cancel.abort(new JobError('cancelled'));
        },
      });
      expect(ended.signal).toBe('SIGKILL');
      expect(grandchild).toBeGreaterThan(1);
      expect(isRunning(grandchild)).toBe(false);
    });

    it('does not wait for a child that outlives yt-dlp', async () => {
      const ended = await run(['orphan']);
      expect(ended.code).toBe(0);
      expect(isRunning(Number(ended.out[0]?.split(' ')[1]))).toBe(false);
    });

    it('ends a flood on stderr and keeps its tail bounded', async () => {
      const ended = await run(['flood']);
      expect(ended.code === 0).toBe(false);
      expect(ended.stderr.length).toBeLessThanOrEqual(64 * 1024);
    });

    it('runs what follows a run that said so, with limits and streams of its own', async () => {
      const first = await run(['echo', 'one'], { keep: true, maxFileBytes: 1_000 });
      expect(first).toMatchObject({ code: 0, out: ['one'], err: ['on stderr'] });
      const next = await run(['big'], { maxFileBytes: 3_000_000 });
      expect(next).toMatchObject({ code: 0, out: [], err: [] });
      expect((await stat(join(cwd, 'big'))).size).toBe(2_000_000);
      expect(await run(['exit', '6'], { keep: true })).toMatchObject({ code: 6 });
      expect(await run(['echo', 'two'])).toMatchObject({ code: 0, out: ['two'] });
    });

    it('starts nothing when it was cancelled before', async () => {
      const reason = new JobError('cancelled', 'before');
      const ended = run(['echo', 'x'], { signal: AbortSignal.abort(reason) });
      await expect(ended).rejects.toBe(reason);
    });

    it('keeps twenty runs at once apart', async () => {
      const words = Array.from({ length: 20 }, (_, index) => `word-${index}`);
      const ended = await Promise.all(words.map((word) => run(['echo', word])));
      expect(ended.map(({ out }) => out[0])).toEqual(words);
    });

    it('ends what still runs when it is closed', async () => {
      const other = await make.fake();
      let started: () => void = () => {};
      const waiting = new Promise<void>((resolve) => {
        started = resolve;
      });
      const ended = run(['wait'], { onStdout: () => started() }, other);
      await waiting;
      await other.close();
      expect((await ended).code).not.toBe(0);
    });

    it('runs the real yt-dlp', async () => {
      const other = await make.real();
      const ended = await run(['--ignore-config', '--version'], {}, other);
      const wrong = await run(['--no-such-option'], {}, other);
      await other.close();
      expect(ended.code).toBe(0);
      expect(ended.out[0]).toMatch(/^\d{4}\.\d\d\.\d\d/);
      expect(wrong.code).toBe(2);
      expect(wrong.stderr).toContain('no such option');
    });
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Killed but not yet reaped is not running.
  return groupRuns(pid);
}
