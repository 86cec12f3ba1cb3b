/**
 * How the jobs that waited for the same file learn that it failed: asking the site again for
 * each of them would be slow for them and rude to the site.
 */
import { LRUCache } from 'lru-cache';
import { factOf, type JobError } from '../../shared/errors.ts';
import type { JobRow } from '../store/schema.ts';

export interface RecentFailures {
  add(job: JobRow, error: JobError): void;
  /** The failure a job shares: one that came after the job was made. */
  find(job: JobRow): JobError | undefined;
}

/** Only what the site or the link is to blame for is true for everyone. */
const SHARED = new Set(['site', 'user']);
const OWN = new Set(['cancelled', 'banned', 'queue_full_user', 'bad_clip']);

export function recentFailures(now: () => number = Date.now): RecentFailures {
  const failures = new LRUCache<string, { error: JobError; at: number }>({ max: 1000 });
  return {
    add(job, error) {
      if (!SHARED.has(factOf(error.code).blame) || OWN.has(error.code)) return;
      failures.set(job.fileKey, { error, at: now() });
    },
    find(job) {
      const failure = failures.get(job.fileKey);
      return failure && failure.at >= job.createdAt && job.attempt <= 1 ? failure.error : undefined;
    },
  };
}
