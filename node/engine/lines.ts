/** Bytes to whole lines: a chunk may end inside a line, and inside a letter. */
import { StringDecoder } from 'node:string_decoder';

export interface LineReader {
  write(chunk: Buffer): void;
  /** The last line may lack its end. */
  end(): void;
}

/**
 * Calls `onLine` once per line, without `\n`, `\r\n` or a lone `\r` (yt-dlp redraws with it).
 * @param maxLength characters kept of one line; the rest of a longer one is dropped, because a
 *   site decides what stands in it and an endless line must not fill the memory.
 */
export function lineReader(onLine: (line: string) => void, maxLength: number): LineReader {
  const decoder = new StringDecoder('utf8');
  let pending: string[] = [];
  let length = 0;

  const keep = (text: string) => {
    const part = text.slice(0, Math.max(0, maxLength - length));
    if (part) pending.push(part);
    length += part.length;
  };
  const flush = () => {
    const line = pending.join('');
    pending = [];
    length = 0;
    if (line) onLine(line);
  };
  const take = (text: string) => {
    const pieces = text.split(/[\r\n]/);
    pieces.forEach((piece, index) => {
      if (index > 0) flush();
      keep(piece);
    });
  };

  return {
    write: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      flush();
    },
  };
}

/** Keeps the last `max` characters of what passes, for the error table. */
export function tail(max: number): { add(line: string): void; text(): string } {
  let text = '';
  return {
    add(line) {
      text += `${line}\n`;
      // Cutting at twice the size keeps this linear under a flood.
      if (text.length > 2 * max) text = text.slice(-max);
    },
    text: () => text.slice(-max),
  };
}
