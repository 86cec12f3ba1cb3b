/**
 * Keeps one fork server running.
 *
 * starting → ready (it imported yt-dlp) → gone (it died, hung or was recycled) → starting …
 * A hung server is killed; one that was recycled only loses its input and leaves by itself. Its
 * children go on in every case: they talk to the node without it.
 */
import {
  type ForkRequest,
  type ForkServer,
  type ForkServerOptions,
  startForkServer,
  type Word,
} from './fork-server.ts';

export interface WarmServerOptions extends ForkServerOptions {
  /** A run could not be forked. */
  onFailed(id: string, error: string): void;
  /** A child was ended by a signal. */
  onGone(pid: number, signal: NodeJS.Signals): void;
  /** This server will start no more runs; those that had not started must go to the next. */
  onLost(generation: number): void;
  recycleAt?: RecycleAt;
  pingEveryMs?: number;
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

export interface RecycleAt {
  /** Forks after which a server is replaced: whatever a fork leaves behind ends there. */
  forks: number;
  /** Bytes it may grow since it was ready; a growing parent makes every child larger. */
  growth: number;
}

const RECYCLE_AT: RecycleAt = { forks: 1_000, growth: 64 * 1024 * 1024 };
const MAX_BACKOFF_MS = 2_000;
const PONG_WITHIN_MS = 10_000;

/** A server and what the keeper counts of it. */
interface Current {
  generation: number;
  server: ForkServer;
  forks: number;
  /** Number of the last ping it answered. */
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
    const server = startForkServer({
      ...options,
      onWord: (word) => take(state, word),
      onEnded: (why) => lose(state, why),
    });
    const state: Current = { generation, server, forks: 0, pong: 0, lost: false };
    return state;
  }

  function take(state: Current, word: Word): void {
    if ('failed' in word) options.onFailed(word.failed, word.error);
    else if ('gone' in word) options.onGone(word.pid, word.signal as NodeJS.Signals);
    else {
      state.pong = word.pong;
      if (word.rss - state.server.baseRss > recycleAt.growth) retire(state, 'its memory grew');
    }
  }

  /** It gets no more runs, but starts those it was asked for, and leaves when they ended. */
  function retire(state: Current, why: string): void {
    if (current !== state) return;
    current = undefined;
    state.server.letGo();
    log.info({ pid: state.server.pid, why }, `${name} recycled`);
  }

  /** It starts nothing more. The first cause wins: a server is lost once. */
  function lose(state: Current, why: string): void {
    if (state.lost) return;
    state.lost = true;
    state.server.kill();
    failures = state.server.isReady ? 0 : failures + 1;
    if (current === state) {
      current = undefined;
      if (!closing) log.warn({ pid: state.server.pid, why }, `${name} lost`);
    }
    options.onLost(state.generation);
  }

  /** The running server, a new one, or, after failures in a row, a new one a little later. */
  async function ready(): Promise<Current> {
    for (let tries = 0; tries < 5 && !closing; tries += 1) {
      if (!current && failures > 1) await delay(Math.min(MAX_BACKOFF_MS, 50 * 2 ** failures));
      current ??= start();
      const state = current;
      if ((await state.server.ready) && !state.lost) return state;
    }
    throw new Error(closing ? 'closing' : 'the fork server does not start');
  }

  async function fork(request: ForkRequest): Promise<number> {
    const state = await ready();
    state.forks += 1;
    forks += 1;
    state.server.ask(request);
    if (state.forks >= recycleAt.forks) retire(state, `it forked ${state.forks} times`);
    return state.generation;
  }

  function ping(): void {
    const state = current;
    if (!state?.server.isReady) return;
    pings += 1;
    const asked = pings;
    state.server.ask({ ping: asked });
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
      return current?.server.pid;
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
      lose(state, 'closing');
      await state.server.gone();
    },
  };
}

const delay = (ms: number) => new Promise((done) => setTimeout(done, ms));
