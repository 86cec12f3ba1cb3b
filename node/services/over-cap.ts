export interface SizedFile {
  path: string;
  bytes: number;
  /** ms since the epoch. */
  usedAt: number;
}

/** The oldest files that have to go for the rest to stay within `cap` bytes. */
export function overCap(files: readonly SizedFile[], cap: number): SizedFile[] {
  let left = files.reduce((total, { bytes }) => total + bytes, 0);
  const oldestFirst = [...files].sort((a, b) => a.usedAt - b.usedAt);
  const going: SizedFile[] = [];
  for (const file of oldestFirst) {
    if (left <= cap) break;
    left -= file.bytes;
    going.push(file);
  }
  return going;
}
