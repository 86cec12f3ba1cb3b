/**
 * The warm engine: one Python process has imported yt-dlp and forks a child per run, which costs
 * a tenth of a fresh process. What a run may do and how it ends is the same as with `spawn`.
 */
import { randomUUID } from 'node:crypto';
import { JobError } from '../../shared/errors.ts';
import type { Log } from '../log.ts';
import { childEnv } from './child-env.ts';
import type { Engine, EngineExit, EngineRun } from './engine.ts';
import type { ForkRequest } from './fork-server.ts';
import { GRACE_MS } from './process-group.ts';
import { openChannel } from './warm-channel.ts';
import { type KeptChild, type WarmRun, warmRun } from './warm-run.ts';
import { type RecycleAt, warmServer } from './warm-server.ts';

export interface WarmOptions {
  python: { exe: string; importPath?: string | undefined };
  log: Log;
  /** yt-dlp's arguments during the warm-up, so that it prepares what the runs will use. */
  warmUp: readonly string[] | null;
  entry?: string;
  graceMs?: number;
  /** ms from the request to the child's first word; then the server counts as hung. */
  forkWithinMs?: number;
  /** Seconds after which a child ends by itself, should the node be gone. */
  wallSeconds?: number;
  path?: string | undefined;
  /** When its server is replaced by a fresh one; the defaults of `warmServer` unless told. */
  recycleAt?: RecycleAt;
  pingEveryMs?: number;
  /** What the log calls its server. */
  name?: string;
}

export interface WarmEngine extends Engine {
  readonly name: 'warm';
  /** The fork server's pid, when one runs. */
  readonly serverPid: number | undefined;
  /** Fork servers started after the first. */
  readonly restarts: number;
  /** Children asked of all servers so far. */
  readonly forks: number;
  /** Starts a new server for the next runs, e.g. after yt-dlp was updated. */
  recycle(why: string): void;
}

/** Seconds a child waits for its job's next run; it holds about 20 MB meanwhile. */
const KEEP_S = 10;

/** Servers that may die under one run before it started. */
const MAX_TRIES = 5;

interface Entry {
  run: WarmRun;
  generation: number | undefined;
  /** Makes the waiting attempt give up its server. */
  lost: () => void;
}

export async function warmEngine(options: WarmOptions): Promise<WarmEngine> {
  const { log, graceMs = GRACE_MS, forkWithinMs = 10_000, wallSeconds = 4 * 3600 } = options;
  const channel = await openChannel();
  const entries = new Map<string, Entry>();
  /** By the job's folder. */
  const waiting = new Map<string, KeptChild>();
  const server = warmServer({
    python: options.python,
    entry: options.entry ?? 'yt_dlp:main',
    warmUp: options.warmUp,
    socketPath: channel.path,
    name: options.name ?? 'fork server',
    ...(options.recycleAt && { recycleAt: options.recycleAt }),
    ...(options.pingEveryMs && { pingEveryMs: options.pingEveryMs }),
    log,
    onFailed: (id, error) => entries.get(id)?.run.giveUp(new JobError('out_of_memory', error)),
    onGone(pid, signal) {
      for (const { run: job } of entries.values()) if (job.pid === pid) job.gone(signal);
    },
    onLost: (generation) => {
      for (const entry of entries.values()) if (entry.generation === generation) entry.lost();
    },
  });

  async function run(request: EngineRun): Promise<EngineExit> {
    request.signal.throwIfAborted();
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const exit = await attempt(request);
      if (exit) return exit;
      request.signal.throwIfAborted();
    }
    throw new JobError('engine_failed', `the fork server was lost ${MAX_TRIES} times`);
  }

  /** Undefined when the server was lost before the child started. */
  async function attempt(request: EngineRun): Promise<EngineExit | undefined> {
    const id = randomUUID();
    const job = warmRun(request, graceMs);
    const started = new Promise<'started'>((resolve) => {
      job.onStarted = () => resolve('started');
    });
    const entry: Entry = { run: job, generation: undefined, lost: () => {} };
    const lost = new Promise<'lost'>((resolve) => {
      entry.lost = () => resolve('lost');
    });
    entries.set(id, entry);
    channel.expect(id, job.take);
    request.signal.addEventListener('abort', job.end, { once: true });
    try {
      entry.generation = await ask(id, request, entry);
      const first = await Promise.race([started, job.done, lost, late(forkWithinMs)]);
      if (first === 'late' && entry.generation !== undefined)
        server.kill(entry.generation, 'a fork did not report');
      // It may have started at the very moment its server was lost.
      if ((first === 'late' || first === 'lost') && !(await startedAfterAll(job))) return undefined;
      const exit = await job.done;
      if (job.kept) keep(request.cwd, job.kept);
      return exit;
    } finally {
      request.signal.removeEventListener('abort', job.end);
      channel.forget(id);
      entries.delete(id);
    }
  }

  function keep(cwd: string, child: KeptChild): void {
    waiting.get(cwd)?.drop();
    waiting.set(cwd, child);
    child.onGone = () => {
      if (waiting.get(cwd) === child) waiting.delete(cwd);
    };
  }

  /** The server's generation, or undefined when the child of an earlier run was asked. */
  async function ask(id: string, request: EngineRun, entry: Entry): Promise<number | undefined> {
    const fork: ForkRequest = {
      run: id,
      argv: request.argv,
      cwd: request.cwd,
      env: childEnv(request.cwd, options.path),
      fileBytes: request.maxFileBytes,
      wallSeconds,
      keepSeconds: request.keep ? KEEP_S : 0,
    };
    const kept = waiting.get(request.cwd);
    if (kept) {
      waiting.delete(request.cwd);
      kept.onGone = entry.lost;
      kept.ask(fork);
      return undefined;
    }
    return server.fork(fork).catch((cause: Error) => {
      throw new JobError('engine_failed', cause.message, {}, { cause });
    });
  }

  return {
    name: 'warm',
    run,
    get serverPid() {
      return server.pid;
    },
    get restarts() {
      return Math.max(0, server.generation - 1);
    },
    get forks() {
      return server.forks;
    },
    recycle: server.recycle,
    async close() {
      for (const child of waiting.values()) child.drop();
      for (const { run: job } of entries.values()) job.end();
      await Promise.allSettled(
        [...entries.values()].map(({ run: job }) => job.started && job.done),
      );
      await server.close();
      await channel.close();
    },
  };
}

const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
const late = async (ms: number): Promise<'late'> => {
  await new Promise<void>((done) => setTimeout(done, ms).unref());
  return 'late';
};

/**
 * A child forked just before its server died has connections under way. After this wait its id is
 * forgotten, and a child that comes later finds its connections closed.
 */
async function startedAfterAll(job: WarmRun): Promise<boolean> {
  for (let tries = 0; tries < 10 && !job.started; tries += 1) await wait(20);
  return job.started;
}
