import type { Lang } from '../../shared/format.ts';

/** A language by its name in the reader's own; the site's code where there is none. */
export function languageName(code: string, lang: Lang): string {
  try {
    return new Intl.DisplayNames(lang, { type: 'language' }).of(code) ?? code;
  } catch {
    // Sites make codes up (`en-orig`); the code says more than nothing.
    return code;
  }
}
