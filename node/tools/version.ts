/** yt-dlp versions are dates: `2026.10.26`, nightlies have a fourth part. */

/**
 * The oldest yt-dlp that may face the internet: below it, advisories such as CVE-2026-55404 and
 * CVE-2026-50023 (files and commands chosen by a site) are open.
 */
export const YTDLP_FLOOR = '2026.07.04';

const parts = (version: string) => version.split('.').map(Number);

/** Negative when `a` is older. Parts are compared as numbers, missing ones as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The version in a program's output, or undefined when it printed something else. */
export const findVersion = (output: string): string | undefined =>
  /^\s*(\d{4}\.\d{1,2}\.\d{1,2}(?:\.\d+)?)/m.exec(output)?.[1];
