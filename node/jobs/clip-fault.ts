import { JobError } from '../../shared/errors.ts';
import type { MediaInfo } from '../engine/media-info.ts';
import type { JobRow } from '../store/schema.ts';

/**
 * Of a plain file nobody knows the length before it is fetched: a part that lies after its end
 * comes out empty, which looks like a file that arrived incomplete and would be tried again.
 */
export function clipFault(
  error: unknown,
  job: Pick<JobRow, 'clipStartMs'>,
  { duration }: Pick<MediaInfo, 'duration'>,
): unknown {
  const empty = error instanceof JobError && error.code === 'incomplete';
  if (!empty || job.clipStartMs === null || duration !== undefined) return error;
  return new JobError('bad_clip', error.detail, {}, { cause: error });
}
