/** The people of a campaign and the Telegram they use, as the process that plays them sees them. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Somebody asks for a link. */
export interface Asking {
  user: number;
  link: string;
}

export interface Person {
  user: number;
  links: number;
  delivered: number;
  /** Messages that end a request without a file. */
  explained: number[];
  /** All times in ms since the epoch. */
  firstWordAt?: number;
  deliveredAt?: number;
  /** Of the last file or word that ends a request. */
  lastAt?: number;
  /** The first place in the line this person read; `wait` in seconds. */
  told?: { at: number; position: number; wait: number | undefined };
}

export interface SeenByCrowd {
  people: Person[];
  /** Files that Telegram did not have yet. */
  uploads: number;
  /** When the admins heard of the queue. */
  warnedAt?: number | undefined;
  /** Messages of the bot that stayed and are no answer. */
  leftovers: string[];
}

export type ToCrowd = { say: Asking[] } | { ask: 'open' | 'seen' | 'forget' };
export type FromCrowd =
  | { root: string; token: string }
  | { said: object[] }
  | { open: number }
  | { seen: SeenByCrowd };

export interface Crowd {
  root: string;
  token: string;
  pid: number;
  /** Writes all the messages; they reach the bot when somebody posts them. */
  say(asking: Asking[]): Promise<object[]>;
  /** How many people wait for an answer. */
  open(): Promise<number>;
  seen(): Promise<SeenByCrowd>;
  /** From now on only others count. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

/** A script of this folder as a process and session of its own, as if on another machine. */
export function processOf(name: string) {
  const child = fork(join(import.meta.dirname, `${name}-process.ts`), [], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
    detached: true,
  });
  const ended = once(child, 'exit');
  const gone = async () => {
    const [code, signal] = await ended;
    throw new Error(`${name} ended with ${code ?? signal}`);
  };
  /** What it says next. Throws when it ends instead. */
  const next = async () => (await Promise.race([once(child, 'message'), gone()]))[0];
  const stop = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  return { child, next, stop };
}

export async function startCrowd(): Promise<Crowd> {
  const { child, next, stop } = processOf('crowd');
  const ask = (message: ToCrowd) => {
    const answer = next();
    child.send(message);
    return answer;
  };
  const { root, token } = await next();
  return {
    ...{ root, token, stop, pid: child.pid ?? 0 },
    say: async (asking) => (await ask({ say: asking })).said,
    open: async () => (await ask({ ask: 'open' })).open,
    forget: async () => void (await ask({ ask: 'forget' })),
    seen: async () => (await ask({ ask: 'seen' })).seen,
  };
}
