/** Which language a person is spoken to in. */
import type { Lang } from '../format.ts';

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
