/** What a person can choose of a probed link, with sizes: the rows of the menu. */
import type { AudioFormat } from '../../shared/choice.ts';
import type { Format, MediaInfo } from '../engine/media-info.ts';
import { fits } from './fits.ts';
import { bestAudio, IMAGE, ladder, type Rung, sumOf } from './ladder.ts';

export type KnownSize = Rung['size'];

export interface VideoOffer {
  /** 0 when the site does not tell. */
  height: number;
  size: KnownSize;
  fits: boolean;
}

export interface Offers {
  video: VideoOffer[];
  audio: { format: AudioFormat; size: KnownSize }[];
  subtitles: { language: string; auto: boolean }[];
  /** The site's best streams as they are; absent when they do not fit. */
  original: { size: KnownSize } | undefined;
}

/** Parts of one video: more would be a flood in the chat. */
export const MAX_PARTS = 20;
/** Parts end at keyframes, so each stays a little below the limit. */
const PART_SHARE = 0.92;
/** Bits per second of what is converted, as yt-dlp's quality 2 gives on average. */
const CONVERTED = { mp3: 190_000, opus: 96_000, m4a: 130_000 } as const;
const RUNGS = 8;

/** How many parts a size makes; undefined when it is not known. */
export function partsFor(size: number | undefined, limit: number): number | undefined {
  return size === undefined ? undefined : Math.ceil(size / (limit * PART_SHARE));
}

/** True when a video above the limit can go out in a bearable number of parts. */
function splittable(size: KnownSize, limit: number): boolean {
  const parts = partsFor(size?.bytes, limit);
  return parts !== undefined && parts <= MAX_PARTS;
}

/** `part`: the share of the whole a clip takes, 0–1. */
export function offersOf(info: MediaInfo, limit: number, part = 1): Offers {
  const scale = (size: KnownSize): KnownSize =>
    size && part < 1 ? { bytes: size.bytes * part, exact: false } : size;
  const original = scale(originalSize(info));
  return {
    video: videoOffers(info, limit, scale),
    audio: audioOffers(info, scale).filter(({ size }) => fits(size, limit)),
    subtitles: info.subtitles,
    original: fits(original, limit) ? { size: original } : undefined,
  };
}

function videoOffers(info: MediaInfo, limit: number, scale: (s: KnownSize) => KnownSize) {
  const rungs = ladder(info);
  // A rung a phone cannot play would silently become another one: the original stays for it.
  const playable = rungs.filter((rung) => rung.playable);
  return (playable.length > 0 ? playable : rungs)
    .map(({ height = 0, size: whole, playable: plays }) => {
      const size = scale(whole);
      return { height, size, fits: fits(size, limit), plays };
    })
    .filter(({ fits: ok, plays, size }) => ok || (plays && splittable(size, limit)))
    .slice(0, RUNGS)
    .map(({ height, size, fits: ok }) => ({ height, size, fits: ok }));
}

function audioOffers(info: MediaInfo, scale: (s: KnownSize) => KnownSize): Offers['audio'] {
  const source = bestAudio(info);
  const sounding = source ?? info.formats.find((f) => f.acodec !== 'none' && !IMAGE.has(f.ext));
  if (!sounding) return [];
  return (['m4a', 'mp3', 'opus'] as const).map((format) => ({
    format,
    size: scale(audioSize(format, source, info.duration)),
  }));
}

const SAME_CODEC = { m4a: /^(mp4a|aac)/i, mp3: /^mp3/i, opus: /^opus/i } as const;

/** Sound that has the wanted codec already is only put into another container. */
function audioSize(format: AudioFormat, source: Format | undefined, duration: number | undefined) {
  const size = source?.size;
  if (size && SAME_CODEC[format].test(source.acodec ?? '')) return { ...size, exact: false };
  if (!duration) return undefined;
  return { bytes: (CONVERTED[format] / 8) * duration, exact: false };
}

function originalSize(info: MediaInfo): KnownSize {
  const best = (formats: Format[]) => [...formats].sort((a, b) => b.rank - a.rank)[0];
  const audio = best(info.formats.filter((f) => f.vcodec === 'none'));
  const video = best(info.formats.filter((f) => f.vcodec !== 'none'));
  if (!video) return audio?.size;
  return video.acodec === 'none' && audio ? sumOf([video, audio]) : video.size;
}

/** There is something to choose from: not a carousel, not a single picture. */
export function worthAsking(info: MediaInfo): boolean {
  if (info.items || info.entries) return false;
  return info.formats.some((f) => !IMAGE.has(f.ext));
}
