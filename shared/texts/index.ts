/** The one door to the catalogues. */
import type { Lang, Texts } from './catalogue.ts';
import { en } from './en.ts';
import { fa } from './fa.ts';

const CATALOGUES: Record<Lang, Texts> = { en, fa };

export const LANGS = ['en', 'fa'] as const satisfies readonly Lang[];

/**
 * Telegram's `language_code` (an IETF tag) as a language Postchi speaks. Dari, Tajik in Persian
 * script and a few neighbours read Persian better than English; everybody else gets English.
 */
export function langOf(languageCode?: string): Lang {
  const primary = languageCode?.toLowerCase().split(/[-_]/)[0] ?? '';
  return ['fa', 'per', 'prs', 'pes', 'ckb', 'lrc', 'mzn', 'glk', 'azb'].includes(primary)
    ? 'fa'
    : 'en';
}

export const textsFor = (lang: Lang): Texts => CATALOGUES[lang];

export type { Lang, Texts } from './catalogue.ts';
