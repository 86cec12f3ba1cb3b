/** `/stats` and `/reset_stats`. */
import { InputFile } from 'grammy';
import * as v from 'valibot';
import type { FiguresFacts } from '../../shared/texts/catalogue/admin.ts';
import type { Talk } from '../chat/parts.ts';
import type { Store } from '../store/store.ts';
import { HOUR, type Tally } from '../store/tallies.ts';
import { sendWith } from '../telegram/send-context.ts';
import { figuresOf } from './figures.ts';
import {
  type AdminCommand,
  type AdminParts,
  type AdminPress,
  answer,
  button,
  replace,
  type Screen,
  wordsOf,
} from './parts.ts';
import { renderPicture } from './picture.ts';
import { drawStats } from './stats-picture.ts';

const DAY_HOURS = 24;

export interface Statistics {
  day: FiguresFacts;
  all: FiguresFacts;
  /** The last reset, ms since the epoch. */
  since: number | undefined;
  people: { all: number; blocked: number; banned: number };
  /** Of the last 24 hours, for the picture. */
  tallies: Tally[];
}

async function statisticsOf(store: Store, now: number): Promise<Statistics> {
  const since = await store.state.get('stats', 'since', v.number());
  // The hour under way and the 23 before it.
  const dayStart = (Math.floor(now / HOUR) - DAY_HOURS + 1) * HOUR;
  const [tallies, timings] = await Promise.all([store.tallies.since(0), store.tallies.timings(0)]);
  const inDay = ({ hour }: { hour: number }) => hour * HOUR >= dayStart;
  const [seenDay, seenAll] = await Promise.all([
    store.users.counts(Math.max(dayStart, since ?? 0)),
    store.users.counts(since ?? 0),
  ]);
  const people = ({ seen, fresh }: typeof seenDay) => ({ people: seen, fresh });
  const dayTallies = tallies.filter(inDay);
  return {
    day: { ...people(seenDay), ...figuresOf(dayTallies, timings.filter(inDay)) },
    all: { ...people(seenAll), ...figuresOf(tallies, timings) },
    since,
    people: seenAll,
    tallies: dayTallies,
  };
}

export const stats: AdminCommand = async (parts, talk) => {
  const statistics = await statisticsOf(parts.store, parts.now());
  await answer(parts, talk, { text: wordsOf(talk).stats.page(statistics) });
  await sendPicture(parts, talk, statistics);
};

/** The words are there already: a picture that cannot be drawn is only worth a line in the log. */
async function sendPicture(
  { api, log, now }: AdminParts,
  { request: { chat }, lang }: Talk,
  { tallies }: Statistics,
): Promise<void> {
  try {
    const png = await renderPicture(drawStats(tallies, Math.floor(now() / HOUR), lang));
    const picture = new InputFile(png, 'stats.png');
    await sendWith({ priority: 'admin' }, () => api.sendPhoto(chat.id, picture));
  } catch (err) {
    log.warn({ err }, 'the picture of the figures was not sent');
  }
}

export const resetStats: AdminCommand = async (parts, talk) => {
  const { all, since } = await statisticsOf(parts.store, parts.now());
  const { reset } = wordsOf(talk);
  const keyboard = [[...button(reset.yes, 'reset', 'yes'), ...button(reset.no, 'reset', 'no')]];
  await answer(parts, talk, { text: reset.ask({ jobs: all.jobs, since }), keyboard });
};

/** The audit line is written first: figures are never gone without a trace. */
export const pressReset: AdminPress = async (parts, talk, arg, press) => {
  const { store, now } = parts;
  const { reset } = wordsOf(talk);
  const show = (screen: Screen) => replace(parts, talk, press, screen);
  if (arg !== 'yes') {
    await show({ text: reset.kept });
    return undefined;
  }
  const { all, since, people } = await statisticsOf(store, now());
  const detail = { since, people, figures: all };
  await store.audit.add({ at: now(), userId: talk.user.id, action: 'reset_stats', detail });
  await store.tallies.clear();
  await store.state.set('stats', 'since', now(), now());
  await show({ text: reset.done });
  return 'done';
};
