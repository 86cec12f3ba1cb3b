/** How long rows are kept. Users and chats stay until `/privacy` or the operator removes them. */
import { and, type Column, eq, lt, ne, type SQL } from 'drizzle-orm';
import { HOUR } from './tallies.ts';

export const OLD_TABLES = [
  'updates',
  'jobs',
  'questions',
  'files',
  'playlists',
  'tallies',
  'timings',
  'audit',
] as const;
export type OldTable = (typeof OLD_TABLES)[number];

const DAY = 24 * HOUR;

const KEPT: Record<OldTable, number> = {
  // Telegram offers an update for 24 h: until then its id tells a repeated one.
  updates: 25 * HOUR,
  jobs: 30 * DAY,
  // A job that asked something and was never answered has no end of its own.
  questions: 30 * DAY,
  files: 90 * DAY,
  playlists: 30 * DAY,
  tallies: 400 * DAY,
  timings: 400 * DAY,
  audit: 400 * DAY,
};

/** The columns that tell a row's age, in whichever database. */
interface Tables {
  updates: Record<'receivedAt' | 'state', Column>;
  jobs: Record<'finishedAt' | 'createdAt' | 'state', Column>;
  files: Record<'usedAt', Column>;
  playlists: Record<'createdAt', Column>;
  tallies: Record<'hour', Column>;
  timings: Record<'hour', Column>;
  audit: Record<'at', Column>;
}

/** Which rows may go; nothing that still waits or runs. */
export function oldRows(of: Tables, table: OldTable, now: number): SQL | undefined {
  const since = now - KEPT[table];
  switch (table) {
    case 'updates':
      return and(lt(of.updates.receivedAt, since), ne(of.updates.state, 'pending'));
    case 'jobs':
      return lt(of.jobs.finishedAt, since);
    case 'questions':
      return and(eq(of.jobs.state, 'asking'), lt(of.jobs.createdAt, since));
    case 'files':
      return lt(of.files.usedAt, since);
    case 'playlists':
      return lt(of.playlists.createdAt, since);
    case 'tallies':
    case 'timings':
      return lt(of[table].hour, Math.floor(since / HOUR));
    case 'audit':
      return lt(of.audit.at, since);
  }
}
