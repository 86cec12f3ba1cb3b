/**
 * One message to everybody, person after person in the order of their ids. How far it came is
 * written down after each, so that a restart goes on where it stopped; at worst one person gets
 * it twice.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Api } from 'grammy';
import * as v from 'valibot';
import type { Cluster } from '../cluster/cluster.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { telegramFault } from '../telegram/errors.ts';
import { sendWith } from '../telegram/send-context.ts';

const Broadcast = v.object({
  phase: v.picklist(['draft', 'sending', 'done', 'stopped']),
  /** The admin, whose private chat holds the message that is copied. */
  admin: v.number(),
  message: v.number(),
  /** How many persons there were at the start. */
  of: v.number(),
  /** The last person it went to. */
  after: v.number(),
  sent: v.number(),
  blocked: v.number(),
  failed: v.number(),
});
export type Broadcast = v.InferOutput<typeof Broadcast>;

export interface Broadcasts {
  /** Keeps the message to be sent; one that is being sent is not replaced: undefined. */
  draft(admin: number, message: number): Promise<Broadcast | undefined>;
  current(): Promise<Broadcast | undefined>;
  /** Starts the draft; false when there is none. */
  start(): Promise<boolean>;
  /** Drops the draft, or stops after the person whose turn it is. */
  stop(): Promise<Broadcast | undefined>;
  /** Goes on with what an earlier process began. */
  resume(): Promise<void>;
  /** For the shutdown: waits for the one message under way; the rest is sent after the start. */
  close(): Promise<void>;
}

export interface BroadcastsParts {
  api: Pick<Api, 'copyMessage'>;
  store: Pick<Store, 'state' | 'users'>;
  log: Log;
  /** It has ended or was stopped. */
  onEnd(broadcast: Broadcast): Promise<void>;
  /** Of several nodes one sends; a stop pressed at another reaches it. */
  cluster?: Pick<Cluster, 'shared' | 'once' | 'holds' | 'release' | 'publish' | 'on' | 'onMissed'>;
  now?: () => number;
  sleep?: (ms: number) => Promise<unknown>;
}

/** Telegram takes 30 messages a second in all; deliveries need some of them. */
export const PER_SECOND = 20;
const PAGE = 100;
const TURN = 'broadcast';
const UNREACHABLE_MS = 10_000;

export function createBroadcasts(parts: BroadcastsParts): Broadcasts {
  const { api, store, log, onEnd, cluster, now = Date.now, sleep = wait } = parts;
  const read = () => store.state.get('broadcast', 'current', Broadcast);
  const write = (broadcast: Broadcast) => store.state.set('broadcast', 'current', broadcast, now());
  let closing = false;
  let stopped = false;
  let running: Promise<void> | undefined;
  const many = cluster?.shared === true;
  const mayGoOn = () => !many || cluster.holds(TURN);
  const stopWished = () => store.state.get('broadcast', 'stop', v.boolean());

  type Outcome = 'sent' | 'blocked' | 'failed';

  /** Waits as long as Telegram asks; what may have arrived is not sent again. */
  async function sendTo(userId: number, { admin, message }: Broadcast): Promise<Outcome> {
    for (;;) {
      try {
        await sendWith({ priority: 'status' }, () => api.copyMessage(userId, admin, message));
        return 'sent';
      } catch (error) {
        const fault = telegramFault(error);
        if (fault.kind === 'blocked' || fault.kind === 'chat_gone') return 'blocked';
        if (closing || (fault.kind !== 'flood' && fault.kind !== 'unreachable')) return 'failed';
        await sleep(fault.kind === 'flood' ? fault.retryAfter * 1000 : UNREACHABLE_MS);
      }
    }
  }

  async function one(userId: number, broadcast: Broadcast): Promise<Broadcast> {
    const outcome = await sendTo(userId, broadcast);
    if (outcome === 'blocked') await store.users.change(userId, { blockedAt: now() });
    const next = { ...broadcast, after: userId, [outcome]: broadcast[outcome] + 1 };
    await write(next);
    return next;
  }

  async function sendAll(begun: Broadcast): Promise<void> {
    let broadcast = begun;
    for (;;) {
      const people = await store.users.reachable(broadcast.after, PAGE);
      if (people.length === 0) break;
      for (const { id } of people) {
        // Cut off from the database: another node goes on where the row says.
        if (closing || !mayGoOn()) return;
        if (stopped) return end({ ...broadcast, phase: 'stopped' });
        broadcast = await one(id, broadcast);
        await sleep(1000 / PER_SECOND);
      }
    }
    await end({ ...broadcast, phase: 'done' });
  }

  async function end(broadcast: Broadcast): Promise<void> {
    await write(broadcast);
    if (many) await store.state.remove('broadcast', 'stop');
    const { phase, of, sent, blocked, failed } = broadcast;
    log.info({ phase, of, sent, blocked, failed }, 'broadcast');
    await onEnd(broadcast);
  }

  /** Where this node's turn it is not, another sends it already. */
  async function inTurn(broadcast: Broadcast): Promise<void> {
    if (!many) return sendAll(broadcast);
    if (!(await cluster.once(TURN))) return;
    try {
      stopped = (await stopWished()) ?? false;
      // Read once more: the node before may have come further, or to its end.
      const last = await read();
      if (last?.phase === 'sending') await sendAll(last);
    } finally {
      await cluster.release(TURN);
    }
  }

  const run = (broadcast: Broadcast) => {
    stopped = false;
    running = inTurn(broadcast)
      .catch((err) => log.error({ err }, 'the broadcast broke off; it goes on after a restart'))
      .finally(() => {
        running = undefined;
      });
  };

  async function goOn(): Promise<void> {
    const broadcast = await read();
    if (broadcast?.phase === 'sending' && !running && !closing) run(broadcast);
  }
  async function look(): Promise<void> {
    if (running) stopped ||= (await stopWished()) ?? false;
    else await goOn();
  }
  const looked = () => void look().catch((err) => log.warn({ err }, 'the broadcast was not read'));
  if (many) {
    cluster.on('state', ({ space }) => space === 'broadcast' && looked());
    cluster.onMissed(looked);
  }

  return {
    async draft(admin, message) {
      if (running || (many && (await read())?.phase === 'sending')) return undefined;
      const of = await store.users.countReachable();
      const figures = { of, after: 0, sent: 0, blocked: 0, failed: 0 };
      const broadcast: Broadcast = { phase: 'draft', admin, message, ...figures };
      await write(broadcast);
      return broadcast;
    },
    current: read,
    async start() {
      const broadcast = await read();
      if (running || broadcast?.phase !== 'draft') return false;
      const sending: Broadcast = { ...broadcast, phase: 'sending' };
      await write(sending);
      run(sending);
      return true;
    },
    async stop() {
      const broadcast = await read();
      if (running) stopped = true;
      else if (broadcast?.phase === 'draft') await write({ ...broadcast, phase: 'stopped' });
      else if (many && broadcast?.phase === 'sending') {
        await store.state.set('broadcast', 'stop', true, now());
        await cluster.publish({ kind: 'state', space: 'broadcast' });
      }
      return broadcast;
    },
    resume: goOn,
    async close() {
      closing = true;
      await running;
    },
  };
}
