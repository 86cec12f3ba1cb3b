/**
 * The one scheduler for everything sent to Telegram.
 *
 * A call waits until the budget allows it, the most important first. A 429 pauses its chat:
 * deliveries and answers go back to their place and are tried again, a status message fails, and
 * progress is dropped. Progress is also dropped when a newer change of its message comes; a
 * dropped edit resolves as `true`, what Telegram never answers for a chat's message.
 */
import { steadyNow } from '../clock.ts';
import type { Log } from '../log.ts';
import { type Answer, floodWait } from './answer.ts';
import { type CallKind, callKind, supersedes } from './call-kind.ts';
import { TransportFailure } from './errors.ts';
import { SendBudget, type SendLimits } from './send-budget.ts';
import { PRIORITIES, type SendContext } from './send-context.ts';

export interface OutboxCall {
  method: string;
  payload: object;
  context: SendContext;
  signal: AbortSignal | undefined;
  /** Performs it; called again after a 429. */
  send(): Promise<Answer>;
}

export interface Outbox {
  run(call: OutboxCall): Promise<Answer>;
  /** Calls that wait for their turn. */
  readonly waiting: number;
  /**
   * The node ends: what waits is given up as not sent, and so is whatever comes. After a storm
   * hundreds of status messages wait, and their timer would keep the process alive for minutes.
   */
  close(): void;
}

export interface OutboxOptions {
  log: Log;
  /** Asked anew for every call: several nodes share what one bot may send. */
  limits?: SendLimits | (() => SendLimits);
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** Calls back after `ms`; returns how to cancel it. */
  setTimer?: (ms: number, callback: () => void) => () => void;
  /** More than this many waiting calls are refused as a 429 would be. */
  maxWaiting?: number;
}

/** How often and how long a delivery is put back before its 429 is handed to the caller. */
const PUT_BACK = { tries: 50, ms: 3_600_000 };
/** What leaves first of all that Telegram counts. */
const ANY_MESSAGE: CallKind = {
  ...{ chat: undefined, message: undefined, replaceable: false },
  ...{ cost: 1, priority: PRIORITIES[0] },
};
const DROPPED: Answer = { ok: true, result: true };
const FULL: Answer = {
  ok: false,
  error_code: 429,
  description: 'Too Many Requests: too many calls wait already',
  parameters: { retry_after: 30 },
};

interface Task {
  call: OutboxCall;
  kind: CallKind;
  order: number;
  since: number;
  tries: number;
  /** Gives up waiting: its signal was aborted. */
  leave(): void;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

const realTimer = (ms: number, callback: () => void) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};

export function createOutbox(options: OutboxOptions): Outbox {
  return new SendQueue(options);
}

class SendQueue implements Outbox {
  readonly #log: Log;
  readonly #budget: SendBudget;
  readonly #now: () => number;
  readonly #setTimer: NonNullable<OutboxOptions['setTimer']>;
  readonly #maxWaiting: number;
  /** Sorted: most important first, then in order of arrival. */
  readonly #waiting: Task[] = [];
  /** How many of them count as no message. */
  #free = 0;
  /** Messages being changed right now. */
  readonly #changing = new Set<string>();
  #arrivals = 0;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor({
    log,
    limits,
    now = steadyNow,
    setTimer = realTimer,
    maxWaiting = 5000,
  }: OutboxOptions) {
    this.#log = log;
    this.#budget = new SendBudget(limits);
    this.#now = now;
    this.#setTimer = setTimer;
    this.#maxWaiting = maxWaiting;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  run(call: OutboxCall): Promise<Answer> {
    const kind = callKind(call.method, call.payload, call.context);
    if (!kind) return call.send();
    if (this.#closed) return Promise.reject(notSent(call, 'the node ends'));
    this.#dropOlder(call.method, kind);
    if (this.#waiting.length >= this.#maxWaiting)
      return Promise.resolve(kind.replaceable ? DROPPED : FULL);
    return new Promise((resolve, reject) => {
      const order = this.#arrivals++;
      const leave = () => this.#abort(task);
      const task: Task = {
        call,
        kind,
        order,
        since: this.#now(),
        tries: 0,
        leave,
        resolve,
        reject,
      };
      this.#enqueue(task);
      this.#pump();
    });
  }

  #enqueue(task: Task): void {
    const at = this.#waiting.findIndex((other) => comesBefore(task, other));
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, task);
    if (task.kind.cost === 0) this.#free += 1;
    for (const signal of signalsOf(task)) {
      if (signal.aborted) {
        task.leave();
        return;
      }
      signal.addEventListener('abort', task.leave, { once: true });
    }
  }

  #remove(task: Task): boolean {
    for (const signal of signalsOf(task)) signal.removeEventListener('abort', task.leave);
    const at = this.#waiting.indexOf(task);
    if (at < 0) return false;
    this.#waiting.splice(at, 1);
    if (task.kind.cost === 0) this.#free -= 1;
    return true;
  }

  #abort(task: Task): void {
    if (!this.#remove(task)) return;
    task.reject(notSent(task.call, 'aborted while waiting'));
  }

  close(): void {
    this.#closed = true;
    for (const task of [...this.#waiting]) task.leave();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #dropOlder(method: string, { message }: CallKind): void {
    if (message === undefined) return;
    const older = this.#waiting.filter(
      ({ kind, call }) =>
        kind.replaceable && kind.message === message && supersedes(method, call.method),
    );
    for (const task of older) this.#drop(task);
  }

  #drop(task: Task): void {
    this.#remove(task);
    task.resolve(DROPPED);
  }

  /** Starts whatever may start and sets the timer for what may start next. */
  #pump(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const now = this.#now();
    /** A chat's less important calls do not overtake its more important ones. */
    const held = new Set<string>();
    let next = Number.POSITIVE_INFINITY;
    for (const task of [...this.#waiting]) {
      const full = this.#untilAnyMessage(now);
      if (full > 0) {
        next = full;
        break;
      }
      const { chat, message } = task.kind;
      if (chat !== undefined && held.has(chat)) continue;
      if (message !== undefined && this.#changing.has(message)) continue;
      const wait = Math.max(
        this.#budget.waitForAll(now, task.kind),
        this.#budget.waitForChat(now, task.kind),
      );
      if (wait === 0) {
        this.#start(task, now);
        continue;
      }
      next = Math.min(next, wait);
      if (chat !== undefined) held.add(chat);
    }
    if (next < Number.POSITIVE_INFINITY)
      this.#cancelTimer = this.#setTimer(Math.ceil(next), () => this.#pump());
  }

  /**
   * ms until a message may leave at all, 0 where something else is to be looked for. Thousands may
   * wait, and they are not gone through for each that comes while the bot's second is spent.
   */
  #untilAnyMessage(now: number): number {
    return this.#free > 0 ? 0 : this.#budget.waitForAll(now, ANY_MESSAGE);
  }

  #start(task: Task, now: number): void {
    const { message } = task.kind;
    this.#remove(task);
    this.#budget.take(now, task.kind);
    if (message !== undefined) this.#changing.add(message);
    void this.#perform(task).finally(() => {
      if (message !== undefined) this.#changing.delete(message);
      this.#pump();
    });
  }

  async #perform(task: Task): Promise<void> {
    try {
      Object.assign(task.call.payload, task.call.context.newest?.());
      const answer = await task.call.send();
      const seconds = floodWait(answer);
      if (seconds === undefined) task.resolve(answer);
      else this.#flooded(task, answer, seconds);
    } catch (error) {
      task.reject(error);
    }
  }

  #flooded(task: Task, answer: Answer, seconds: number): void {
    const { kind, call } = task;
    const now = this.#now();
    this.#budget.pause(now, kind.chat, seconds);
    const { chat, priority } = kind;
    this.#log.warn({ method: call.method, chat, priority, seconds }, 'Telegram asked to wait');
    if (kind.replaceable) task.resolve(DROPPED);
    else if (
      this.#closed ||
      priority === 'status' ||
      this.#patienceIsOver(task, now + seconds * 1000)
    )
      task.resolve(answer);
    else {
      call.context.onPutBack?.(seconds);
      this.#enqueue(task);
    }
  }

  #patienceIsOver(task: Task, next: number): boolean {
    task.tries += 1;
    return task.tries > PUT_BACK.tries || next - task.since > PUT_BACK.ms;
  }
}

const notSent = ({ method }: OutboxCall, why: string) =>
  new TransportFailure('not_sent', '', `${method}: ${why}`, true);

/** Whatever ends a call's wait. */
const signalsOf = ({ call }: Task): AbortSignal[] =>
  [call.signal, call.context.waiting].filter((signal) => signal !== undefined);

function comesBefore(a: Task, b: Task): boolean {
  const rank = (task: Task) => PRIORITIES.indexOf(task.kind.priority);
  return rank(a) < rank(b) || (rank(a) === rank(b) && a.order < b.order);
}
