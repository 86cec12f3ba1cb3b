/** Prometheus' own checker: from PATH, else out of Debian's package, unpacked and not installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const CACHE = resolve(import.meta.dirname, '../../.cache/prometheus');

/** `why` says in a test's title how it was found, or why it is skipped. */
export function promtool(): { path?: string; why: string } {
  const known = spawnSync('promtool', ['--version'], { stdio: 'ignore' });
  if (known.status === 0) return { path: 'promtool', why: '(from PATH)' };
  const unpacked = join(CACHE, 'usr/bin/promtool');
  if (!existsSync(unpacked)) unpack();
  if (existsSync(unpacked)) return { path: unpacked, why: "(from Debian's package)" };
  return { why: '(skipped: no promtool, and no apt-get that could bring it)' };
}

function unpack(): void {
  mkdirSync(CACHE, { recursive: true });
  const options = { cwd: CACHE, stdio: 'ignore', timeout: 60_000 } as const;
  if (spawnSync('apt-get', ['download', 'prometheus'], options).status !== 0) return;
  const deb = readdirSync(CACHE).find((name) => name.endsWith('.deb'));
  if (!deb) return;
  execFileSync('dpkg-deb', ['-x', deb, '.'], options);
  rmSync(join(CACHE, deb));
}

/** What it said, and the code it ended with: 0 clean, 3 with remarks. */
export function checkMetrics(path: string, input: string): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(path, ['check', 'metrics'], {
    input,
    encoding: 'utf8',
  });
  return { code: status, said: `${stdout}${stderr}` };
}

/** What it said about a file of recording rules. */
export function checkRules(path: string, rules: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'postchi-rules-')), 'rules.yml');
  writeFileSync(file, rules);
  const { stdout, stderr } = spawnSync(path, ['check', 'rules', file], { encoding: 'utf8' });
  rmSync(dirname(file), { recursive: true });
  return `${stdout}${stderr}`;
}
