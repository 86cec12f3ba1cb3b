/** What people write beside a link to choose at once: `link mp3`, `720p link`, «پیوند صدا». */
import { AUDIO_FORMATS, formatChoice } from './choice.ts';
import { asciiDigits } from './digits.ts';

/** A choice as `choice.ts` spells it, or `audio`: sound in the format the person set. */
export const WISH = /^(?:audio|auto|ask|file|m4a|mp3|opus|v\d{3,4})$/;

/** By what is written, in small letters, half-spaces as spaces. */
const WORDS = new Map<string, string>(
  Object.entries({
    audio: [
      ...['audio', 'music', 'song', 'sound', 'only audio', 'audio only', 'as audio'],
      ...['صدا', 'صوت', 'آهنگ', 'موزیک', 'فقط صدا', 'به صورت صدا'],
    ],
    auto: ['video', 'as video', 'ویدیو', 'ویدئو', 'فیلم'],
    file: [
      'file',
      'as file',
      'as a file',
      'document',
      'original',
      'فایل',
      'به صورت فایل',
      'فایل اصلی',
    ],
    ask: ['menu', 'ask', 'choose', 'qualities', 'منو', 'کیفیت ها', 'انتخاب کیفیت'],
  }).flatMap(([wish, words]) => words.map((word): [string, string] => [word, wish])),
);
for (const format of AUDIO_FORMATS) WORDS.set(format, format);

/** Heights a site may have; any other number beside a link means something else. */
const RUNGS = new Map([
  ...[144, 240, 360, 480, 720, 1080, 1440, 2160].map((n): [string, number] => [String(n), n]),
  ...[['4k', 2160] as const, ['2k', 1440] as const],
]);
const HEIGHT = /^(?:quality |کیفیت )?(\d{3,4}|[24]k)(?:p(?:60)?)?$/;

/** Undefined unless the words are a wish and nothing else. */
export function wishOf(words: string): string | undefined {
  const plain = asciiDigits(words)
    .toLowerCase()
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069_]/g, ' ')
    .replace(/[()[\]«».،,!]/g, ' ')
    .trim()
    .replace(/\s+/g, ' ');
  const height = RUNGS.get(HEIGHT.exec(plain)?.[1] ?? '');
  return height === undefined ? WORDS.get(plain) : formatChoice({ kind: 'video', height });
}
