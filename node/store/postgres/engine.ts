/**
 * The queue engine, pg-boss: every job that runs has an entry in it, the *ticket*. The entry's
 * lease ends unless it is renewed; the engine then hands it out again, and puts one that was lost
 * too often into the dead-letter queue. Either way the entry tells that a node died with the job.
 */
import { type SQL, sql } from 'drizzle-orm';
import type pg from 'pg';
import PgBoss from 'pg-boss';
import type { Log } from '../../log.ts';
import { MAX_CRASHES } from '../interrupted.ts';
import type { JobRow } from '../schema.ts';
import type { PgRunner } from './open.ts';
import { type EngineDb, engineDb } from './transaction.ts';

const QUEUE = 'jobs';
const DEAD = 'jobs-dead';
const SCHEMA = 'pgboss';
/** Every so often one of the nodes looks for leases that ran out. */
const LOOK_EVERY_S = 4;
/** As many of one kind are handled in one transaction. */
const AT_ONCE = 100;

/** An entry nobody renewed, held by the transaction that fetched it. */
export interface Stray {
  queue: string;
  id: string;
  ticket: string;
}

export interface Engine {
  /**
   * Puts entries in and takes them out again, in the caller's transaction: from its commit on the
   * jobs are claimed. What else was waiting and came out instead is answered, to be dealt with.
   */
  claim(db: EngineDb, rows: readonly TicketRow[], leaseMs: number): Promise<Stray[]>;
  /** The jobs have ended or wait again. */
  drop(db: EngineDb, tickets: readonly string[]): Promise<void>;
  /** Entries whose lease ran out, and those of the dead-letter queue. */
  strays(db: EngineDb): Promise<Stray[]>;
  dead(db: EngineDb): Promise<Stray[]>;
  dropStrays(db: EngineDb, strays: readonly Stray[]): Promise<void>;
  renew(db: PgRunner, bootId: string, ids: readonly number[]): Promise<void>;
  /** Called after each look for leases that ran out, on the node that looked. */
  onLooked(handler: () => void): void;
  /** Looks now. */
  look(): Promise<void>;
  close(): Promise<void>;
}

type TicketRow = Pick<JobRow, 'id' | 'crashes'> & { ticket: string | null };

export interface EngineOptions {
  /** Where its own periodic statements run. */
  quickPool: pg.Pool;
  log: Pick<Log, 'warn'>;
  /** s between looks for leases that ran out. */
  lookEveryS?: number | undefined;
}

/** Installs or updates the engine's tables and starts its upkeep. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { quickPool, log, lookEveryS = LOOK_EVERY_S } = options;
  const boss = new PgBoss({
    db: engineDb(quickPool),
    schema: SCHEMA,
    schedule: false,
    maintenanceIntervalSeconds: lookEveryS,
  });
  boss.on('error', (err) => log.warn({ err }, 'the upkeep of the queue engine failed'));
  await alone(quickPool, async () => {
    await boss.start();
    await boss.createQueue(DEAD, { name: DEAD, retryLimit: 0 });
    await boss.createQueue(QUEUE, { name: QUEUE, deadLetter: DEAD, retryDelay: 0 });
  });
  return {
    ...movesOf(boss),
    async renew(db, bootId, ids) {
      // 10.x knows no heartbeat: a lease counts from the moment its entry was fetched.
      await db.execute(sql`UPDATE ${sql.raw(SCHEMA)}.job SET started_on = now()
        WHERE name = ${QUEUE} AND state = 'active' AND id IN (
          SELECT ticket::uuid FROM jobs WHERE id IN ${[...ids]}
          AND boot_id = ${bootId} AND state IN ('running', 'sending'))`);
    },
    onLooked: (handler) => void boss.on('maintenance', handler),
    look: () => boss.expire(),
    close: () => boss.stop({ graceful: false, close: false }),
  };
}

const INSTALL_LOCK = 7_076_804;

/** Two nodes that make the engine's tables at once wait for each other's halves for ever. */
async function alone(pool: pg.Pool, install: () => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [INSTALL_LOCK]);
    await install();
  } finally {
    // Ended and not reused: the lock goes with it.
    client.release(true);
  }
}

type Moves = Pick<Engine, 'claim' | 'drop' | 'strays' | 'dead' | 'dropStrays'>;

function movesOf(boss: PgBoss): Moves {
  const fetch = async (db: EngineDb, queue: string, batchSize: number): Promise<Stray[]> => {
    // What was put in by this very transaction starts at its own time, which is not yet past.
    const options = { db: db as PgBoss.Db, batchSize, ignoreStartAfter: true };
    const found = await boss.fetch<{ ticket: string }>(queue, options);
    return found.map(({ id, data }) => ({ queue, id, ticket: data.ticket }));
  };
  const drop = async (db: EngineDb, queue: string, ids: readonly string[]) => {
    if (ids.length > 0) await boss.deleteJob(queue, [...ids], { db: db as PgBoss.Db });
  };
  return {
    async claim(db, rows, leaseMs) {
      const entries = rows.flatMap(({ id, crashes, ticket }) =>
        ticket === null ? [] : [entryOf({ id, crashes, ticket }, leaseMs)],
      );
      await boss.insert(entries, { db: db as PgBoss.Db });
      const mine = new Set(entries.map(({ id }) => id));
      const strays: Stray[] = [];
      while (mine.size > 0) {
        const got = await fetch(db, QUEUE, mine.size);
        if (got.length === 0)
          throw new Error('the queue engine did not hand out what it was given');
        strays.push(...got.filter(({ id }) => !mine.delete(id)));
      }
      return strays;
    },
    drop: (db, tickets) => drop(db, QUEUE, tickets),
    strays: (db) => fetch(db, QUEUE, AT_ONCE),
    dead: (db) => fetch(db, DEAD, AT_ONCE),
    async dropStrays(db, strays) {
      for (const queue of [QUEUE, DEAD]) {
        const ids = strays.filter((one) => one.queue === queue).map(({ id }) => id);
        await drop(db, queue, ids);
      }
    },
  };
}

/** What `drop` needs to know of a row that gives its claim up. */
export const ticketOf = ({ ticket }: { ticket: string | null }) =>
  ticket === null ? [] : [ticket];

/** Has a running job its entry? */
export const hasEntry = (ticket: SQL): SQL => sql`EXISTS (SELECT 1 FROM ${sql.raw(SCHEMA)}.job e
  WHERE e.name = ${QUEUE} AND e.id = ${ticket}::uuid)`;

/** After the last crash a job may have, the engine hands its entry to the dead-letter queue. */
const entryOf = ({ id, crashes, ticket }: TicketRow & { ticket: string }, leaseMs: number) => ({
  id: ticket,
  name: QUEUE,
  data: { job: id, ticket },
  retryLimit: Math.max(0, MAX_CRASHES - 1 - crashes),
  expireInSeconds: Math.max(1, Math.round(leaseMs / 1000)),
});
