/** The logger every part gets as an argument; nothing logs through a global. */
import { type DestinationStream, type Logger, pino } from 'pino';
import { pinoPretty as pretty } from './log-pretty.ts';

export type Log = Logger;

/** Tokens look like `123456:AA…`; they stand in Bot API URLs, and so in error messages. */
const TOKEN = /(?<!\d)(\d{5,}):[A-Za-z0-9_-]{20,}/g;

/** What says which video is meant; every other value of a query may be a key to it. */
const HARMLESS = new Set(['v', 'list', 'p', 'page', 't', 'index', 'lang']);
/** Of a link or of its last part, which yt-dlp takes for the name of a video. */
const QUERY = /(?<=\S)\?([^\s"'<>\\#]+=[^\s"'<>\\#]*)/g;
const FRAGMENT = /(\bhttps?:\/\/[^\s"'<>\\#]*)#[^\s"'<>\\]+/gi;

const hidden = (pair: string) => {
  const [name = '', ...value] = pair.split('=');
  return value.length === 0 || HARMLESS.has(name) ? pair : `${name}=***`;
};

/**
 * Takes bot tokens, the user:password part of links and what their queries hold out of a text:
 * signed and shared links carry their key there.
 */
export function redact(text: string): string {
  return text
    .replace(TOKEN, '$1:***')
    .replace(/\/\/[^/\s"'<>@]+@/g, '//***@')
    .replace(QUERY, (_, query: string) => `?${query.split('&').map(hidden).join('&')}`)
    .replace(FRAGMENT, '$1#***');
}

/** Takes these very values out as well, wherever they stand. Short ones would hide words. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length >= 8);
  return (text) => redact(known.reduce((rest, secret) => rest.replaceAll(secret, '***'), text));
}

/** C1 controls start terminal sequences as ESC does; overrides show a line as another one. */
const UNSEEN = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** JSON escapes the other controls by itself; here a title's become visible text, also unpacked. */
const visible = (line: string): string =>
  line.replace(UNSEEN, (sign) => `\\\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

export interface LogOptions {
  level: string;
  format: 'pretty' | 'json';
  /** The operator's own: never written, whoever hands them to the logger. */
  secrets?: readonly string[];
  /** Standard output unless told. */
  to?: DestinationStream;
}

export function createLog({ level, format, secrets = [], to }: LogOptions): Log {
  const clean = redactor(secrets);
  const options = {
    level,
    base: null,
    redact: { paths: ['token', 'secret', '*.token', '*.secret', 'cookies'], censor: '***' },
    hooks: {
      streamWrite: (line: string) => visible(clean(line)),
    },
  };
  if (format === 'pretty') return pino(options, to ?? pretty());
  return to ? pino(options, to) : pino(options);
}
