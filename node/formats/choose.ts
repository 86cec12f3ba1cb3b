/** From a choice and a ladder to one plan: the best quality that fits, decided beforehand. */
import type { Choice } from '../../shared/choice.ts';
import { JobError } from '../../shared/errors.ts';
import type { Format, MediaInfo } from '../engine/media-info.ts';
import { fits } from './fits.ts';
import { bestAudio, IMAGE, ladder, type Rung, sumOf } from './ladder.ts';
import type { Plan } from './plan.ts';

export interface Wish {
  choice: Choice;
  /** Largest upload, bytes. */
  limit: number;
  /** Rungs at or above this height were tried and turned out too large. */
  below?: number | undefined;
  /** The share of the whole that a clip takes, 0–1. */
  part?: number | undefined;
}

/**
 * @throws JobError `too_large` with the sizes when nothing fits, `no_audio`, `no_subtitles`,
 * `no_media` when the link has nothing of that kind.
 */
export function choosePlan(info: MediaInfo, wish: Wish): Plan {
  const { choice } = wish;
  if (info.formats.length === 0) throw new JobError('no_media', 'no formats');
  switch (choice.kind) {
    case 'audio':
      return audioPlan(info, wish, choice.format);
    case 'file':
      return originalPlan(info, wish);
    case 'subtitles':
      return subtitlePlan(info, choice.language);
    case 'parts':
      return partsPlan(info, wish, choice.height);
    case 'video':
      return videoPlan(info, wish, choice.height);
    case 'auto':
      return videoPlan(info, wish, 0);
    case 'ask':
      throw new JobError('internal', 'a link whose menu is open has no plan');
  }
}

function videoPlan(info: MediaInfo, wish: Wish, maxHeight: number): Plan {
  const rungs = ladder(info);
  if (rungs.length === 0) return otherPlan(info, wish);
  const wanted = allowed(rungs, maxHeight, wish.below);
  const playable = wanted.filter((rung) => rung.playable);
  const candidates = playable.length > 0 ? playable : wanted;
  const rung = candidates.find((candidate) => fits(clipped(candidate.size, wish), wish.limit));
  if (!rung) throw tooLarge(rungs, wish.limit);
  const why = maxHeight > 0 ? 'asked' : rung === candidates[0] && !wish.below ? 'best' : 'fits';
  return { ...planOf(rung, why), size: clipped(rung.size, wish) };
}

/** A clip's size is only an estimate: bitrate is not spread evenly. */
function clipped(size: Rung['size'], { part }: Wish): Rung['size'] {
  return size && part !== undefined ? { bytes: size.bytes * part, exact: false } : size;
}

/** At most the height that was asked for; when every rung is higher, the lowest there is. */
function allowed(rungs: Rung[], maxHeight: number, below = Number.POSITIVE_INFINITY): Rung[] {
  const lower = rungs.filter((rung) => (rung.height ?? 0) < below);
  if (maxHeight === 0) return lower;
  const fitting = lower.filter((rung) => (rung.height ?? 0) <= maxHeight);
  return fitting.length > 0 ? fitting : lower.slice(-1);
}

function tooLarge(rungs: Pick<Rung, 'size'>[], limit: number): JobError {
  const sizes = rungs.flatMap((rung) => (rung.size ? [rung.size.bytes] : []));
  const facts = sizes.length > 0 ? { size: Math.max(...sizes), smallest: Math.min(...sizes) } : {};
  return new JobError('too_large', `no rung fits ${limit}`, { ...facts, limit });
}

function planOf(rung: Rung, why: Plan['why']): Plan {
  return {
    selector: rung.formats.map((format) => format.id).join('+'),
    kind: 'video',
    height: rung.height,
    size: rung.size,
    why,
    expect: expectOf(rung.formats),
    convert: !rung.playable,
  };
}

/** What was promised is only what the site said for certain. */
const expectOf = (formats: Format[]) => ({
  video: formats.some((f) => f.vcodec !== undefined && f.vcodec !== 'none'),
  audio: formats.some((f) => f.acodec !== undefined && f.acodec !== 'none'),
});

/** A song or a picture behind a plain link: there is one thing to send, told by its content. */
function otherPlan(info: MediaInfo, { limit }: Wish): Plan {
  const [best] = [...info.formats].sort((a, b) => b.rank - a.rank);
  if (!best) throw new JobError('no_media');
  if (!fits(best.size, limit)) throw tooLarge(info.formats, limit);
  const sound = best.vcodec === 'none';
  return {
    selector: best.id,
    kind: sound ? 'audio' : 'video',
    size: best.size,
    why: 'best',
    expect: { video: false, audio: sound },
    convert: false,
  };
}

function audioPlan(info: MediaInfo, { limit }: Wish, format: Plan['extractAudio']): Plan {
  const source = bestAudio(info) ?? smallestWithSound(info);
  if (!source) throw new JobError('no_audio', 'no format has sound');
  const separate = source.vcodec === 'none';
  if (separate && !fits(source.size, limit)) throw tooLarge([source], limit);
  return {
    selector: source.id,
    kind: 'audio',
    size: separate ? source.size : undefined,
    why: 'asked',
    expect: { video: false, audio: true },
    extractAudio: format,
    convert: false,
  };
}

/** Where sound only comes with a picture, the smallest picture is the cheapest. */
function smallestWithSound(info: MediaInfo): Format | undefined {
  const sounding = info.formats.filter((f) => f.acodec !== 'none' && !IMAGE.has(f.ext));
  return sounding.sort((a, b) => (a.height ?? 0) - (b.height ?? 0) || a.rank - b.rank)[0];
}

/** The site's best streams whatever their codecs: they are sent as they are. */
function originalPlan(info: MediaInfo, { limit, below }: Wish): Plan {
  const audio = [...info.formats]
    .filter((f) => f.vcodec === 'none')
    .sort((a, b) => b.rank - a.rank)[0];
  const videos = info.formats
    .filter((f) => f.vcodec !== 'none' && (f.height ?? 0) < (below ?? Number.POSITIVE_INFINITY))
    .sort((a, b) => b.rank - a.rank)
    .map((f) => (f.acodec === 'none' && audio ? [f, audio] : [f]));
  const options = videos.length > 0 ? videos : audio ? [[audio]] : [];
  const streams = options.find((option) => fits(sumOf(option), limit));
  if (!streams)
    throw tooLarge(
      options.map((option) => ({ size: sumOf(option) })),
      limit,
    );
  return {
    selector: streams.map((f) => f.id).join('+'),
    kind: 'file',
    height: streams[0]?.height,
    size: sumOf(streams),
    why: streams === options[0] ? 'best' : 'fits',
    expect: expectOf(streams),
    convert: false,
  };
}

function subtitlePlan(info: MediaInfo, language: string): Plan {
  if (!info.subtitles.some((s) => s.language === language)) {
    throw new JobError('no_subtitles', `no subtitles in ${language}`);
  }
  const expect = { video: false, audio: false };
  const subtitles = language;
  return { selector: 'all', kind: 'subtitles', why: 'asked', expect, subtitles, convert: false };
}

/** Parts may be larger than the limit together: the cut makes them fit one by one. */
function partsPlan(info: MediaInfo, wish: Wish, height: number): Plan {
  const rungs = allowed(ladder(info), height).filter((rung) => rung.playable);
  const rung = rungs[0];
  if (!rung) throw tooLarge(ladder(info), wish.limit);
  return planOf(rung, 'asked');
}
