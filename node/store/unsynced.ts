import type { Db } from './open.ts';

/**
 * A write that need not survive a power cut, e.g. which stage a job is in: it is in the log when
 * this returns, so a crash of the process loses nothing, but no one waits for the disk. A job makes
 * several of them, and each would hold up the whole node for milliseconds. The next full commit
 * brings it to the disk as well.
 */
export function unsynced<T>(db: Db, write: () => T): T {
  const { $client: sqlite } = db as Db & { $client: { pragma(text: string): unknown } };
  sqlite.pragma('synchronous = NORMAL');
  try {
    return write();
  } finally {
    sqlite.pragma('synchronous = FULL');
  }
}
