/** The quality menu of one link: every choice with its size, as buttons. */
import { parseChoice } from '../../../shared/choice.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import type { MediaInfo } from '../../engine/media-info.ts';
import { languageName } from '../../formats/language-name.ts';
import { type Offers, offersOf } from '../../formats/offers.ts';
import { clipOf } from '../../jobs/fetch.ts';
import type { Keyboard } from '../../status/card.ts';
import type { JobRow } from '../../store/schema.ts';
import { chooseData, dismissData, type MenuPage, pageData } from '../button-data.ts';

export interface MenuScreen {
  text: string;
  keyboard: Keyboard;
}

/** Automatic subtitles come in a hundred languages; these many rows still fit a screen. */
const MAX_LANGUAGES = 24;

/** `limit`: largest upload, bytes. */
export function qualityMenu(
  job: JobRow,
  info: MediaInfo,
  limit: number,
  page: MenuPage = 'all',
): MenuScreen {
  const { menu } = textsFor(job.lang);
  const offers = offersOf(info, limit, shareOf(job, info));
  const { title, duration } = info;
  if (page === 'all') {
    return { text: menu.title({ title, duration, limit }), keyboard: mainPage(job, offers) };
  }
  return { text: menu.subtitlesTitle({ title }), keyboard: subtitlePage(job, offers) };
}

/** The share of the whole that a clip takes. */
function shareOf(job: JobRow, { duration }: MediaInfo): number {
  const clip = clipOf(job);
  if (!clip || !duration) return 1;
  return Math.min(1, Math.max(0, ((clip.end ?? duration) - clip.start) / duration));
}

function mainPage(job: JobRow, offers: Offers): Keyboard {
  const { menu, buttons } = textsFor(job.lang);
  const row = (text: string, callback_data: string) => [{ text, callback_data }];
  const isClip = clipOf(job) !== undefined;
  return [
    ...offers.video
      .filter((video) => video.fits || !isClip)
      .map(({ height, size, fits }) => {
        const choice = fits ? ({ kind: 'video', height } as const) : parts(height);
        return row(menu.video({ height, size, fits }), chooseData(job.id, choice));
      }),
    ...offers.audio.map(({ format, size }) =>
      row(menu.audio({ format, size }), chooseData(job.id, { kind: 'audio', format })),
    ),
    ...(subtitleLanguages(job, offers).length > 0
      ? [row(menu.subtitlesMenu, pageData(job.id, 'subtitles'))]
      : []),
    ...(offers.original && !isClip
      ? [row(menu.original(offers.original), chooseData(job.id, { kind: 'file' }))]
      : []),
    row(buttons.close, dismissData(job.id)),
  ];
}

const parts = (height: number) => ({ kind: 'parts', height }) as const;

function subtitlePage(job: JobRow, offers: Offers): Keyboard {
  const { menu, buttons } = textsFor(job.lang);
  const cells = subtitleLanguages(job, offers).map(({ language, auto }) => ({
    text: menu.subtitles({ language: languageName(language, job.lang), auto }),
    callback_data: chooseData(job.id, { kind: 'subtitles', language }),
  }));
  return [
    ...pairs(cells),
    [
      { text: buttons.back, callback_data: pageData(job.id, 'all') },
      { text: buttons.close, callback_data: dismissData(job.id) },
    ],
  ];
}

/** Written ones first, then the automatic ones a reader of this chat most likely wants. */
function subtitleLanguages(job: JobRow, { subtitles }: Offers): Offers['subtitles'] {
  const wanted = subtitles.filter(
    ({ language }) => parseChoice(`s.${language}`)?.kind === 'subtitles',
  );
  const written = wanted.filter(({ auto }) => !auto);
  const known = new Set(written.map(({ language }) => language));
  const near = (language: string) =>
    language.startsWith(job.lang) ? 0 : /^en/.test(language) ? 1 : 2;
  const automatic = wanted
    .filter(({ auto, language }) => auto && !known.has(language))
    .sort((a, b) => near(a.language) - near(b.language));
  return [...written, ...automatic].slice(0, MAX_LANGUAGES);
}

function pairs<T>(cells: T[]): T[][] {
  const rows: T[][] = [];
  for (let at = 0; at < cells.length; at += 2) rows.push(cells.slice(at, at + 2));
  return rows;
}
