/** What nodes call out to each other: by NOTIFY to be quick, read anew where it may be missed. */
import { sql } from 'drizzle-orm';
import type { Log } from '../../log.ts';
import type { PgDb } from '../../store/postgres/open.ts';
import type { Cluster } from '../cluster.ts';
import { CHANNEL, type Message, packed, unpacked } from '../messages.ts';

export interface Bus extends Pick<Cluster, 'publish' | 'on' | 'onMissed'> {
  /** Hands a text of the channel to whoever waits for it. */
  hear(text: string): void;
  /** Messages may have been missed. */
  readAnew(): void;
}

export interface BusParts {
  db: PgDb;
  bootId: string;
  log: Log;
}

export function pgBus({ db, bootId, log }: BusParts): Bus {
  const handlers = new Map<string, ((message: Message) => void)[]>();
  const missed: (() => void)[] = [];
  return {
    async publish(message) {
      try {
        await db.execute(sql`SELECT pg_notify(${CHANNEL}, ${packed(message, bootId)})`);
      } catch (err) {
        log.warn({ kind: message.kind, err }, 'the other nodes could not be told');
      }
    },
    on(kind, handler) {
      const all = handlers.get(kind) ?? [];
      handlers.set(kind, [...all, handler as (message: Message) => void]);
    },
    onMissed: (handler) => void missed.push(handler),
    hear(text) {
      const heard = unpacked(text);
      if (!heard || heard.from === bootId) return;
      for (const handler of handlers.get(heard.message.kind) ?? []) handler(heard.message);
    },
    readAnew() {
      for (const handler of missed) handler();
    },
  };
}
