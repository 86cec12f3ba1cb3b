/**
 * One message to everybody, person after person in the order of their ids. How far it came is
 * written down after each, so that a restart goes on where it stopped; at worst one person gets
 * it twice.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Api } from 'grammy';
import type { Cluster } from '../cluster/cluster.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { type Broadcast, broadcastRecord, SPACE } from './record.ts';
import { sendAll } from './send-all.ts';

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

const TURN = 'broadcast';

export function createBroadcasts(parts: BroadcastsParts): Broadcasts {
  const { api, store, log, onEnd, cluster, now = Date.now, sleep = wait } = parts;
  const record = broadcastRecord(store.state, now);
  let closing = false;
  let stopped = false;
  let running: Promise<void> | undefined;
  const many = cluster?.shared === true;
  const sending = {
    ...{ api, users: store.users, record, now, sleep },
    closing: () => closing,
    isMine: () => !many || cluster.holds(TURN),
    stopped: () => stopped,
  };

  async function send(begun: Broadcast): Promise<void> {
    const ended = await sendAll(sending, begun);
    if (!ended) return;
    await record.write(ended);
    if (many) await record.forgetWish();
    const { phase, of, sent, blocked, failed } = ended;
    log.info({ phase, of, sent, blocked, failed }, 'broadcast');
    await onEnd(ended);
  }

  /** Where this node's turn it is not, another sends it already. */
  async function inTurn(broadcast: Broadcast): Promise<void> {
    if (!many) return send(broadcast);
    if (!(await cluster.once(TURN))) return;
    try {
      stopped = await record.stopWished();
      // Read once more: the node before may have come further, or to its end.
      const last = await record.read();
      if (last?.phase === 'sending') await send(last);
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
    const broadcast = await record.read();
    if (broadcast?.phase === 'sending' && !running && !closing) run(broadcast);
  }
  async function look(): Promise<void> {
    if (running) stopped ||= await record.stopWished();
    else await goOn();
  }
  const looked = () => void look().catch((err) => log.warn({ err }, 'the broadcast was not read'));
  if (many) {
    cluster.on('state', ({ space }) => space === SPACE && looked());
    cluster.onMissed(looked);
  }

  return {
    async draft(admin, message) {
      if (running || (many && (await record.read())?.phase === 'sending')) return undefined;
      const of = await store.users.countReachable();
      const figures = { of, after: 0, sent: 0, blocked: 0, failed: 0 };
      const broadcast: Broadcast = { phase: 'draft', admin, message, ...figures };
      await record.write(broadcast);
      return broadcast;
    },
    current: record.read,
    async start() {
      const broadcast = await record.read();
      if (running || broadcast?.phase !== 'draft') return false;
      const begun: Broadcast = { ...broadcast, phase: 'sending' };
      await record.write(begun);
      run(begun);
      return true;
    },
    async stop() {
      const broadcast = await record.read();
      if (running) stopped = true;
      else if (broadcast?.phase === 'draft') await record.write({ ...broadcast, phase: 'stopped' });
      else if (many && broadcast?.phase === 'sending') {
        await record.wishStop();
        await cluster.publish({ kind: 'state', space: SPACE });
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
