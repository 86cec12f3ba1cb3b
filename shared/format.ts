/**
 * Numbers, sizes, times and bars as a person of each language reads them. Intl only: this is
 * part of the Worker bundle.
 *
 * Bidi: a value that mixes digits, Latin letters or marks is wrapped in isolates, because a chat
 * client lays a Persian line out from right to left and would otherwise move the pieces around.
 */
export type Lang = 'en' | 'fa';

const FSI = '\u2068';
const RLI = '\u2067';
const PDI = '\u2069';
const RLM = '\u200f';

/** Marks that would let a stranger's title turn the rest of the line around. */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: titles of strangers may hold them
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g;

/** One tidy line of at most `max` code points: no control characters, no bidi marks. */
export function tidy(text: string, max = 200): string {
  const line = text.replace(BIDI_CONTROLS, '').replace(CONTROLS, ' ').replace(/\s+/g, ' ').trim();
  const points = [...line];
  if (points.length <= max) return line;
  return `${points
    .slice(0, max - 1)
    .join('')
    .trimEnd()}…`;
}

/** Somebody else's words (a title, a file name, a site) that must not disturb the line. */
export const isolate = (text: string, max = 200): string => `${FSI}${tidy(text, max)}${PDI}`;

const STRONG = /\p{L}|\u200f|\u200e/u;
const RTL_LETTER = /[\p{Script=Arabic}\p{Script=Hebrew}\u200f]/u;
const ISOLATED = /[\u2066-\u2068][^\u2066-\u2069]*\u2069/g;

/**
 * Makes every line read from right to left. The first letter decides: outside isolates by the
 * Unicode rules, inside them as well for clients that do not know isolates, and for browsers when
 * they choose the edge a line stands at. A line whose first letters are not Persian gets an RLM.
 */
export function rtl(text: string): string {
  const mark = (line: string) => {
    const firsts = [line, line.replace(ISOLATED, '')].map((text) => STRONG.exec(text)?.[0] ?? '');
    return line === '' || firsts.every((first) => RTL_LETTER.test(first)) ? line : RLM + line;
  };
  return text.split('\n').map(mark).join('\n');
}

export interface Formatter {
  /** A whole number with the language's digits and grouping. */
  int(n: number): string;
  /** A year, a height, an id: the language's digits without grouping. */
  plain(n: number): string;
  /** A size in bytes, in binary units as Telegram's apps show them: 43 MB. */
  bytes(n: number): string;
  /** Bytes per second. */
  speed(bytesPerSecond: number): string;
  /** A place in a video, from seconds: 1:20, 1:02:03. */
  duration(seconds: number): string;
  /** A rough waiting time, from seconds: 12 s, 2 min, 1 h 5 min. */
  span(seconds: number): string;
  /** 0–100, cut at both ends. */
  percent(percent: number): string;
  /** A moment (ms since the epoch): the clock time, with the day when it is not within a day. */
  when(ms: number, now?: number): string;
  /** A day (ms since the epoch). */
  date(ms: number): string;
  /** Ten blocks for 0–100; fills from the side the language starts at. */
  bar(percent: number): string;
  /** Lines of a picture: 720p. */
  height(lines: number): string;
}

export const UNITS = {
  en: {
    sizes: ['B', 'KB', 'MB', 'GB', 'TB'],
    perSecond: '/s',
    second: 's',
    minute: 'min',
    hour: 'h',
    and: ' ',
  },
  fa: {
    sizes: ['بایت', 'کیلوبایت', 'مگابایت', 'گیگابایت', 'ترابایت'],
    perSecond: ' بر ثانیه',
    second: 'ثانیه',
    minute: 'دقیقه',
    hour: 'ساعت',
    and: ' و ',
  },
} as const;

const LOCALE = {
  en: { numbers: 'en-US', dates: 'en-GB-u-ca-gregory', zone: 'UTC' },
  fa: { numbers: 'fa-IR', dates: 'fa-IR-u-ca-persian', zone: 'Asia/Tehran' },
} as const;

const finite = (n: number) => (Number.isFinite(n) ? n : 0);
const clampPercent = (n: number) => Math.min(100, Math.max(0, finite(n)));

/** The size in its unit, at most one decimal below 10 and none above. */
function scaled(bytes: number): { value: number; unit: number } {
  let value = Math.max(0, finite(bytes));
  let unit = 0;
  // 1023.7 KB would round to "1,024 KB": step up as soon as rounding reaches it.
  while (Math.round(value) >= 1024 && unit < 4) {
    value /= 1024;
    unit += 1;
  }
  const decimals = unit > 1 && value < 10 ? 1 : 0;
  return { value: Number(value.toFixed(decimals)), unit };
}

/** 1:02:03 in plain digits. */
export function clock(seconds: number): string {
  const all = Math.max(0, Math.round(finite(seconds)));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60), all % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const toPersianDigits = (text: string) =>
  text.replace(/\d/g, (digit) => String.fromCharCode(0x06f0 + Number(digit)));

/** Rounded up to what a person waits for: seconds below 90, minutes below 90, then hours. */
function spanParts(seconds: number): [number, 'second' | 'minute' | 'hour'][] {
  const s = Math.max(1, Math.ceil(finite(seconds)));
  if (s < 90) return [[s, 'second']];
  const minutes = Math.ceil(s / 60);
  if (minutes < 90) return [[minutes, 'minute']];
  const [h, m] = [Math.floor(minutes / 60), minutes % 60];
  return m === 0
    ? [[h, 'hour']]
    : [
        [h, 'hour'],
        [m, 'minute'],
      ];
}

const BLOCKS = 10;
function blocks(percent: number): string {
  const full = Math.floor((clampPercent(percent) / 100) * BLOCKS);
  return '▰'.repeat(full) + '▱'.repeat(BLOCKS - full);
}

const DAY = 24 * 3600 * 1000;

function makeFormatter(lang: Lang): Formatter {
  const { numbers, dates, zone } = LOCALE[lang];
  const unit = UNITS[lang];
  const number = new Intl.NumberFormat(numbers, { maximumFractionDigits: 1 });
  const time = new Intl.DateTimeFormat(dates, {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const day = new Intl.DateTimeFormat(dates, {
    timeZone: zone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
  const digits = (text: string) => (lang === 'fa' ? toPersianDigits(text) : text);
  const whole = lang === 'fa' ? (text: string) => `${FSI}${text}${PDI}` : (text: string) => text;
  const size = (bytes: number) => {
    const { value, unit: index } = scaled(bytes);
    return `${number.format(value)} ${unit.sizes[index]}`;
  };
  // ICU puts the era and bidi marks into Persian dates; the parts are joined by hand.
  const dayText = (ms: number) => {
    const part = Object.fromEntries(day.formatToParts(ms).map((p) => [p.type, p.value]));
    return `${part.day} ${part.month} ${part.year}`;
  };
  const clockText = (ms: number) =>
    lang === 'fa' ? `ساعت ${time.format(ms)} به وقت تهران` : `${time.format(ms)} UTC`;

  return {
    int: (n) => number.format(Math.round(finite(n))),
    plain: (n) => digits(String(Math.round(finite(n)))),
    bytes: (n) => whole(size(n)),
    speed: (n) => whole(size(n) + unit.perSecond),
    duration: (s) => whole(digits(clock(s))),
    span: (s) =>
      whole(
        spanParts(s)
          .map(([n, name]) => `${number.format(n)} ${unit[name]}`)
          .join(unit.and),
      ),
    percent: (p) => {
      const n = number.format(Math.floor(clampPercent(p)));
      return lang === 'fa' ? whole(`${n}٪`) : `${n}%`;
    },
    when: (ms, now = Date.now()) => {
      const near = ms - now < DAY && ms - now > -DAY;
      if (near) return clockText(ms);
      return lang === 'fa'
        ? `${dayText(ms)}، ${clockText(ms)}`
        : `${dayText(ms)}, ${clockText(ms)}`;
    },
    date: dayText,
    bar: (p) => (lang === 'fa' ? `${RLI}${blocks(p)}${PDI}` : blocks(p)),
    height: (lines) => whole(`${Math.round(finite(lines))}p`),
  };
}

const formatters: Partial<Record<Lang, Formatter>> = {};

/** The formatter of a language, made at its first use: a Worker starts faster without Intl. */
export function formatFor(lang: Lang): Formatter {
  const formatter = formatters[lang] ?? makeFormatter(lang);
  formatters[lang] = formatter;
  return formatter;
}
