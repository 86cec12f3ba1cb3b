/** When a segment begins, by whatever clock its container carries. */
import { fragmentClock, timescalesOf } from './mp4-clock.ts';
import { packedClock } from './packed-clock.ts';
import { type Clock, clockOf } from './ts-clock.ts';
import { clusterTime, unitOf } from './webm-clock.ts';

/**
 * @param head what the stream's initialisation begins with, where it has one
 * @returns undefined when these bytes tell no time
 */
export function segmentClock(bytes: Uint8Array, head?: Uint8Array): Clock | undefined {
  if (!head) return clockOf(bytes) ?? packedClock(bytes);
  const scales = timescalesOf(head);
  if (scales) return fragmentClock(bytes, scales);
  const unit = unitOf(head);
  const time = unit && clusterTime(bytes);
  return unit && time !== undefined ? new Map([[0, time * unit]]) : undefined;
}
