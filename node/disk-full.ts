/** A full disk, whoever met it: Node's own calls, or SQLite, wrapped by its query builder or not. */
const FULL = /^(SQLITE_FULL|ENOSPC|EDQUOT)/;

export const isDiskFull = (error: unknown): boolean => FULL.test(codeOf(error));

/** The system's or SQLite's code of an error or of its cause. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : codeOf(error.cause);
}
