/** The store under test, on SQLite and on a real PostgreSQL: the same suites run on both. */
import { openPostgres } from '../../../node/store/postgres/open.ts';
import * as pgSchema from '../../../node/store/postgres/schema.ts';
import { type PlainStore, pgPlainStore } from '../../../node/store/postgres/store.ts';
import { pgAddTally } from '../../../node/store/postgres/tallies.ts';
import { pgUpkeepStore } from '../../../node/store/postgres/upkeep.ts';
import { type JobRow, jobs, type NewJob, updates } from '../../../node/store/schema.ts';
import { addTally } from '../../../node/store/tallies.ts';
import { type Upkeep, upkeepStore } from '../../../node/store/upkeep.ts';
import { migratedDatabase, PG_MIGRATIONS } from '../shared-postgres.ts';
import { tempStore } from '../store.ts';

/** As an earlier process left it. */
export type StoredUpdate = typeof updates.$inferSelect;

export interface Subject {
  store: PlainStore;
  upkeep: Upkeep;
  /** Rows as they are, past every rule. */
  putJobs(rows: NewJob[]): Promise<JobRow[]>;
  jobs(): Promise<JobRow[]>;
  putUpdate(row: StoredUpdate): Promise<void>;
  /** What the end of a job counts. */
  tally(job: JobRow): Promise<void>;
  close(): Promise<void>;
}

export async function sqliteSubject(): Promise<Subject> {
  const temp = tempStore();
  return {
    store: temp.store,
    upkeep: upkeepStore(temp),
    putJobs: async (rows) => temp.db.insert(jobs).values(rows).returning().all(),
    jobs: async () => temp.db.select().from(jobs).orderBy(jobs.id).all(),
    putUpdate: async (row) => void temp.db.insert(updates).values(row).run(),
    tally: async (job) => addTally(temp.db, job),
    close: async () => temp.close(),
  };
}

const BOOT = 'boot-of-the-test';

export async function postgresSubject() {
  const database = await migratedDatabase();
  const onError = () => {};
  const opened = await openPostgres({
    ...{ url: database.url, migrationsDir: PG_MIGRATIONS, onError, connections: 4 },
  });
  const { db } = opened;
  return {
    store: pgPlainStore(opened, BOOT),
    upkeep: pgUpkeepStore({ db, backupTo: async () => {} }),
    putJobs: (rows: NewJob[]) => db.insert(pgSchema.jobs).values(rows).returning(),
    jobs: () => db.select().from(pgSchema.jobs).orderBy(pgSchema.jobs.id),
    putUpdate: async (row: StoredUpdate) => void (await db.insert(pgSchema.updates).values(row)),
    tally: (job: JobRow) => pgAddTally(db, job),
    opened,
    async close() {
      await opened.close();
      await database.drop();
    },
  } satisfies Subject & Record<string, unknown>;
}
