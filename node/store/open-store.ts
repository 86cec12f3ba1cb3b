/** Opens the store the configuration asks for: SQLite in the data folder, or PostgreSQL. */
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { copyToFile } from './move/to-file.ts';
import { type Opened, openDatabase } from './open.ts';
import { type OpenedPostgres, openPostgres } from './postgres/open.ts';
import { pgPlainStore } from './postgres/store.ts';
import { patiently } from './postgres/unreachable.ts';
import { pgUpkeepStore } from './postgres/upkeep.ts';
import { openPgWork } from './postgres/work.ts';
import { createStore, type Store, type StoreHooks } from './store.ts';
import { type Upkeep, upkeepStore } from './upkeep.ts';

export interface OpenUpkeep {
  upkeep: Upkeep;
  close(): Promise<void>;
}

export interface OpenStore extends OpenUpkeep {
  store: Store;
  /** Set when SQLite's file was damaged: where it went and what took its place. */
  recovered?: Opened['recovered'];
  /** What the parts that only several nodes need are built on. */
  postgres?: OpenedPostgres;
}

/** Where the data is. */
export interface StorePlace {
  dataDir: string;
  /** PostgreSQL's address; SQLite without one. */
  databaseUrl?: string | undefined;
  /** SQLite's migrations, with PostgreSQL's in the folder `postgres`. */
  migrationsDir: string;
  log: Pick<Log, 'info' | 'warn'>;
  /** ms to wait for a PostgreSQL that is not up yet. */
  waitMs?: number;
}

export interface OpenStoreOptions extends StorePlace {
  /** This start of the node; what an earlier one held is told by another id. */
  bootId: string;
  /** This node, the same over its restarts. */
  nodeId: string;
  hooks?: StoreHooks;
}

/**
 * @throws DatabaseUnreachable when PostgreSQL does not answer or does not let the bot in
 * @throws what opening SQLite throws: no room, no right to write, another version's file
 */
export async function openStore(options: OpenStoreOptions): Promise<OpenStore> {
  if (options.databaseUrl) return openOnPostgres(options, options.databaseUrl);
  const opened = openDatabase(options);
  return {
    store: createStore(opened.db, options.hooks),
    upkeep: upkeepStore(opened),
    ...(opened.recovered && { recovered: opened.recovered }),
    close: async () => opened.close(),
  };
}

/** For commands beside a running node: takes no part in the work. @throws as `openStore` */
export async function openUpkeep(place: StorePlace): Promise<OpenUpkeep> {
  if (place.databaseUrl) {
    const postgres = await reach(place, place.databaseUrl);
    return { upkeep: pgUpkeep(place, postgres), close: postgres.close };
  }
  const opened = openDatabase(place);
  return { upkeep: upkeepStore(opened), close: async () => opened.close() };
}

async function openOnPostgres(options: OpenStoreOptions, url: string): Promise<OpenStore> {
  const { log, bootId, nodeId, hooks = {} } = options;
  const postgres = await reach(options, url);
  try {
    const work = await openPgWork({
      ...{ opened: postgres, nodeId, bootId, log, onEnded: hooks.onJobEnded },
      now: postgres.clock.now,
    });
    return {
      ...{ postgres, upkeep: pgUpkeep(options, postgres) },
      store: { ...pgPlainStore(postgres, bootId), jobs: work.jobs, menus: work.menus },
      async close() {
        await work.close();
        await postgres.close();
      },
    };
  } catch (error) {
    await postgres.close();
    throw error;
  }
}

const pgUpkeep = ({ migrationsDir }: StorePlace, { db, url }: OpenedPostgres): Upkeep =>
  pgUpkeepStore({
    db,
    async backupTo(file) {
      const equal = await copyToFile({ url, file, migrationsDir });
      if (!equal) throw new Error('the copy does not hold what PostgreSQL holds');
    },
  });

const reach = ({ migrationsDir, log, waitMs = 0 }: StorePlace, url: string) =>
  patiently(
    () =>
      openPostgres({
        ...{ url, migrationsDir: join(migrationsDir, 'postgres') },
        onError: (err) => log.warn({ err }, 'a connection to PostgreSQL broke'),
        onClockApart: (aheadMs) =>
          log.warn(
            { aheadMs },
            'the clock of this machine and that of the database: run NTP on both',
          ),
      }),
    { url, waitMs, onWaiting: (line) => log.warn(line) },
  );
