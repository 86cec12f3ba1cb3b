/** Claims: a job is released into the engine and taken out of it in one commit. */
import { randomUUID } from 'node:crypto';
import { and, eq, getTableColumns, inArray, lt, sql } from 'drizzle-orm';
import type { Recovery } from '../interrupted.ts';
import { type ClaimRules, SUSPECT_AFTER } from '../jobs.ts';
import type { JobRow } from '../schema.ts';
import { nextJob } from './choose.ts';
import type { Engine } from './engine.ts';
import { mayTake } from './home.ts';
import { moveStrays } from './interrupted.ts';
import { notifyKick, notifyTaken } from './notify.ts';
import type { PgRunner } from './open.ts';
import { jobs } from './schema.ts';
import type { Transaction } from './transaction.ts';

export interface Claimed {
  rows: JobRow[];
  /** Interrupted jobs that were met on the way. */
  recovery?: Recovery;
}

/** From here the node that runs the job is its home: it shows the status message. */
const claimValues = ({ bootId, now, leaseMs }: ClaimRules, nodeId: string) => ({
  state: 'running' as const,
  stage: 'extracting' as const,
  bootId,
  home: nodeId,
  leaseUntil: now + leaseMs,
  attempt: sql`${jobs.attempt} + 1`,
  startedAt: sql`coalesce(${jobs.startedAt}, ${now})`,
});

/** Runs in a transaction that holds the lock of the choice. */
export async function claimNext(
  tx: Transaction,
  boss: Engine,
  rules: ClaimRules,
  nodeId: string,
): Promise<Claimed> {
  const others = sql<boolean>`EXISTS (SELECT 1 FROM jobs o WHERE o.update_id = jobs.update_id
    AND o.id <> jobs.id AND o.home IS DISTINCT FROM ${nodeId})`;
  const [claimed] = await tx.db
    .update(jobs)
    .set({ ...claimValues(rules, nodeId), ticket: randomUUID() })
    .where(sql`${jobs.id} = ${nextJob(rules, nodeId)}`)
    .returning({ ...getTableColumns(jobs), others });
  if (!claimed) return { rows: [] };
  const { others: adopts, ...row } = claimed;
  if (adopts) await adopt(tx.db, row.updateId, nodeId);
  const strays = await boss.claim(tx.engine, [row], rules.leaseMs);
  const recovery = await moveStrays(tx, boss, strays, rules);
  return { rows: [row], recovery };
}

/** Their home is gone: jobs of one update share a message and come along together. */
async function adopt(db: PgRunner, updateId: number, nodeId: string): Promise<void> {
  await db
    .update(jobs)
    .set({ home: nodeId })
    .where(and(eq(jobs.updateId, updateId), inArray(jobs.state, ['queued', 'asking'])));
}

/** Every waiting job for a file that has just been settled here; the others' homes are told. */
export async function claimFollowers(
  tx: Transaction,
  boss: Engine,
  { fileKey, rules, nodeId }: { fileKey: string; rules: ClaimRules; nodeId: string },
): Promise<Claimed> {
  const waits = and(
    eq(jobs.fileKey, fileKey),
    eq(jobs.state, 'queued'),
    lt(jobs.crashes, SUSPECT_AFTER),
  );
  const before = sql`(SELECT j.id AS was_id, j.home AS was_home FROM jobs j
    WHERE j.file_key = ${fileKey} AND j.state = 'queued' AND ${mayTake(nodeId, rules.now)}
    ORDER BY j.id FOR UPDATE SKIP LOCKED) AS before`;
  const taken = await tx.db
    .update(jobs)
    .set({ ...claimValues(rules, nodeId), ticket: sql`gen_random_uuid()::text` })
    .from(before)
    .where(and(waits, sql`${jobs.id} = was_id`))
    .returning({ ...getTableColumns(jobs), elsewhere: sql<boolean>`was_home <> ${nodeId}` });
  const rows = taken.map(({ elsewhere: _, ...row }) => row);
  for (const { elsewhere, updateId, id } of taken) {
    // It shows that they wait, and would go on with that until it hears.
    if (elsewhere) await notifyTaken(tx.db, rules.bootId, { updateId, jobId: id });
  }
  const [left] = await tx.db.select({ id: jobs.id }).from(jobs).where(waits).limit(1);
  if (left) await notifyKick(tx.db, rules.bootId);
  if (rows.length === 0) return { rows };
  const strays = await boss.claim(tx.engine, rows, rules.leaseMs);
  return { rows, recovery: await moveStrays(tx, boss, strays, rules) };
}
