/** Tells the other nodes within the commit that made something true: they hear it only if it holds. */
import { sql } from 'drizzle-orm';
import { CHANNEL, packed } from '../../cluster/messages.ts';
import type { PgRunner } from './open.ts';

export { CHANNEL } from '../../cluster/messages.ts';

/** Something may have become claimable; the node itself knows. */
export const kickFrom = (bootId: string): string => packed({ kind: 'kick' }, bootId);

export const notifyKick = (db: PgRunner, bootId: string) =>
  db.execute(sql`SELECT pg_notify(${CHANNEL}, ${kickFrom(bootId)})`);

/** A job's status message, if there is to be one, is the business of this node from now on. */
export const notifyTaken = (
  db: PgRunner,
  bootId: string,
  job: { updateId: number; jobId: number },
) => db.execute(sql`SELECT pg_notify(${CHANNEL}, ${packed({ kind: 'taken', ...job }, bootId)})`);
