import { LANGS, textsFor } from '../../../shared/texts/index.ts';
import type { Keyboard } from '../../status/card.ts';
import { speakData } from '../button-data.ts';

/** Each language by its own name: whoever cannot read the question can still answer it. */
export const languageKeyboard = (): Keyboard => [
  LANGS.map((lang) => ({
    text: textsFor(lang).language.names[lang],
    callback_data: speakData(lang),
  })),
];
