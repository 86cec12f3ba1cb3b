/**
 * What stands behind inline buttons: a verb, the job it is about, sometimes an argument.
 * Telegram allows 64 bytes. Data comes back from strangers as well, so it is parsed strictly and
 * whoever handles it checks that the job belongs to the person who pressed.
 */
import { type Choice, formatChoice, parseChoice } from '../../shared/choice.ts';
import type { Lang } from '../../shared/texts/index.ts';

export type Button =
  | { verb: 'cancel'; job: number }
  | { verb: 'cancel_batch'; update: number }
  /** The same link again with another choice; from a delivery, a menu or a failure. */
  | { verb: 'choose'; job: number; choice: Choice }
  /** The sound alone, in the format the person has set. */
  | { verb: 'audio'; job: number }
  | { verb: 'menu'; job: number }
  /** Another page of an open menu. */
  | { verb: 'page'; job: number; page: MenuPage }
  | { verb: 'dismiss'; job: number }
  | { verb: 'arrived'; job: number }
  | { verb: 'again'; job: number }
  | { verb: 'clip'; job: number }
  /** What to take of a list, and a pause of the batch made from it; `job` looked the list up. */
  | { verb: 'list'; job: number; what: ListAction }
  /** A setting of the group the button stands in. */
  | { verb: 'group'; name: GroupSetting; value: string }
  | { verb: 'set'; name: string; value: string }
  | { verb: 'speak'; lang: Lang }
  | { verb: 'history'; job: number }
  | { verb: 'forget'; sure: boolean }
  | { verb: 'close' }
  /** Has joined what has to be joined first. */
  | { verb: 'joined' }
  /** One of an admin's screens, see `node/admin/`. */
  | { verb: 'admin'; action: string; arg: string };

export type MenuPage = 'all' | 'subtitles';

const LIST_ACTIONS = ['first', 'all', 'range', 'back', 'pause', 'resume'] as const;
export type ListAction = (typeof LIST_ACTIONS)[number];
const GROUP_SETTINGS = ['links', 'quiet', 'lang'] as const;
export type GroupSetting = (typeof GROUP_SETTINGS)[number];

export const cancelData = (job: number) => `x:${job}`;
export const cancelBatchData = (update: number) => `xb:${update}`;
export const chooseData = (job: number, choice: Choice) => `c:${job}:${formatChoice(choice)}`;
export const audioData = (job: number) => `au:${job}`;
export const menuData = (job: number) => `m:${job}`;
export const pageData = (job: number, page: MenuPage) => `mp:${job}:${page === 'all' ? 'a' : 's'}`;
export const dismissData = (job: number) => `mx:${job}`;
export const arrivedData = (job: number) => `ok:${job}`;
export const againData = (job: number) => `re:${job}`;
export const clipData = (job: number) => `cl:${job}`;
export const listData = (job: number, what: ListAction) => `pl:${job}:${what}`;
export const groupData = (name: GroupSetting, value: string) => `g:${name}:${value}`;
export const settingData = (name: string, value: string) => `s:${name}:${value}`;
export const speakData = (lang: Lang) => `l:${lang}`;
export const historyData = (job: number) => `h:${job}`;
export const forgetData = (sure: boolean) => `f:${sure ? 1 : 0}`;
export const closeData = () => 'close';

const PARSERS: Record<string, (args: string[]) => Button | undefined> = {
  x: jobVerb('cancel'),
  au: jobVerb('audio'),
  m: jobVerb('menu'),
  mx: jobVerb('dismiss'),
  mp: ([id, page]) =>
    page === 'a' || page === 's'
      ? withId(id, (job) => ({ verb: 'page', job, page: page === 'a' ? 'all' : 'subtitles' }))
      : undefined,
  ok: jobVerb('arrived'),
  re: jobVerb('again'),
  cl: jobVerb('clip'),
  h: jobVerb('history'),
  xb: ([id]) => withId(id, (update) => ({ verb: 'cancel_batch', update })),
  c: ([id, text]) => {
    const choice = parseChoice(text ?? '');
    return choice && withId(id, (job) => ({ verb: 'choose', job, choice }));
  },
  pl: ([id, text]) => {
    const what = LIST_ACTIONS.find((action) => action === text);
    return what && withId(id, (job) => ({ verb: 'list', job, what }));
  },
  g: ([text, value]) => {
    const name = GROUP_SETTINGS.find((setting) => setting === text);
    return name && value ? { verb: 'group', name, value } : undefined;
  },
  s: ([name, value]) => (name && value ? { verb: 'set', name, value } : undefined),
  l: ([lang]) => (lang === 'en' || lang === 'fa' ? { verb: 'speak', lang } : undefined),
  f: ([sure]) =>
    sure === '0' || sure === '1' ? { verb: 'forget', sure: sure === '1' } : undefined,
  close: () => ({ verb: 'close' }),
  j: () => ({ verb: 'joined' }),
  a: ([action, arg = '']) =>
    action ? { verb: 'admin', action, arg: arg.replaceAll('|', ':') } : undefined,
};

type JobVerb = 'cancel' | 'audio' | 'menu' | 'dismiss' | 'arrived' | 'again' | 'clip' | 'history';

function jobVerb(verb: JobVerb) {
  return ([id]: string[]): Button | undefined => withId(id, (job) => ({ verb, job }));
}

function withId<T>(text: string | undefined, make: (id: number) => T): T | undefined {
  return text && /^[1-9]\d{0,14}$/.test(text) ? make(Number(text)) : undefined;
}

/** The button that data stands for, or undefined when nobody here made it. */
export function parseButton(data: string): Button | undefined {
  const [verb = '', ...args] = data.split(':');
  const parser = Object.hasOwn(PARSERS, verb) ? PARSERS[verb] : undefined;
  return args.length <= 2 ? parser?.(args) : undefined;
}
