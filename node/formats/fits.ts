/** An estimate may be off by this much before a rung is taken for too large. */
const ESTIMATE_MARGIN = 0.93;

/** Whether a size (bytes) can go out; an unknown one is worth the try. */
export function fits(size: { bytes: number; exact: boolean } | undefined, limit: number): boolean {
  if (!size) return true;
  return size.bytes <= (size.exact ? limit : limit * ESTIMATE_MARGIN);
}
