/** The edge's door to the catalogues: the few words it says itself, and no others in its bundle. */
import type { Lang, Refusals } from './catalogue.ts';
import * as en from './en/refusals.ts';
import * as fa from './fa/refusals.ts';

const REFUSALS: Record<Lang, Refusals> = { en, fa };

export const refusalsFor = (lang: Lang): Refusals => REFUSALS[lang];
