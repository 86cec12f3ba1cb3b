/**
 * Keeps one fork server running.
 *
 * starting → ready (it imported yt-dlp) → gone (it died, hung or was recycled) → starting …
 * A hung server is killed; one that was recycled only loses its input and leaves by itself. Its
 * children go on in every case: they talk to the node without it.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import type { Log } from '../log.ts';
import { childEnv } from './child-env.ts';
import { giveWay } from './give-way.ts';
import { lineReader } from './lines.ts';

export interface WarmServerOptions {
  python: { exe: string; importPath?: string | undefined };
  /** `module:function`, called with the arguments. */
  entry: string;
  /** Arguments of the warm-up extraction; null for an entry that needs none. */
  warmUp: readonly string[] | null;
  socketPath: string;
  /** What the log calls it. */
  name: string;
  log: Log;
  /** A run could not be forked. */
  onFailed(id: string, error: string): void;
  /** A child was ended by a signal. */
  onGone(pid: number, signal: NodeJS.Signals): void;
  /** This server will start no more runs; those that had not started must go to the next. */
  onLost(generation: number): void;
  recycleAt?: RecycleAt;
  pingEveryMs?: number;
}

export interface ForkRequest {
  run: string;
  argv: readonly string[];
  cwd: string;
  env: Record<string, string>;
  fileBytes: number;
  wallSeconds: number;
  /** How long the child waits for the job's next run; 0 when there is none. */
  keepSeconds: number;
}

export interface WarmServer {
  /** Waits for a ready server, then asks it for a child; returns the server's generation. */
  fork(request: ForkRequest): Promise<number>;
  /** Kills the server of that generation because it does not answer. */
  kill(generation: number, why: string): void;
  /** Lets the next one take over. */
  recycle(why: string): void;
  readonly pid: number | undefined;
  /** Servers started so far. */
  readonly generation: number;
  /** Children asked of all servers so far. */
  readonly forks: number;
  close(): Promise<void>;
}

const Message = v.union([
  v.object({ ready: v.literal(true), rss: v.number() }),
  v.object({ pong: v.number(), rss: v.number() }),
  v.object({ failed: v.string(), error: v.string() }),
  v.object({ gone: v.string(), pid: v.number(), signal: v.string() }),
]);
type Message = v.InferOutput<typeof Message>;

/** Beside the sources, and beside the built `node.js`. */
function serverScript(): string {
  const names = ['./warm_server.py', './engine/warm_server.py'];
  const paths = names.map((name) => fileURLToPath(new URL(name, import.meta.url)));
  return paths.find((path) => existsSync(path)) ?? String(paths[0]);
}

export interface RecycleAt {
  /** Forks after which a server is replaced: whatever a fork leaves behind ends there. */
  forks: number;
  /** Bytes it may grow since it was ready; a growing parent makes every child larger. */
  growth: number;
}

const RECYCLE_AT: RecycleAt = { forks: 1_000, growth: 64 * 1024 * 1024 };
const MAX_BACKOFF_MS = 2_000;
/** It imports yt-dlp first. */
const READY_WITHIN_MS = 30_000;
const PONG_WITHIN_MS = 10_000;

interface Current {
  generation: number;
  child: ChildProcessWithoutNullStreams;
  ready: Promise<boolean>;
  isReady: boolean;
  forks: number;
  baseRss: number;
  pong: number;
  lost: boolean;
}

export function warmServer(options: WarmServerOptions): WarmServer {
  const { recycleAt = RECYCLE_AT, log, name, pingEveryMs = 15_000 } = options;
  let generation = 0;
  let failures = 0;
  let closing = false;
  let current: Current | undefined;
  let pings = 0;
  let forks = 0;

  function start(): Current {
    generation += 1;
    const child = launch(options);
    let settle: (ready: boolean) => void = () => {};
    const ready = new Promise<boolean>((resolve) => {
      settle = resolve;
    });
    const state: Current = {
      generation,
      child,
      ready,
      isReady: false,
      forks: 0,
      baseRss: 0,
      pong: 0,
      lost: false,
    };
    const late = setTimeout(() => lose(state, 'it was not ready in time'), READY_WITHIN_MS);
    const reader = lineReader((line) => {
      const message = parse(line, log);
      if (message && 'ready' in message) {
        clearTimeout(late);
        state.isReady = true;
        state.baseRss = message.rss;
        settle(true);
        log.info({ pid: child.pid, rss: message.rss }, `${name} ready`);
      } else if (message) take(state, message);
    }, 64 * 1024);
    child.stdout.on('data', reader.write);
    child.stderr.on('data', (chunk: Buffer) =>
      log.debug({ line: chunk.toString().slice(0, 2_000) }, name),
    );
    // Writing to a server that just died fails here; `exit` tells the rest.
    child.stdin.on('error', () => {});
    const ended = (why: string) => {
      clearTimeout(late);
      lose(state, why);
      settle(false);
    };
    child.on('error', (cause) => ended(cause.message));
    child.on('exit', (code, signal) => ended(`ended with ${signal ?? `code ${code}`}`));
    return state;
  }

  function take(state: Current, message: Exclude<Message, { ready: true }>): void {
    if ('failed' in message) options.onFailed(message.failed, message.error);
    else if ('gone' in message) options.onGone(message.pid, message.signal as NodeJS.Signals);
    else {
      state.pong = message.pong;
      if (message.rss - state.baseRss > recycleAt.growth) retire(state, 'its memory grew');
    }
  }

  /** It gets no more runs, but starts those it was asked for, and leaves when they ended. */
  function retire(state: Current, why: string): void {
    if (current !== state) return;
    current = undefined;
    state.child.stdin.end();
    log.info({ pid: state.child.pid, why }, `${name} recycled`);
  }

  /** It starts nothing more. The first cause wins: a server is lost once. */
  function lose(state: Current, why: string): void {
    if (state.lost) return;
    state.lost = true;
    state.child.kill('SIGKILL');
    failures = state.isReady ? 0 : failures + 1;
    if (current === state) {
      current = undefined;
      if (!closing) log.warn({ pid: state.child.pid, why }, `${name} lost`);
    }
    options.onLost(state.generation);
  }

  /** The running server, a new one, or, after failures in a row, a new one a little later. */
  async function ready(): Promise<Current> {
    for (let tries = 0; tries < 5 && !closing; tries += 1) {
      if (!current && failures > 1) await delay(Math.min(MAX_BACKOFF_MS, 50 * 2 ** failures));
      current ??= start();
      const state = current;
      if ((await state.ready) && !state.lost) return state;
    }
    throw new Error(closing ? 'closing' : 'the fork server does not start');
  }

  async function fork(request: ForkRequest): Promise<number> {
    const state = await ready();
    state.forks += 1;
    forks += 1;
    state.child.stdin.write(`${JSON.stringify(request)}\n`);
    if (state.forks >= recycleAt.forks) retire(state, `it forked ${state.forks} times`);
    return state.generation;
  }

  function ping(): void {
    const state = current;
    if (!state?.isReady) return;
    pings += 1;
    const asked = pings;
    state.child.stdin.write(`${JSON.stringify({ ping: asked })}\n`);
    setTimeout(() => {
      if (current === state && state.pong < asked) lose(state, 'it does not answer');
    }, PONG_WITHIN_MS).unref();
  }

  const pinging = setInterval(ping, pingEveryMs).unref();
  current = start();

  return {
    fork,
    kill(which, why) {
      if (current?.generation === which) lose(current, why);
    },
    recycle(why) {
      if (current) retire(current, why);
    },
    get pid() {
      return current?.child.pid;
    },
    get generation() {
      return generation;
    },
    get forks() {
      return forks;
    },
    async close() {
      closing = true;
      clearInterval(pinging);
      const state = current;
      if (!state) return;
      const gone = new Promise((done) => state.child.once('exit', done));
      lose(state, 'closing');
      if (state.child.exitCode === null && state.child.signalCode === null) await gone;
    },
  };
}

const delay = (ms: number) => new Promise((done) => setTimeout(done, ms));

function launch(options: WarmServerOptions): ChildProcessWithoutNullStreams {
  const { python, entry, warmUp, socketPath } = options;
  const importPath = python.importPath ?? null;
  const config = JSON.stringify({ socket: socketPath, importPath, entry, warmUp });
  // -I: neither the working folder nor PYTHON* variables decide what is imported.
  const child = spawn(python.exe, ['-I', serverScript(), config], {
    env: childEnv('/tmp'),
    stdio: 'pipe',
    // A terminal's Ctrl+C goes to the node alone, which then drains.
    detached: true,
  });
  giveWay(child.pid);
  return child;
}

function parse(line: string, log: Log): Message | undefined {
  try {
    return v.parse(Message, JSON.parse(line));
  } catch (cause) {
    log.warn({ line: line.slice(0, 200), err: cause }, 'the fork server said something else');
    return undefined;
  }
}
