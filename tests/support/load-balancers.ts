/** HAProxy and nginx: those of the machine, else Debian's packages, unpacked and not installed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const CACHE = resolve(import.meta.dirname, '../../.cache/load-balancers');
const NAMES = ['haproxy', 'nginx'] as const;
export type Balancer = (typeof NAMES)[number];

interface Program {
  bin: string;
  env: NodeJS.ProcessEnv;
}

/** The program, or undefined where there is neither it nor an apt that could bring it. */
export function balancer(name: Balancer): Program | undefined {
  const known = ['/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin']
    .map((dir) => join(dir, name))
    .find((bin) => existsSync(bin));
  if (known) return { bin: known, env: process.env };
  const bin = join(CACHE, 'root/usr/sbin', name);
  if (!existsSync(bin)) unpack();
  if (!existsSync(bin)) return undefined;
  return { bin, env: { ...process.env, LD_LIBRARY_PATH: libraries().join(':') } };
}

/** Libraries that came along because the machine has none of them. */
const libraries = () =>
  ['lib', 'usr/lib']
    .map((dir) => join(CACHE, 'root', dir))
    .flatMap((dir) => (existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : []))
    .filter((dir) => dir.endsWith('-linux-gnu'));

/** apt finds out which packages are missing; only its download is used. */
function unpack(): void {
  const archives = join(CACHE, 'archives');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  const apt = (lists: string[], ...args: string[]) => {
    const own = [`Dir::Cache::archives=${archives}/`, 'Debug::NoLocking=1', ...lists];
    // As root apt would download as `_apt`, who cannot write into the folder.
    const options = ['APT::Sandbox::User=root', ...own].flatMap((option) => ['-o', option]);
    const quiet = { stdio: 'ignore', timeout: 120_000 } as const;
    return spawnSync('apt-get', [...options, '-qq', '-y', ...args], quiet).status === 0;
  };
  const fetched = (lists: string[]) =>
    apt(lists, 'install', '--no-install-recommends', '--download-only', ...NAMES);
  // A machine that was never updated has no lists: then with lists of its own.
  const own = join(CACHE, 'lists');
  if (!fetched([])) {
    mkdirSync(join(own, 'partial'), { recursive: true });
    const lists = [`Dir::State::lists=${own}`, 'Acquire::Languages=none'];
    if (!apt(lists, 'update') || !fetched(lists)) return;
  }
  for (const deb of readdirSync(archives).filter((name) => name.endsWith('.deb')))
    spawnSync('dpkg-deb', ['-x', join(archives, deb), join(CACHE, 'root')]);
  rmSync(archives, { recursive: true, force: true });
  rmSync(own, { recursive: true, force: true });
}

/** What surrounds a file of `deploy/` when it is not run by the system's own service. */
const WRAPPED: Record<Balancer, (config: string, dir: string) => string> = {
  haproxy: (config) => config,
  nginx: (config, dir) =>
    [
      ...['daemon off;', `pid ${dir}/pid;`, 'worker_processes 1;', 'events {}', 'http {'],
      ...['access_log off;', ...TEMPORARY.map((name) => `${name}_temp_path ${dir}/${name};`)],
      ...[config, '}'],
    ].join('\n'),
};
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

const ARGS: Record<Balancer, { check: string[]; run: (file: string, dir: string) => string[] }> = {
  haproxy: { check: ['-c'], run: (file) => ['-f', file] },
  nginx: { check: ['-t'], run: (file, dir) => ['-p', dir, '-e', 'stderr', '-c', file] },
};

const FILES = { haproxy: 'deploy/haproxy.cfg', nginx: 'deploy/nginx.conf' } as const;

/** The very file of `deploy/` but for the addresses, which an operator sets too. */
export function configOf(name: Balancer, port: number, nodes: readonly string[]): string {
  const text = readFileSync(resolve(import.meta.dirname, '../..', FILES[name]), 'utf8')
    .replace(/^ +bind :8080$/m, `    bind 127.0.0.1:${port}`)
    .replace(/^ +listen 8080;$/m, `    listen 127.0.0.1:${port};`);
  return nodes.reduce((all, node, i) => all.replace(`10.0.0.1${i + 1}:8080`, node), text);
}

export interface RunningBalancer {
  /** What the program's own check of the file said, and whether it was content. */
  checked: { ok: boolean; said: string };
  said: string[];
  stop(): Promise<void>;
}

/** Checks the configuration and runs it; resolves at once, when it listens is for the caller. */
export function runBalancer(name: Balancer, config: string, program: Program): RunningBalancer {
  const dir = mkdtempSync(join(tmpdir(), `postchi-${name}-`));
  const file = join(dir, 'balancer.conf');
  writeFileSync(file, WRAPPED[name](config, dir));
  const { env, bin } = program;
  const args = ARGS[name].run(file, dir);
  const check = spawnSync(bin, [...ARGS[name].check, ...args], { env, encoding: 'utf8' });
  const child = spawn(bin, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => said.push(String(chunk)));
  const exited = once(child, 'close');
  return {
    checked: { ok: check.status === 0, said: `${check.stdout}${check.stderr}` },
    said,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
