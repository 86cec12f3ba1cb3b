/** The logger every part gets as an argument; nothing logs through a global. */
import { type Logger, pino } from 'pino';
import { pinoPretty as pretty } from './log-pretty.ts';

export type Log = Logger;

/** Tokens look like `123456:AA…`; they stand in Bot API URLs, and so in error messages. */
const TOKEN = /\b(\d{5,}):[A-Za-z0-9_-]{20,}/g;

/** Takes bot tokens and the user:password part of URLs out of a text. */
export function redact(text: string): string {
  return text.replace(TOKEN, '$1:***').replace(/\/\/[^/\s:@]+:[^/\s@]+@/g, '//***@');
}

export interface LogOptions {
  level: string;
  format: 'pretty' | 'json';
}

export function createLog({ level, format }: LogOptions): Log {
  const options = {
    level,
    base: null,
    redact: { paths: ['token', 'secret', '*.token', '*.secret', 'cookies'], censor: '***' },
    hooks: {
      streamWrite: redact,
    },
  };
  return format === 'pretty' ? pino(options, pretty()) : pino(options);
}
