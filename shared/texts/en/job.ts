/** What a person reads while a job runs, and under the media it ends with. */
import { formatFor, isolate } from '../../format.ts';
import { siteTitle } from '../../sites.ts';
import type { Chosen, Progress, Texts } from '../catalogue.ts';

const f = formatFor('en');
const join = (...parts: (string | undefined | false)[]) => parts.filter(Boolean).join(' · ');

function downloading({ percent, done, total, speed, eta }: Progress): string {
  const bar = percent === undefined ? undefined : `${f.bar(percent)} ${f.percent(percent)}`;
  const facts = join(
    total ? `${f.bytes(done)} of ${f.bytes(total)}` : done > 0 && f.bytes(done),
    speed !== undefined && speed > 0 && f.speed(speed),
    eta !== undefined && `${f.span(eta)} left`,
  );
  return ['⬇️ Downloading', bar, facts].filter(Boolean).join('\n');
}

const CONVERTING = {
  merge: '🎬 Joining picture and sound…',
  cut: '✂️ Cutting out your part…',
  reencode: '🎬 Converting it, so that every phone can play it…',
} as const;

export const status: Texts['status'] = {
  queued: ({ position, wait }) => {
    const place =
      position <= 1 ? "⏳ You're next." : `⏳ You're number ${f.int(position)} in line.`;
    return wait === undefined ? place : `${place} About ${f.span(wait)} to go.`;
  },
  extracting: '🔎 Looking at the link…',
  downloading,
  converting: ({ why }) => CONVERTING[why],
  uploading: ({ percent }) =>
    percent === undefined
      ? '⬆️ Sending it to you…'
      : `⬆️ Sending it to you\n${f.bar(percent)} ${f.percent(percent)}`,
  retrying: ({ n, seconds }) =>
    `That didn't work yet. I try again in ${f.span(seconds)} (try ${f.int(n)}).`,
  paused: ({ site, until }) =>
    `${isolate(siteTitle(site, 'en'))} is turning everybody away right now. I keep your link and go on at ${f.when(until)}.`,
  noSpace: '⏳ My disk is full right now. I keep your link and go on as soon as there is room.',
  batch: ({ done, failed, of, current }) => {
    const line = join(
      `📦 ${f.int(done)} of ${f.int(of)} done`,
      failed > 0 && `${f.int(failed)} failed`,
    );
    return current ? `${line}\n${current}` : line;
  },
  cancelled: 'Stopped. Nothing was kept.',
  stopped: ({ done, of }) => `Stopped. ${f.int(done)} of ${f.int(of)} had arrived.`,
  about: ({ name, words }) => `${isolate(name, 100)}\n${words}`,
};

const WHY = {
  best: 'the best there is',
  fits: 'the largest that fits',
  asked: 'as you asked',
} as const;

function clipLine({ clip }: Chosen): string | undefined {
  if (!clip) return undefined;
  return clip.end === undefined
    ? `✂️ from ${f.duration(clip.start)}`
    : `✂️ ${f.duration(clip.start)}–${f.duration(clip.end)}`;
}

export const caption: Texts['caption'] = (p) => {
  const size = [p.height && f.height(p.height), f.bytes(p.bytes), WHY[p.why]];
  const part = p.part && `Part ${f.int(p.part.n)} of ${f.int(p.part.of)}`;
  const words = p.subtitles && `💬 Subtitles: ${isolate(p.subtitles, 40)}`;
  return [isolate(p.title, 300), words, clipLine(p), part, size.filter(Boolean).join(', ')]
    .filter(Boolean)
    .join('\n');
};
