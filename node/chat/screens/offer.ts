/** Too large to send: what can be had instead, as buttons. */
import { type AudioFormat, type Choice, parseChoice } from '../../../shared/choice.ts';
import type { JobError } from '../../../shared/errors.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import type { MediaInfo } from '../../engine/media-info.ts';
import type { ProbeMemory } from '../../engine/probe-memory.ts';
import { MAX_PARTS, type Offers, offersOf, partsFor } from '../../formats/offers.ts';
import { clipOf } from '../../jobs/fetch.ts';
import type { Keyboard } from '../../status/card.ts';
import type { JobRow } from '../../store/schema.ts';
import { chooseData } from '../button-data.ts';

export interface Offered {
  text: string;
  keyboard: Keyboard;
}

/** Undefined when there is nothing to offer, or the error is another one. */
export type Offer = (
  job: JobRow,
  error: JobError,
  /** How its person wants sound. */
  format: AudioFormat,
) => Offered | undefined;

export interface OfferParts {
  memory: Pick<ProbeMemory, 'peek'>;
  /** Largest upload now, bytes. */
  maxFileBytes(): number;
}

export const createOffer =
  ({ memory, maxFileBytes }: OfferParts): Offer =>
  (job, error, format) => {
    if (error.code !== 'too_large') return undefined;
    const limit = maxFileBytes();
    const keyboard = rows(job, error, memory.peek(job.url), { limit, format });
    if (keyboard.length === 0) return undefined;
    const { size } = error.facts;
    return { text: textsFor(job.lang).offer.title({ size, limit }), keyboard };
  };

interface Bounds {
  limit: number;
  format: AudioFormat;
}

function rows(
  job: JobRow,
  error: JobError,
  info: MediaInfo | undefined,
  { limit, format }: Bounds,
): Keyboard {
  const asked = parseChoice(job.choice)?.kind;
  if (!info || asked === 'audio' || asked === 'subtitles' || asked === 'parts') return [];
  const { offer } = textsFor(job.lang);
  const offers = offersOf(info, limit);
  const row = (text: string, choice: Choice) => [
    { text, callback_data: chooseData(job.id, choice) },
  ];
  const largest = offers.video.find(({ fits, size }) => fits && size);
  const audio = offers.audio.find((one) => one.format === format) ?? offers.audio[0];
  // A clip is cut from a longer video: its parts would be the parts of the whole.
  const parts = clipOf(job) ? undefined : wholeInParts(offers, error, limit);
  return [
    ...(largest ? [row(offer.largest(largest), { kind: 'video', height: largest.height })] : []),
    ...(parts ? [row(offer.parts(parts), { kind: 'parts', height: parts.height })] : []),
    ...(audio ? [row(offer.audio(audio), { kind: 'audio', format: audio.format })] : []),
  ];
}

/** The full quality: the highest rung, or the only file there is by the size it turned out to have. */
function wholeInParts({ video }: Offers, { facts }: JobError, limit: number) {
  const highest = video.find(({ fits }) => !fits) ?? video.find(({ size }) => !size);
  if (!highest) return undefined;
  const parts = partsFor(highest.size?.bytes ?? facts.size, limit);
  if (parts === undefined || parts > MAX_PARTS) return undefined;
  return { height: highest.height, parts: Math.max(2, parts) };
}
