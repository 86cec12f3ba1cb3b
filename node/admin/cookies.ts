/** `/cookies`, and the cookie files admins send. */
import type { CookieFacts } from '../../shared/texts/catalogue/admin.ts';
import { plainUrl } from '../../shared/url.ts';
import type { DocumentAsk, Talk } from '../chat/parts.ts';
import { NotCookies } from '../cookies/jars.ts';
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

/** A browser's whole collection stays far below. */
export const MAX_COOKIE_BYTES = 1024 * 1024;

/** Sites of these accounts at which no address is known that tells more than their cookies. */
async function untried({ probes }: Pick<AdminParts, 'probes'>, jars: readonly CookieFacts[]) {
  const tried = new Set((await probes.all()).map(({ site }) => site));
  return [...new Set(jars.map(({ site }) => site))].filter((site) => !tried.has(site));
}

async function screen(parts: AdminParts, talk: Talk): Promise<Screen> {
  const { jars } = parts;
  const words = wordsOf(talk).cookies;
  const all = await jars.list();
  const keyboard = all.map((jar) => button(words.remove(jar), 'jar', `${jar.site}|${jar.account}`));
  return { text: words.page({ jars: all, untried: await untried(parts, all) }), keyboard };
}

export const cookies: AdminCommand = async (parts, talk, { args }) => {
  const [what = '', ...rest] = args.trim().split(/\s+/);
  const asked = what.toLowerCase() === 'probe';
  const text = asked ? await probeAnswer(parts, talk, rest) : undefined;
  await answer(parts, talk, text === undefined ? await screen(parts, talk) : { text });
};

async function probeAnswer(
  { probes, store, now }: AdminParts,
  talk: Talk,
  [site = '', link = '']: string[],
): Promise<string> {
  const words = wordsOf(talk).cookies;
  if (site === '') return words.probes({ links: await probes.all() });
  const name = site.toLowerCase();
  const url = link.toLowerCase() === 'default' ? undefined : plainUrl(link)?.href;
  if ((url === undefined && link.toLowerCase() !== 'default') || !(await probes.set(name, url)))
    return words.probeUsage;
  const detail = { site: name, url: url ?? 'default' };
  await store.audit.add({ at: now(), userId: talk.user.id, action: 'cookies_probe', detail });
  return words.probeSet(name);
}

export const pressCookies: AdminPress = async (parts, talk, arg, press) => {
  const [site = '', account = ''] = arg.split(':');
  if (!(await parts.jars.remove(site, account))) return 'expired';
  const { now, store, user } = { ...parts, user: talk.user };
  const detail = { site, account };
  await store.audit.add({ at: now(), userId: user.id, action: 'cookies_remove', detail });
  await replace(parts, talk, press, await screen(parts, talk));
  return 'done';
};

/** The account's name from the caption: letters a file name can hold. */
const accountOf = (caption = ''): string =>
  caption
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 16) || 'main';

export async function takeCookies(
  parts: AdminParts,
  talk: Talk,
  { file, caption }: DocumentAsk,
): Promise<void> {
  const { api, jars, store, log, now } = parts;
  const words = wordsOf(talk).cookies;
  const { chat, messageId } = talk.request;
  const say = (text: string) => answer(parts, talk, { text });
  if ((file.size ?? 0) > MAX_COOKIE_BYTES) return void (await say(words.tooLarge));
  try {
    const text = (await parts.fetchFile(file.fileId)).toString('utf8');
    const kept = await jars.add(text, accountOf(caption));
    const detail = kept.map(({ site, account }) => `${site} (${account})`);
    await store.audit.add({ at: now(), userId: talk.user.id, action: 'cookies_add', detail });
    await say(words.added({ jars: kept }));
  } catch (error) {
    if (!(error instanceof NotCookies)) throw error;
    await say(error.why === 'site' ? words.noSite : words.notCookies);
    return;
  }
  // A login does not belong into a chat's history.
  if (messageId !== undefined) {
    await api.deleteMessage(chat.id, messageId).catch((err) => {
      log.info({ err }, 'the cookie file stays in the chat');
    });
  }
}
