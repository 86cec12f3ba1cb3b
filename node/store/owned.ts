/** The fence of a running job's writes: a run that lost its claim changes nothing. */
import { and, eq, inArray } from 'drizzle-orm';
import { type Claim, LIVE } from './jobs.ts';
import { jobs } from './schema.ts';

export const owned = ({ id, attempt }: Claim) =>
  and(eq(jobs.id, id), eq(jobs.attempt, attempt), inArray(jobs.state, LIVE));
