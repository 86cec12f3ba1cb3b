/** A copy of PostgreSQL as an SQLite file: the backup, and the way back to one server. */
import { existsSync, rmSync } from 'node:fs';
import { connect, damageOf } from '../open.ts';
import { type Copied, copyTables } from './copy.ts';
import { postgresSide } from './postgres-side.ts';
import { sqliteSide } from './sqlite-side.ts';
import { type Verified, verifyTables } from './verify.ts';

export interface ToFileParts {
  url: string;
  /** Begun by an earlier run, it is gone on with. */
  file: string;
  /** SQLite's. */
  migrationsDir: string;
  onCopied?: (copied: Copied) => void;
  onVerified?: (verified: Verified) => void;
}

/**
 * Of one moment, beside nodes that go on working. Answers whether the copy holds the same; the
 * file is closed and has no log beside it.
 */
export async function copyToFile(parts: ToFileParts): Promise<boolean> {
  const { url, file, migrationsDir } = parts;
  if (existsSync(file) && damageOf(file) !== undefined) removeDatabase(file);
  const { sqlite, close } = connect(file, { migrationsDir });
  try {
    // A power cut may damage it: then the next run finds that out and begins anew.
    sqlite.pragma('synchronous = OFF');
    const from = await postgresSide(url, { snapshot: true });
    try {
      await copyTables(from, sqliteSide(sqlite), parts.onCopied);
      return await verifyTables(from, sqliteSide(sqlite), parts.onVerified);
    } finally {
      await from.close();
    }
  } finally {
    sqlite.pragma('wal_checkpoint(TRUNCATE)');
    close();
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}
