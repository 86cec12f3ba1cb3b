/** One fork server: a Python process that has imported yt-dlp and forks itself for every run. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import type { Log } from '../log.ts';
import { childEnv } from './child-env.ts';
import { giveWay } from './give-way.ts';
import { lineReader } from './lines.ts';

export interface ForkServerOptions {
  python: { exe: string; importPath?: string | undefined };
  /** `module:function`, called with the arguments. */
  entry: string;
  /** Arguments of the warm-up extraction; null for an entry that needs none. */
  warmUp: readonly string[] | null;
  socketPath: string;
  /** What the log calls it. */
  name: string;
  log: Log;
}

export interface ForkServerParts extends ForkServerOptions {
  /** What it says once it is ready. */
  onWord(word: Word): void;
  /** It ended, or was not ready in time. */
  onEnded(why: string): void;
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

export interface ForkServer {
  readonly pid: number | undefined;
  /** False when it ended before. */
  readonly ready: Promise<boolean>;
  readonly isReady: boolean;
  /** Bytes it had when it was ready. */
  readonly baseRss: number;
  ask(request: ForkRequest | { ping: number }): void;
  /** It starts what it was asked for, and leaves by itself when that has ended. */
  letGo(): void;
  kill(): void;
  /** Resolves when the process is gone. */
  gone(): Promise<void>;
}

const Word = v.union([
  v.object({ pong: v.number(), rss: v.number() }),
  v.object({ failed: v.string(), error: v.string() }),
  v.object({ gone: v.string(), pid: v.number(), signal: v.string() }),
]);
export type Word = v.InferOutput<typeof Word>;
const Ready = v.object({ ready: v.literal(true), rss: v.number() });
const Message = v.union([Ready, Word]);

/** It imports yt-dlp first. */
const READY_WITHIN_MS = 30_000;

export function startForkServer(parts: ForkServerParts): ForkServer {
  const { name, log, onWord } = parts;
  const child = launch(parts);
  let baseRss: number | undefined;
  let settle: (ready: boolean) => void = () => {};
  const ready = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  const late = setTimeout(() => parts.onEnded('it was not ready in time'), READY_WITHIN_MS);

  const reader = lineReader((line) => {
    const message = parse(line, log);
    if (!message) return;
    if (!('ready' in message)) return onWord(message);
    clearTimeout(late);
    baseRss = message.rss;
    settle(true);
    log.info({ pid: child.pid, rss: message.rss }, `${name} ready`);
  }, 64 * 1024);
  child.stdout.on('data', reader.write);
  child.stderr.on('data', (chunk: Buffer) =>
    log.debug({ line: chunk.toString().slice(0, 2_000) }, name),
  );
  // Writing to a server that just died fails here; `exit` tells the rest.
  child.stdin.on('error', () => {});

  const ended = (why: string) => {
    clearTimeout(late);
    parts.onEnded(why);
    settle(false);
  };
  child.on('error', (cause) => ended(cause.message));
  child.on('exit', (code, signal) => ended(`ended with ${signal ?? `code ${code}`}`));

  return {
    pid: child.pid,
    ready,
    get isReady() {
      return baseRss !== undefined;
    },
    get baseRss() {
      return baseRss ?? 0;
    },
    ask: (request) => void child.stdin.write(`${JSON.stringify(request)}\n`),
    letGo: () => void child.stdin.end(),
    kill: () => void child.kill('SIGKILL'),
    async gone() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      await new Promise((done) => child.once('exit', done));
    },
  };
}

/** Beside the sources, and beside the built `node.js`. */
function serverScript(): string {
  const names = ['./warm_server.py', './engine/warm_server.py'];
  const paths = names.map((name) => fileURLToPath(new URL(name, import.meta.url)));
  return paths.find((path) => existsSync(path)) ?? String(paths[0]);
}

function launch(options: ForkServerOptions): ChildProcessWithoutNullStreams {
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

function parse(line: string, log: Log) {
  try {
    return v.parse(Message, JSON.parse(line));
  } catch (cause) {
    log.warn({ line: line.slice(0, 200), err: cause }, 'the fork server said something else');
    return undefined;
  }
}
