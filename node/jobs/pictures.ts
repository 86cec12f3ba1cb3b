/** Posts without a video: what yt-dlp has nothing for is asked of gallery-dl. */
import { parseChoice } from '../../shared/choice.ts';
import { type ErrorCode, JobError } from '../../shared/errors.ts';
import { siteOfHost } from '../../shared/sites.ts';
import type { Gallery } from '../engine/gallery.ts';
import type { Gates } from '../queue/gates.ts';
import { carouselPlan, type Fetched, type FetchJob, type LinkJob } from './fetch.ts';

export interface PictureParts {
  gallery?: Gallery | undefined;
  gates: Pick<Gates, 'download'>;
  maxFileBytes: number;
}

/** How yt-dlp says that a post holds no video, or a site it reads only videos of. */
const NO_VIDEO = new Set<ErrorCode>(['no_media', 'unsupported_link', 'extractor_broken']);
/** gallery-dl has nothing to add: yt-dlp's own words are the better explanation. */
const NO_PICTURES = new Set<ErrorCode>(['no_media', 'unsupported_link', 'extractor_broken']);

/** Whether a refusal of yt-dlp may only mean that the post holds pictures. */
export function mayBePictures(
  gallery: Gallery | undefined,
  job: LinkJob,
  refused: unknown,
): gallery is Gallery {
  if (!gallery || !(refused instanceof JobError) || !NO_VIDEO.has(refused.code)) return false;
  const kind = parseChoice(job.choice)?.kind;
  if (kind === 'audio' || kind === 'subtitles' || job.clipStartMs !== null) return false;
  const media = siteOfHost(new URL(job.url).hostname)?.media;
  // Of a site nobody here knows a try is worth a second, but not an installation.
  if (media === undefined) return gallery.ready && refused.code !== 'extractor_broken';
  return media === 'pictures' || media === 'mixed';
}

/** @throws JobError; `refused` itself when there are no pictures either */
export async function fetchPictures(
  { gallery, gates, maxFileBytes }: PictureParts,
  { job, dir, signal, watch }: FetchJob,
  refused: unknown,
): Promise<Fetched> {
  if (!mayBePictures(gallery, job, refused)) throw refused;
  try {
    const post = await gates.download.add(() =>
      gallery.fetch({
        ...{ url: job.url, dir, signal, maxBytes: maxFileBytes },
        onProgress: (done) => watch.downloading({ done }),
      }),
    );
    const asFile = parseChoice(job.choice)?.kind === 'file';
    return { ...asFetched(job, post.title), plan: carouselPlan(asFile), files: post.files };
  } catch (error) {
    if (error instanceof JobError && NO_PICTURES.has(error.code)) throw refused;
    throw error;
  }
}

const asFetched = ({ url }: LinkJob, title: string): Pick<Fetched, 'info'> => ({
  info: {
    ...{ id: '', title: title || new URL(url).hostname, extractor: 'gallery-dl', webpageUrl: url },
    ...{ live: 'no', formats: [], subtitles: [], infoFile: '' },
  },
});
