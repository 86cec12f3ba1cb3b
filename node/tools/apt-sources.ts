/** Debian mirrors as the system's own apt knows them, in both spellings of its source files. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Mirror {
  uri: string;
  /** A key ring file, when the source names one. */
  signedBy?: string | undefined;
}

/** Suites of Debian itself; a source of another maker has none of them. */
const DEBIAN_SUITE = /^(?:bookworm|trixie|forky|duke|bullseye|sid|stable|testing|unstable)$/;
const isMain = (suites: string[], components: string[]) =>
  suites.some((suite) => DEBIAN_SUITE.test(suite)) && components.includes('main');

const words = (text = '') => text.split(/\s+/).filter(Boolean);

/** deb822: paragraphs of `Key: value` lines; comments start with `#`. */
export function parseDeb822(text: string): Mirror[] {
  const paragraphs = text.replace(/^#.*\n?/gm, '').split(/\n\s*\n/);
  return paragraphs.flatMap((paragraph) => {
    const unfolded = paragraph.replace(/\n[ \t]+/g, ' ');
    const field = (key: string) =>
      new RegExp(`^${key}:[ \\t]*(.*)$`, 'im').exec(unfolded)?.[1]?.trim();
    if (!words(field('Types')).includes('deb')) return [];
    if (field('Enabled')?.toLowerCase() === 'no') return [];
    if (!isMain(words(field('Suites')), words(field('Components')))) return [];
    const signedBy = field('Signed-By');
    const ring = signedBy?.startsWith('/') ? signedBy : undefined;
    return words(field('URIs')).map((uri) => ({ uri, signedBy: ring }));
  });
}

/** One-line: `deb [signed-by=FILE …] URI SUITE COMPONENT…`. */
export function parseOneLine(text: string): Mirror[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line);
    if (!match) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    if (!isMain([suite], words(components.replace(/#.*/, '')))) return [];
    const signedBy = /signed-by=(\/\S+)/.exec(options)?.[1];
    return [{ uri, signedBy }];
  });
}

/** The mirrors of `/etc/apt`, without duplicates. */
export async function debianMirrors(aptDir = '/etc/apt'): Promise<Mirror[]> {
  const parts = join(aptDir, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).map((name) => join(parts, name));
  const files = [join(aptDir, 'sources.list'), ...names.sort()];
  const found = await Promise.all(files.map(mirrorsOf));
  const byUri = new Map(found.flat().map((mirror) => [mirror.uri.replace(/\/$/, ''), mirror]));
  return [...byUri.values()];
}

async function mirrorsOf(file: string): Promise<Mirror[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (file.endsWith('.sources')) return parseDeb822(text);
  return file.endsWith('.list') ? parseOneLine(text) : [];
}
