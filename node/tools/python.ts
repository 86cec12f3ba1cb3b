/** Which Python can import a found yt-dlp: what the warm engine needs. */
import { open } from 'node:fs/promises';
import * as v from 'valibot';
import type { YtdlpInstall } from '../engine/engine.ts';
import { onPath, type RunCommand, runCommand } from './command.ts';

export type PythonFacts = Pick<YtdlpInstall, 'python' | 'noPython' | 'ejs'>;

const Facts = v.object({
  exe: v.string(),
  version: v.tuple([v.number(), v.number()]),
  ytdlp: v.nullable(v.string()),
  ejs: v.boolean(),
  error: v.nullable(v.string()),
});

/** `sys.executable` is asked for because a shim (pyenv) costs a shell start at every run. */
const ASK = `
import json, sys
if len(sys.argv) > 1 and sys.argv[1]: sys.path.insert(0, sys.argv[1])
version, ejs, error = None, False, None
try:
    import yt_dlp.version
    version = yt_dlp.version.__version__
except Exception as e:
    error = f'{type(e).__name__}: {e}'
try:
    import yt_dlp_ejs
    ejs = True
except Exception:
    pass
print(json.dumps(dict(exe=sys.executable, version=sys.version_info[:2], ytdlp=version, ejs=ejs, error=error)))
`;

/** A script's interpreter from its `#!` line; a binary has none. */
async function shebang(bin: string): Promise<string[]> {
  const file = await open(bin);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const line = /^#!\s*(.+)/.exec(buffer.subarray(0, bytesRead).toString('latin1'))?.[1]?.trim();
    if (!line) return [];
    const [command = '', argument = ''] = line.split(/\s+/);
    return command.endsWith('/env') ? await onPath(argument) : [command];
  } finally {
    await file.close();
  }
}

async function isZip(bin: string): Promise<boolean> {
  const file = await open(bin);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    const head = buffer.subarray(0, bytesRead);
    return head.subarray(0, 2).toString() === '#!' && head.includes(Buffer.from('PK\x03\x04'));
  } finally {
    await file.close();
  }
}

/**
 * A small script that puts a folder on `sys.path` before it imports yt-dlp, as the one written
 * beside an unpacked package: named by YTDLP_PATH it leads to the same package.
 */
async function insertedPath(bin: string): Promise<string | undefined> {
  const file = await open(bin);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    const head = buffer.subarray(0, bytesRead).toString();
    return /^sys\.path\.insert\(0, "([^"\\]+)"\)$/m.exec(head)?.[1];
  } finally {
    await file.close();
  }
}

async function ask(run: RunCommand, exe: string, importPath: string | undefined) {
  // -I: neither the working folder nor PYTHONPATH decides what is imported.
  const { code, stdout } = await run(exe, ['-I', '-c', ASK, importPath ?? ''], {
    timeoutMs: 20_000,
  });
  const parsed = code === 0 ? v.safeParse(Facts, JSON.parse(stdout)) : undefined;
  return parsed?.success ? parsed.output : undefined;
}

export interface FindPython {
  bin: string;
  version: string;
  /** Where the package was unpacked; a zipapp is its own import path. */
  importPath?: string | undefined;
  run?: RunCommand;
}

/** Finds the Python behind a yt-dlp, or says why there is none. */
export async function findPython(options: FindPython): Promise<PythonFacts> {
  const { bin, version, run = runCommand } = options;
  const own = await shebang(bin);
  // A shell wrapper or a PyInstaller binary names no Python of its own.
  const named = own.filter((exe) => /python[\d.]*$/.test(exe));
  const candidates = [...new Set([...named, ...(await onPath('python3')), '/usr/bin/python3'])];
  const importPath = options.importPath ?? ((await isZip(bin)) ? bin : await insertedPath(bin));
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const facts = await ask(run, candidate, importPath);
    const reason = whyNot(candidate, facts, version);
    if (facts && !reason) return { python: { exe: facts.exe, importPath }, ejs: facts.ejs };
    if (reason) reasons.push(reason);
  }
  return { noPython: reasons.join('; ') || 'no python3 found', ejs: false };
}

function whyNot(
  exe: string,
  facts: v.InferOutput<typeof Facts> | undefined,
  version: string,
): string | undefined {
  if (!facts) return `${exe} did not run`;
  const [major, minor] = facts.version;
  if (major < 3 || minor < 11) return `${exe} is Python ${major}.${minor}, 3.11 is needed`;
  if (facts.error) return `${exe} cannot import yt_dlp (${facts.error})`;
  if (facts.ytdlp !== version) return `${exe} imports yt-dlp ${facts.ytdlp}, not ${version}`;
  return undefined;
}
