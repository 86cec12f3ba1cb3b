/** The official yt-dlp release of GitHub: the zipapp, checked against the release's hashes. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, interceptors, request } from 'undici';
import type { Candidate } from './candidate.ts';

const RELEASES = 'https://github.com/yt-dlp/yt-dlp/releases';
/** A release is tagged with its version. */
const folderOf = (version: string | undefined) =>
  version ? `${RELEASES}/download/${version}` : `${RELEASES}/latest/download`;
const CONNECT_MS = 5_000;
/** Bytes; the zipapp has about 3 MB. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface InstallRelease {
  dir: string;
  /** The newest where none is named. */
  version?: string | undefined;
  /** The folder of a release's files. */
  from?: string;
}

/**
 * Downloads into `dir` and puts the file in place in one step, so that a start interrupted half
 * way leaves nothing that looks like a yt-dlp.
 */
export async function installRelease(options: InstallRelease): Promise<Candidate> {
  const { dir, from = folderOf(options.version) } = options;
  const agent = new Agent({ connect: { timeout: CONNECT_MS } });
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 5 }));
  try {
    const get = (name: string) => download(`${from}/${name}`, dispatcher);
    const sums = (await get('SHA2-256SUMS')).toString('utf8');
    const file = await get('yt-dlp');
    verify(file, sums, 'yt-dlp');
    return { bin: await place(file, dir), source: 'release' };
  } finally {
    await agent.close();
  }
}

type Dispatcher = ReturnType<Agent['compose']>;

async function download(url: string, dispatcher: Dispatcher): Promise<Buffer> {
  const { statusCode, body } = await request(url, {
    dispatcher,
    headersTimeout: 15_000,
    bodyTimeout: 15_000,
    signal: AbortSignal.timeout(120_000),
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`${url} answered ${statusCode}`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`${url} is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Lines of `SHA2-256SUMS` are `<hex>  <name>`. */
function verify(file: Buffer, sums: string, name: string): void {
  const line = sums.split('\n').find((entry) => entry.trim().split(/\s+\*?/)[1] === name);
  const expected = line?.trim().split(/\s+/)[0];
  if (!expected) throw new Error(`the release has no SHA-256 for ${name}`);
  const found = createHash('sha256').update(file).digest('hex');
  if (found !== expected.toLowerCase())
    throw new Error(`${name} has SHA-256 ${found}, the release says ${expected}`);
}

async function place(file: Buffer, dir: string): Promise<string> {
  const folder = join(dir, 'release');
  const temporary = join(folder, `yt-dlp.${process.pid}`);
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(temporary, file);
    await chmod(temporary, 0o755);
    await rename(temporary, join(folder, 'yt-dlp'));
  } finally {
    await rm(temporary, { force: true });
  }
  return join(folder, 'yt-dlp');
}
