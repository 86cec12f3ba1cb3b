/**
 * A real PostgreSQL for the tests: Debian's, run from a folder of its own on loopback, one server
 * for the whole run and an empty database for each test file.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import pg from 'pg';

const ROOT = '/usr/lib/postgresql';

/** The folder of the newest server's programs, installed from Debian when there is none. */
function postgresBin(): string {
  const found = newest();
  if (found) return found;
  install();
  const installed = newest();
  if (!installed) throw new Error(MISSING);
  return installed;
}

const MISSING =
  'these tests need a PostgreSQL server: run `apt-get install postgresql` as root, or put the ' +
  'folder of its `initdb` and `postgres` on PATH; it need not run';

/** Debian keeps the programs off PATH, one folder for each version. */
function newest(): string | undefined {
  const versions = existsSync(ROOT) ? readdirSync(ROOT) : [];
  const debian = versions.sort((a, b) => Number(b) - Number(a)).map((v) => join(ROOT, v, 'bin'));
  const path = (process.env.PATH ?? '').split(delimiter);
  const whole = (bin: string) =>
    ['initdb', 'postgres'].every((name) => existsSync(join(bin, name)));
  return [...debian, ...path].filter(Boolean).find(whole);
}

function install(): void {
  if (process.getuid?.() !== 0) return;
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const apt = (...args: string[]) => spawnSync('apt-get', ['-qq', ...args], options);
  const get = () => apt('install', '-y', '--no-install-recommends', 'postgresql').status === 0;
  // The lists of packages are mostly there already, and fetching them takes longest.
  if (get()) return;
  apt('update');
  get();
}

export interface LeftServer {
  url: string;
  pid: number;
  dir: string;
}

export interface Server {
  /** `postgres://…` of the server's own database. */
  url: string;
  /** Of the server that runs now. */
  pid(): number;
  /** Kills it as a crash would; `start` brings it back with its data. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Lets it run on behind the end of this process; somebody else ends it by what is answered. */
  leave(): LeftServer;
}

/** PostgreSQL refuses to run as root: then it runs as the user its package made. */
function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}

export async function startPostgres(settings: Record<string, string> = {}): Promise<Server> {
  const bin = postgresBin();
  const as = owner();
  const dir = mkdtempSync(join(tmpdir(), 'postchi-pg-'));
  if (as.uid !== undefined && as.gid !== undefined) chownSync(dir, as.uid, as.gid);
  const data = join(dir, 'data');
  const flags = ['-D', data, '-U', 'postchi', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  execFileSync(join(bin, 'initdb'), [...flags, '--locale=C.UTF-8'], { ...as, stdio: 'ignore' });
  const port = await freePort();
  const all = { port: String(port), listen_addresses: '127.0.0.1', ...DEFAULTS, ...settings };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const run = () =>
    spawn(join(bin, 'postgres'), ['-D', data, '-k', dir, ...args], { ...as, stdio: 'ignore' });
  const url = `postgres://postchi@127.0.0.1:${port}/postgres`;
  let child = run();
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  await answering(url);
  return {
    url,
    pid: () => child.pid ?? 0,
    crash: () => end('SIGQUIT'),
    async start() {
      child = run();
      await answering(url);
    },
    async stop() {
      await end('SIGINT');
      rmSync(dir, { recursive: true, force: true });
    },
    leave() {
      child.unref();
      return { url, pid: child.pid ?? 0, dir };
    },
  };
}

/**
 * Small, because the machine that runs the tests runs much else; without fsync a crash of the
 * server still loses nothing, only one of the machine would.
 */
const DEFAULTS = { max_connections: '200', shared_buffers: '64MB', jit: 'off', fsync: 'off' };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** There is no event for "accepts connections": it is asked until it says yes. */
async function answering(url: string): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

let serial = 0;

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A database of its own on the server: an empty one, or a copy of `template`. */
export async function emptyDatabase(server: string, template?: string): Promise<TestDatabase> {
  const name = `test_${process.pid}_${++serial}`;
  await asked(server, `CREATE DATABASE ${name}${template ? ` TEMPLATE ${template}` : ''}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const drop = () => asked(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  return { url: url.href, drop };
}

export async function asked(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
