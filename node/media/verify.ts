/** Partial is not success: a file is held against what was promised before it is sent. */
import { JobError } from '../../shared/errors.ts';
import type { Inspection } from './inspect.ts';

export interface Promised {
  video: boolean;
  audio: boolean;
  /** Seconds; of a clip, the clip's. */
  durationS?: number | undefined;
}

/** Sites round, and encoders drop a last fragment; more than this is missing content. */
const LOST = { share: 0.05, seconds: 2 };

/** @throws JobError `incomplete` naming what is missing */
export function verifyMedia(inspection: Inspection, promised: Promised): void {
  const missing = whatIsMissing(inspection, promised);
  if (missing) throw new JobError('incomplete', missing);
}

function whatIsMissing(inspection: Inspection, promised: Promised): string | undefined {
  const { bytes, truncated, video, audio, duration } = inspection;
  if (bytes === 0) return 'the file is empty';
  if (truncated) return 'the file ends before its content does';
  if (promised.video && !video) return 'there is no picture';
  if (promised.audio && !audio) return 'there is no sound';
  const { durationS } = promised;
  if (durationS === undefined || duration === undefined) return undefined;
  const least = durationS - Math.max(LOST.seconds, durationS * LOST.share);
  return duration < least ? `${duration} s instead of ${durationS} s` : undefined;
}
