/** The one door to the catalogues; the edge has a smaller one, refusals.ts. */
import type { Lang, Texts } from './catalogue.ts';
import { en } from './en.ts';
import { fa } from './fa.ts';

const CATALOGUES: Record<Lang, Texts> = { en, fa };

export const textsFor = (lang: Lang): Texts => CATALOGUES[lang];

export type { Lang, Texts } from './catalogue.ts';
export { LANGS, langOf } from './lang.ts';
