/**
 * From the formats a site offers to the rungs a person can choose from: one rung per height,
 * each the best pair of streams for a phone.
 */
import type { Format, MediaInfo } from '../engine/media-info.ts';

export interface Rung {
  height?: number | undefined;
  /** Video, or video and audio: what is merged. */
  formats: Format[];
  size?: { bytes: number; exact: boolean } | undefined;
  /** H.264 with AAC (or with codecs not told before the download). */
  playable: boolean;
}

const has = (codec: string | undefined) => codec !== 'none';
const isVideo = (f: Format) => has(f.vcodec) && !IMAGE.has(f.ext);
const isAudioOnly = (f: Format) => !has(f.vcodec) && has(f.acodec);

export const IMAGE = new Set(['jpg', 'jpeg', 'png', 'webp', 'gif', 'heic', 'avif', 'bmp']);

/** H.264 and AAC play on every phone; an unknown codec is looked at after the download. */
function phonePlays(format: Format): boolean {
  const video = format.vcodec;
  const audio = format.acodec;
  const videoFits = !video || video === 'none' || /^(avc1|h264)/i.test(video);
  const audioFits = !audio || audio === 'none' || /^(mp4a|aac|mp3)/i.test(audio);
  return videoFits && audioFits;
}

/** The site's own order, with what a phone plays first. */
const better = (a: Format, b: Format) =>
  Number(phonePlays(b)) - Number(phonePlays(a)) || b.rank - a.rank;

/** The audio stream to go with a video or alone: AAC first, then the site's best. */
export function bestAudio(info: MediaInfo): Format | undefined {
  return info.formats.filter(isAudioOnly).sort(better)[0];
}

/** Rungs from the highest to the lowest; a rung whose height is unknown comes last. */
export function ladder(info: MediaInfo): Rung[] {
  const audio = bestAudio(info);
  const byHeight = new Map<number, Rung>();
  for (const format of info.formats.filter(isVideo).sort(better)) {
    const rung = rungOf(format, audio);
    const key = format.height ?? 0;
    const known = byHeight.get(key);
    if (!known || (rung.playable && !known.playable)) byHeight.set(key, rung);
  }
  return [...byHeight.values()].sort((a, b) => (b.height ?? 0) - (a.height ?? 0));
}

function rungOf(video: Format, audio: Format | undefined): Rung {
  const formats = video.acodec === 'none' && audio ? [video, audio] : [video];
  return {
    height: video.height,
    formats,
    size: sumOf(formats),
    playable: formats.every(phonePlays),
  };
}

/** The size of streams together, or undefined when one of them is unknown. */
export function sumOf(formats: Format[]): { bytes: number; exact: boolean } | undefined {
  let bytes = 0;
  let exact = true;
  for (const { size } of formats) {
    if (!size) return undefined;
    bytes += size.bytes;
    exact &&= size.exact;
  }
  return formats.length > 0 ? { bytes, exact } : undefined;
}
