/** Reads a small file somebody sent to the bot. */
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { Api } from 'grammy';
import { request } from 'undici';

export interface FetchFileParts {
  api: Pick<Api, 'getFile'>;
  apiRoot: string;
  token: string;
  /** Bytes; more is refused. */
  maxBytes: number;
}

/** @throws Error free of the token */
export function createFetchFile({ api, apiRoot, token, maxBytes }: FetchFileParts) {
  return async (fileId: string): Promise<Buffer> => {
    const { file_path: path, file_size: size = 0 } = await api.getFile(fileId);
    if (path === undefined) throw new Error('Telegram named no path for the file');
    if (size > maxBytes) throw new Error(`the file has ${size} bytes`);
    // A local Bot API server keeps it on this disk and names the place.
    if (isAbsolute(path)) return readFile(path);
    return download(`${apiRoot}/file/bot${token}/${path}`, maxBytes);
  };
}

async function download(url: string, maxBytes: number): Promise<Buffer> {
  const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(30_000) });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`Telegram answered ${statusCode} for the file`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error('the file is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
