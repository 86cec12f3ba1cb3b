/** Tells all nodes within the commit that made something true: they hear it only if it holds. */
import { sql } from 'drizzle-orm';
import type { PgRunner } from './open.ts';

export const CHANNEL = 'postchi';
/** Something may have become claimable. */
export const KICK = JSON.stringify({ kind: 'kick' });

export const notifyKick = (db: PgRunner) => db.execute(sql`SELECT pg_notify(${CHANNEL}, ${KICK})`);
