/** Telegram, a web site and a download node, each in a process whose CPU time is not counted. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export type ToTelegram = { user: number; text: string };
export type FromTelegram =
  | { root: string; token: string }
  | { user: number; ms: number }
  | { user: number; failed: string };

export interface Telegram {
  root: string;
  token: string;
  /** Sends a person's message; resolves with the ms until the file was in the chat. */
  ask(user: number, text: string): Promise<number>;
  /** A person the bot may write to. */
  person(user: number): void;
  stop(): Promise<void>;
}

function start(name: string, args: string[] = []): ChildProcess {
  const script = join(import.meta.dirname, `${name}-process.ts`);
  return fork(script, args, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

/** A job that takes longer has hung, and the bench with it. */
const LONGEST_MS = 180_000;

export async function startTelegram(): Promise<Telegram> {
  const child = start('telegram');
  const waiting = new Map<number, (message: FromTelegram) => void>();
  const [{ root, token }] = await once(child, 'message');
  child.on('message', (message: FromTelegram) => {
    if (!('user' in message)) return;
    waiting.get(message.user)?.(message);
    waiting.delete(message.user);
  });
  const say = (message: ToTelegram) => child.send(message);
  return {
    root,
    token,
    person: (user) => say({ user, text: '/start' }),
    ask: (user, text) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`no answer to ${text}`)), LONGEST_MS);
        waiting.set(user, (message) => {
          clearTimeout(late);
          if ('ms' in message) resolve(message.ms);
          else reject(new Error('failed' in message ? message.failed : 'unknown'));
        });
        say({ user, text });
      }),
    stop: () => stop(child),
  };
}

export interface Server {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

async function startServer(name: string, args: string[] = []): Promise<Server> {
  const child = start(name, args);
  const [{ port }] = await once(child, 'message');
  return { port, pid: child.pid ?? 0, stop: () => stop(child) };
}

/** @param dir the folder of its files */
export const startSite = (dir: string): Promise<Server> => startServer('site', [dir]);
/** Takes every job and does nothing with it. */
export const startNodeStandIn = (): Promise<Server> => startServer('node');
