/** Whatever a person writes, yt-dlp sees it behind `--` as one http address, or not at all. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Engine } from '../../../node/engine/engine.ts';
import { createYtdlp } from '../../../node/engine/ytdlp.ts';
import { createLog } from '../../../node/log.ts';
import { canonicalise } from '../../../shared/canonical.ts';
import { findLinks } from '../../../shared/links.ts';
import { seeded } from '../../support/random.ts';

const EVIL = [
  '--exec=id',
  '-o/etc/x',
  '--config-locations',
  '--',
  '-',
  '\n--exec id',
  '\0',
  '%(id)s',
];
const MORE = ['$(id)', '`id`', ';id', '"; --exec id "', "'--exec'", '../../etc/passwd', '\u202e--'];
const LINKS = [
  'https://a.example/v',
  'http://a.example/',
  'a.example.com/v',
  'youtu.be/dQw4w9WgXcQ',
];
const PARTS = [
  ...EVIL,
  ...MORE,
  ...LINKS,
  '#__youtubedl_smuggle=%7B%7D',
  ' ',
  '?x=',
  '/',
  '\t',
  '@',
];

it('of 500 texts made to inject arguments, none becomes an option or leaves its place', async () => {
  const random = seeded(20_261_123);
  const runs: (readonly string[])[] = [];
  const engine: Engine = {
    name: 'spawn',
    run: async ({ argv }) => {
      runs.push(argv);
      return { code: 1, signal: null, stderr: 'ERROR: HTTP Error 404' };
    },
    close: async () => {},
  };
  const log = createLog({ level: 'silent', format: 'json' });
  const dir = await mkdtemp(join(tmpdir(), 'postchi-inject-'));
  const ytdlp = createYtdlp({ engine, ffmpeg: 'ffmpeg', jsFlags: [], cacheDir: dir, log });
  for (let n = 0; n < 500; n += 1) {
    const text = Array.from({ length: 2 + random.below(5) }, () => random.pick(PARTS)).join('');
    const raw = [
      ...findLinks({ text: `${text} ${random.pick(LINKS)}` }).map(({ url }) => url),
      text,
    ];
    for (const link of raw) {
      const found = canonicalise(link);
      if (!found.ok) continue;
      const probe = { url: found.url, dir, signal: new AbortController().signal };
      await expect(ytdlp.probe(probe)).rejects.toMatchObject({ code: 'not_found' });
    }
  }
  await rm(dir, { recursive: true, force: true });
  const [first = []] = runs;
  const options = first.slice(0, -1);
  expect(runs.length).toBeGreaterThan(400);
  expect(options.at(-1)).toBe('--');
  for (const argv of runs) {
    expect(argv.slice(0, -1)).toEqual(options);
    expect(argv.at(-1)).toMatch(/^https?:\/\/[^\s\\#]+$/);
  }
});
