/**
 * A streaming reader of `multipart/form-data` (RFC 7578): it holds at most one delimiter, one
 * part head and the chunk at hand, so that an upload of 2 GB costs no more memory than one of 2 kB.
 */

export interface PartHead {
  name: string;
  filename?: string;
  type?: string;
}

/** Takes the bytes of one part in order; `end` comes once, after the last of them. */
export interface PartSink {
  write(chunk: Buffer): Promise<void> | void;
  end(): Promise<void> | void;
  /** In place of `end` when the body broke off inside the part. */
  drop?(): Promise<void>;
}

export class MultipartError extends Error {
  override readonly name = 'MultipartError';
}

const MAX_HEAD = 16 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');

/** The boundary named by a Content-Type header, or undefined when it is not multipart. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/form-data\b/i.test(contentType)) return undefined;
  const found = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/**
 * Reads a whole body and hands each part to the sink `open` returns for it.
 * @throws MultipartError when the body ends early or a part head makes no sense
 */
export async function readMultipart(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  open: (head: PartHead) => PartSink,
): Promise<void> {
  const reader = new Reader(boundary, open);
  try {
    for await (const chunk of body) await reader.push(chunk);
    reader.finish();
  } catch (cause) {
    await reader.drop();
    throw cause;
  }
}

type State = 'preamble' | 'after-delimiter' | 'head' | 'content' | 'done';

/**
 * preamble → after-delimiter → head → content → after-delimiter → … → done.
 * Each step consumes what it can of `held` and says whether it got any further.
 */
class Reader {
  private state: State = 'preamble';
  /** Starts with a line end, because the first delimiter may stand at the very start. */
  private held = Buffer.from('\r\n');
  private readonly delimiter: Buffer;
  private sink: PartSink | undefined;

  constructor(
    boundary: string,
    private readonly open: (head: PartHead) => PartSink,
  ) {
    this.delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  async push(chunk: Uint8Array): Promise<void> {
    if (this.state === 'done') return;
    this.held = Buffer.concat([this.held, chunk]);
    while (await this.step()) {
      // each step moved the state or consumed bytes
    }
  }

  finish(): void {
    if (this.state !== 'done') throw new MultipartError(`body ended in ${this.state}`);
  }

  async drop(): Promise<void> {
    await this.sink?.drop?.();
  }

  private step(): Promise<boolean> | boolean {
    switch (this.state) {
      case 'preamble':
      case 'content':
        return this.untilDelimiter();
      case 'after-delimiter':
        return this.afterDelimiter();
      case 'head':
        return this.head();
      case 'done':
        return false;
    }
  }

  /** Passes bytes on, but for a tail that may be the start of a delimiter. */
  private async untilDelimiter(): Promise<boolean> {
    const at = this.held.indexOf(this.delimiter);
    const end = at >= 0 ? at : Math.max(0, this.held.length - this.delimiter.length + 1);
    if (end > 0) await this.sink?.write(this.held.subarray(0, end));
    this.held = this.held.subarray(at >= 0 ? at + this.delimiter.length : end);
    if (at < 0) return false;
    await this.sink?.end();
    this.sink = undefined;
    this.state = 'after-delimiter';
    return true;
  }

  /** `--` ends the body, a line end (after optional padding) starts the next part. */
  private afterDelimiter(): boolean {
    if (this.held.length < 2) return false;
    if (this.held.subarray(0, 2).toString('latin1') === '--') {
      this.state = 'done';
      return false;
    }
    const end = this.held.indexOf('\r\n');
    if (end < 0 && this.held.length < 256) return false;
    if (end < 0 || this.held.subarray(0, end).toString('latin1').trim() !== '') {
      throw new MultipartError('no line end after a boundary');
    }
    // The line end stays: a head without any line would otherwise hide its own end.
    this.held = this.held.subarray(end);
    this.state = 'head';
    return true;
  }

  private head(): boolean {
    const end = this.held.indexOf(HEAD_END);
    if (end < 0) {
      if (this.held.length > MAX_HEAD) throw new MultipartError('part head too long');
      return false;
    }
    this.sink = this.open(parseHead(this.held.subarray(0, end).toString('utf8')));
    this.held = this.held.subarray(end + HEAD_END.length);
    this.state = 'content';
    return true;
  }
}

function parseHead(text: string): PartHead {
  const lines = text.split('\r\n');
  const disposition = headerOf(lines, 'content-disposition');
  const name = disposition && parameter(disposition, 'name');
  if (!name) throw new MultipartError('a part has no name');
  const filename = fileName(disposition);
  const type = headerOf(lines, 'content-type');
  return { name, ...(filename !== undefined && { filename }), ...(type && { type }) };
}

function headerOf(lines: readonly string[], header: string): string | undefined {
  const line = lines.find((l) => l.toLowerCase().startsWith(`${header}:`));
  return line?.slice(header.length + 1).trim();
}

function parameter(value: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;]*))`, 'i').exec(value);
  return found?.[1]?.replace(/\\(["\\])/g, '$1') ?? found?.[2]?.trim();
}

/** Browsers percent-encode quotes and line ends in it (RFC 7578, 4.2). */
function fileName(disposition: string): string | undefined {
  const extended = parameter(disposition, 'filename\\*');
  if (extended) return decodeExtended(extended);
  // grammY writes the name bare and last: it may then hold a semicolon.
  const bare = /;\s*filename=([^"].*)$/i.exec(disposition)?.[1];
  const plain = bare ?? parameter(disposition, 'filename');
  return plain
    ?.replace(/%22/g, '"')
    .replace(/%0[dD]/g, '\r')
    .replace(/%0[aA]/g, '\n');
}

/** `UTF-8''percent-encoded` of RFC 8187. */
function decodeExtended(value: string): string {
  try {
    return decodeURIComponent(value.replace(/^[^']*'[^']*'/, ''));
  } catch {
    throw new MultipartError('a file name is not percent-encoded');
  }
}
