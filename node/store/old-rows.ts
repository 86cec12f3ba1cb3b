/** How long rows are kept. Users and chats stay until `/privacy` or the operator removes them. */
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

/** ms since the epoch: what is older than this may go. */
export const keptSince = (table: OldTable, now: number): number => now - KEPT[table];
