/** A real yt-dlp under another version, unchanged or broken: what a release site would offer. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { YtdlpInstall } from '../../node/engine/engine.ts';
import type { Candidate } from '../../node/tools/candidate.ts';

/** Links instead of copies where the disk allows it; `version.py` and what is patched are new files. */
const COPY = `
import os, shutil, sys, zipfile
source, dest, version, patch = sys.argv[1:5]
if source: sys.path.insert(0, source)
def link(a, b):
    try: os.link(a, b)
    except OSError: shutil.copy2(a, b)
if source and zipfile.is_zipfile(source):
    zipfile.ZipFile(source).extractall(dest)
else:
    import yt_dlp
    shutil.copytree(os.path.dirname(yt_dlp.__file__), os.path.join(dest, 'yt_dlp'), copy_function=link)
def replace(name, change):
    path = os.path.join(dest, 'yt_dlp', name)
    with open(path, encoding='utf-8') as file: text = file.read()
    os.unlink(path)
    with open(path, 'w', encoding='utf-8') as file: file.write(change(text))
import re
replace('version.py', lambda text: re.sub(r"__version__ = .*", f"__version__ = {version!r}", text))
if patch: replace(os.path.join('extractor', 'generic.py'), lambda text: text + patch)
`;

/** Fails at every address that holds the word, for that reason. */
export const failsAt = (word: string, reason = 'Unable to extract anything') => `

_good = GenericIE._real_extract
def _bad(self, url):
    if '${word}' in url:
        raise ExtractorError('${reason}', expected=${reason.startsWith('Unable') ? 'False' : 'True'})
    return _good(self, url)
GenericIE._real_extract = _bad
`;

export function placeRelease(dir: string, version: string, patch = ''): Candidate {
  const { python } = inject('ytdlp');
  if (!python) throw new Error('these tests need a Python that imports yt-dlp');
  const home = join(dir, 'release');
  mkdirSync(home, { recursive: true });
  const source = python.importPath ?? '';
  execFileSync(python.exe, ['-I', '-c', COPY, source, home, version, patch]);
  const bin = join(home, 'yt-dlp');
  const lines = [
    `#!${python.exe}`,
    'import sys',
    `sys.path.insert(0, ${JSON.stringify(home)})`,
    'from yt_dlp import main',
    'main()',
  ];
  writeFileSync(bin, lines.join('\n'));
  chmodSync(bin, 0o755);
  return { bin, source: 'release', importPath: home };
}

/** Says its version and reads nothing: enough where only what comes of an update is asked. */
export function versionOnly(dir: string, version: string): YtdlpInstall {
  mkdirSync(dir, { recursive: true });
  const bin = join(dir, 'yt-dlp');
  writeFileSync(bin, `#!/bin/sh\necho ${version}\n`);
  chmodSync(bin, 0o755);
  return { bin, version, source: 'release', ejs: false };
}
