/** `/settings`: one message whose buttons say what is set; each press sets the next value. */
import * as v from 'valibot';
import { AUDIO_FORMATS } from '../../../shared/choice.ts';
import { LANGS, type Texts, textsFor } from '../../../shared/texts/index.ts';
import type { Keyboard } from '../../status/card.ts';
import type { UserRow } from '../../store/schema.ts';
import type { UserSettings } from '../../store/users.ts';
import { closeData, settingData } from '../button-data.ts';

/** Highest quality in lines; 0 is no limit. */
const HEIGHTS = [0, 2160, 1440, 1080, 720, 480, 360] as const;
const MODES = ['send', 'ask', 'audio'] as const;
const SWITCH = ['0', '1'] as const;

const flag = v.pipe(
  v.picklist(SWITCH),
  v.transform((value) => Number(value)),
);
const height = v.pipe(
  v.picklist(HEIGHTS.map(String)),
  v.transform((value) => Number(value)),
);

/** What a button or `/settings name value` may set; button data comes from strangers as well. */
const CHANGES = {
  mode: v.pipe(
    v.picklist(MODES),
    v.transform((mode) => ({ mode })),
  ),
  max: v.pipe(
    height,
    v.transform((maxHeight) => ({ maxHeight })),
  ),
  audio: v.pipe(
    v.picklist(AUDIO_FORMATS),
    v.transform((audioFormat) => ({ audioFormat })),
  ),
  captions: v.pipe(
    flag,
    v.transform((captions) => ({ captions })),
  ),
  file: v.pipe(
    flag,
    v.transform((asFile) => ({ asFile })),
  ),
  lang: v.pipe(
    v.picklist(LANGS),
    v.transform((lang) => ({ lang })),
  ),
} satisfies Record<string, v.GenericSchema<string, UserSettings>>;

type Name = keyof typeof CHANGES;

/** The change a name and a value stand for, or undefined when there is no such setting. */
export function settingChange(name: string, value: string): UserSettings | undefined {
  if (!Object.hasOwn(CHANGES, name)) return undefined;
  const parsed = v.safeParse(CHANGES[name as Name], value);
  return parsed.success ? parsed.output : undefined;
}

export interface SettingsScreen {
  text: string;
  keyboard: Keyboard;
}

export function settingsScreen(user: UserRow, lang: UserRow['lang'] & string): SettingsScreen {
  const texts = textsFor(lang);
  return {
    text: texts.settings.title,
    keyboard: [
      ...rows(texts, user, lang).map(({ name, value, set }) => [
        { text: texts.settings.row({ name, value }), callback_data: set },
      ]),
      [{ text: texts.buttons.close, callback_data: closeData() }],
    ],
  };
}

function rows({ settings: t, language }: Texts, user: UserRow, lang: 'en' | 'fa') {
  const onOff = (value: number) => (value ? t.on : t.off);
  const flip = (value: number) => (value ? '0' : '1');
  const { mode, maxHeight, audioFormat, captions, asFile } = user;
  const row = (name: string, value: string, set: string) => ({ name, value, set });
  const to = (key: Name, value: string | number) => settingData(key, String(value));
  return [
    row(t.mode, t.modes[mode], to('mode', after(MODES, mode))),
    row(t.highest, t.height(maxHeight), to('max', after(HEIGHTS, maxHeight))),
    row(t.audioFormat, audioFormat, to('audio', after(AUDIO_FORMATS, audioFormat))),
    row(t.captions, onOff(captions), to('captions', flip(captions))),
    row(t.asFile, onOff(asFile), to('file', flip(asFile))),
    row(t.language, language.names[lang], to('lang', after(LANGS, lang))),
  ];
}

/** The next value in the circle. */
function after<T>(values: readonly T[], value: T): T {
  return values[(values.indexOf(value) + 1) % values.length] ?? value;
}
