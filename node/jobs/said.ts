import { parseChoice } from '../../shared/choice.ts';
import type { MediaFile } from '../media/media.ts';
import type { CachedDelivery } from '../store/files.ts';
import type { JobRow } from '../store/schema.ts';
import type { Fetched } from './fetch.ts';

/** What is said under the files. */
export type Said = Omit<CachedDelivery, 'files'>;

/** What the caption tells of a finished download, from the files themselves. */
export function saidOf(job: JobRow, { info, plan }: Fetched, files: MediaFile[]): Said {
  const [file] = files;
  const video = file?.kind === 'video';
  return {
    title: titleOf(info, files),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    // A portrait video's quality is named by its short side, as sites do.
    height: video ? shortSide(file, plan.height) : undefined,
    why: askedFor(job) ? 'asked' : plan.why,
    video,
  };
}

/** A song's tags know its name; behind a plain link the site only knows the file's. */
function titleOf(info: Fetched['info'], files: MediaFile[]): string {
  const [file] = files;
  return (files.length === 1 && file?.kind === 'audio' && file.title) || info.title;
}

function shortSide({ width, height }: MediaFile, planned: number | undefined): number | undefined {
  return width && height ? Math.min(width, height) : planned;
}

/** A person who chose a rung asked for it; otherwise the plan knows why. */
const askedFor = (job: JobRow): boolean => parseChoice(job.choice)?.kind !== 'auto';
