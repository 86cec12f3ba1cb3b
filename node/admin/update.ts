/** `/update`: the yt-dlp in use, a newer one, the one before; progress in the pressed message. */
import type { AdminTexts } from '../../shared/texts/catalogue/admin.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { plainUrl } from '../../shared/url.ts';
import type { Talk } from '../chat/parts.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { ytdlpAgeDays } from '../health/tool-checks.ts';
import { telegramFault } from '../telegram/errors.ts';
import { sendWith } from '../telegram/send-context.ts';
import type { Result } from '../ytdlp-update/attempt.ts';
import { MOST_LINKS } from '../ytdlp-update/links.ts';
import type { Place } from '../ytdlp-update/records.ts';
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

type UpdateTexts = AdminTexts['update'];

async function page({ ytdlp, cluster, now }: AdminParts, talk: Talk): Promise<Screen> {
  const words = wordsOf(talk).update;
  const view = await ytdlp.updater.view();
  const { using, fixed, candidate, previous, refused, trial, behind } = view;
  const { version } = using;
  if (fixed) return { text: words.fixed(version) };
  const days = ytdlpAgeDays(version, now());
  const back = previous ? [backButton(words, previous)] : [];
  return {
    text: words.page({
      ...{ version, days, newer: candidate, previous, refused, trial, behind },
      elsewhere: otherVersions(cluster, version),
    }),
    keyboard: [nowButton(words, candidate), ...back],
  };
}

const others = (cluster: Pick<Cluster, 'living'>) => cluster.living().filter(({ here }) => !here);

const otherVersions = (cluster: Pick<Cluster, 'living'>, version: string) =>
  others(cluster).flatMap(({ id, facts: { ytdlp } }) =>
    ytdlp && ytdlp !== version ? [{ node: id, version: ytdlp }] : [],
  );

export const nowButton = (words: UpdateTexts, version?: string) =>
  button(words.now(version), 'ytdlp', 'now');
const backButton = (words: UpdateTexts, version: string) =>
  button(words.back(version), 'ytdlp', 'back');

export const update: AdminCommand = async (parts, talk, { args }) => {
  const [what = '', ...links] = args.trim().split(/\s+/);
  if (what.toLowerCase() !== 'links')
    return void (await answer(parts, talk, await page(parts, talk)));
  await answer(parts, talk, { text: await linksAnswer(parts, talk, links) });
};

async function linksAnswer(parts: AdminParts, talk: Talk, links: string[]): Promise<string> {
  const { ytdlp, store, now } = parts;
  const words = wordsOf(talk).update.links;
  if (links.length === 0) {
    const chosen = (await ytdlp.records.links()) !== undefined;
    return words.page({ links: [...(await ytdlp.links())], chosen });
  }
  const reset = links[0]?.toLowerCase() === 'default';
  const urls = links.map((link) => plainUrl(link)?.href);
  const good = urls.filter((url) => url !== undefined);
  if (!reset && (good.length < links.length || good.length > MOST_LINKS))
    return words.usage(MOST_LINKS);
  await ytdlp.records.setLinks(reset ? undefined : good);
  const detail = reset ? 'default' : good;
  await store.audit.add({ at: now(), userId: talk.user.id, action: 'ytdlp_links', detail });
  return reset ? words.reset : words.set(good.length);
}

export const pressUpdate: AdminPress = async (parts, talk, arg, press) => {
  if (arg === 'back') return goBack(parts, talk, press);
  if (press.messageId === undefined) return 'expired';
  const { id } = talk.request.chat;
  const place = { chatId: id, messageId: press.messageId, userId: talk.user.id, lang: talk.lang };
  // It takes minutes; the inbox goes on meanwhile.
  runUpdate(parts, place).catch((err) => parts.log.error({ err }, 'the update of yt-dlp failed'));
  return 'working';
};

const goBack: (...args: [AdminParts, Talk, Parameters<AdminPress>[3]]) => ReturnType<AdminPress> =
  async (parts, talk, press) => {
    const words = wordsOf(talk).update;
    const moved = await parts.ytdlp.updater.goBack(talk.user.id);
    const told = moved && { ...moved, others: others(parts.cluster).length };
    const text = told ? words.wentBack(told) : words.cannotGoBack;
    await replace(parts, talk, press, { text });
    return 'done';
  };

type Running = Pick<AdminParts, 'api' | 'log' | 'cluster'> & {
  ytdlp: Pick<AdminParts['ytdlp'], 'updater'>;
};

/** From the first look to the result, told in one message; also after a restart in the middle. */
export async function runUpdate(parts: Running, place: Place): Promise<void> {
  const words = textsFor(place.lang).admin.update;
  const result = await parts.ytdlp.updater.update(place, (step) =>
    show(parts, place, {
      text: step.step === 'looking' ? words.looking : words.trying(step),
    }),
  );
  await show(parts, place, resultScreen(words, result, others(parts.cluster).length));
}

function resultScreen(words: UpdateTexts, result: Result, others: number): Screen {
  switch (result.kind) {
    case 'newest':
      return { text: words.newest(result.version) };
    case 'fixed':
      return { text: words.fixed('') };
    case 'busy':
      return { text: words.busy };
    case 'failed':
      return { text: words.failed(result.version) };
    case 'worse':
      return { text: words.worse(result) };
    case 'switched':
      return {
        text: words.switched({ ...result, others }),
        keyboard: [backButton(words, result.from)],
      };
  }
}

/** Words about the update; that they cannot be shown must not stop it. */
async function show(
  { api, log }: Pick<Running, 'api' | 'log'>,
  { chatId, messageId }: Place,
  { text, keyboard = [] }: Screen,
): Promise<void> {
  const change = { reply_markup: { inline_keyboard: keyboard } };
  await sendWith({ priority: 'admin' }, () =>
    api.editMessageText(chatId, messageId, text, change),
  ).catch((err) => {
    if (telegramFault(err).kind !== 'not_modified') log.warn({ err }, 'an update was not shown');
  });
}
