/**
 * The environment, parsed once. A wrong value stops the start with a line that names the
 * variable, what was expected and what was found; after that the rest of the node trusts types.
 */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { parseAllowList } from '../egress/allow-list.ts';
import { parseUpstream, type Upstream } from '../egress/upstream.ts';
import { NODE_NAME } from './node-name.ts';
import { sizeFor } from './sizing.ts';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** How updates arrive; each way has just the settings it needs. */
export type Updates =
  | { mode: 'polling' }
  | { mode: 'webhook'; secret: string; url?: string | undefined }
  | { mode: 'edge'; secrets: string[] };

export interface Config {
  /** Absent in the sandbox. */
  token?: string | undefined;
  apiRoot: string;
  /** The Bot API server is one's own: larger uploads are allowed. */
  localApi: boolean;
  updates: Updates;
  host: string;
  port: number;
  dataDir: string;
  /** PostgreSQL, shared by several nodes; without it SQLite in the data folder. */
  databaseUrl?: string | undefined;
  /** What the other nodes call this one. */
  nodeName?: string | undefined;
  adminIds: number[];
  downloads: { max: number; auto: boolean };
  workers: number;
  limits: { global: number; user: number };
  engine: 'auto' | 'warm' | 'spawn';
  ytdlpPath?: string | undefined;
  ffmpegPath?: string | undefined;
  egressAllow: string;
  /** The operator's own proxy in front of every download. */
  egressProxy?: Upstream | undefined;
  /** Names resolve to 198.18.0.0/15 here, because a VPN client answers them so. */
  egressFakeIp: boolean;
  maxFileBytes: number;
  jobTimeoutMs: number;
  cleanupIntervalMs: number;
  metricsIntervalMs: number;
  log: { level: LogLevel; format: 'pretty' | 'json' };
}

export const PUBLIC_API = 'https://api.telegram.org';
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
type LogLevel = (typeof LEVELS)[number];

type Env = Record<string, string | undefined>;

export interface Machine {
  cores: number;
  /** Bytes this process may use: the cgroup's limit where there is one. */
  memory: number;
  terminal: boolean;
}

const thisMachine = (): Machine => ({
  cores: availableParallelism(),
  memory: memoryLimit(),
  terminal: process.stdout.isTTY === true,
});

/** Without a cgroup limit Node reports either 0 or a number larger than any memory. */
function memoryLimit(): number {
  const free = process.availableMemory() + process.memoryUsage().rss;
  const limit = process.constrainedMemory();
  return limit > 0 && limit < free ? limit : free;
}

/** @throws ConfigError naming the first wrong variable. */
export function loadConfig(env: Env, machine: Machine = thisMachine()): Config {
  const read = reader(env);
  const size = sizeFor(machine.cores, machine.memory);
  const token = read.text('BOT_TOKEN', TOKEN, 'a token like 123456:ABC… from @BotFather');
  const apiRoot = read.url('TELEGRAM_API_ROOT') ?? PUBLIC_API;
  const localApi = apiRoot !== PUBLIC_API;
  const maxDownloads = read.number('MAX_CONCURRENT_DOWNLOADS', 1, 64);
  return {
    token,
    apiRoot,
    localApi,
    updates: loadUpdates(read),
    host: read.text('HOST', /^\S+$/, 'a host name or address') ?? '127.0.0.1',
    port: read.number('PORT', 0, 65535) ?? 8080,
    dataDir: resolve(env.DATA_DIR || './data'),
    databaseUrl: loadDatabaseUrl(env.DATABASE_URL?.trim()),
    nodeName: read.text('NODE_NAME', NODE_NAME, '1–60 characters of A-Z a-z 0-9 . _ -'),
    adminIds: read.ids('ADMIN_IDS'),
    downloads: { max: maxDownloads ?? size.downloads, auto: maxDownloads === undefined },
    workers: read.number('WORKERS', 1, 256) ?? size.workers,
    limits: {
      global: read.number('RATE_LIMIT_GLOBAL_PER_MIN', 0, 1_000_000) ?? 25,
      user: read.number('RATE_LIMIT_USER_PER_MIN', 0, 1_000_000) ?? 10,
    },
    engine: read.oneOf('ENGINE', ['auto', 'warm', 'spawn']) ?? 'auto',
    ytdlpPath: env.YTDLP_PATH || undefined,
    ffmpegPath: env.FFMPEG_PATH || undefined,
    egressAllow: loadAllowList(env.EGRESS_ALLOW),
    egressProxy: loadUpstream(env.EGRESS_PROXY?.trim()),
    egressFakeIp: read.oneOf('EGRESS_FAKE_IP', ['yes', 'no']) === 'yes',
    maxFileBytes: (read.number('MAX_FILE_MB', 1, 4000) ?? (localApi ? 2000 : 50)) * MB,
    jobTimeoutMs: (read.number('JOB_TIMEOUT_S', 10, 86_400) ?? 900) * 1000,
    cleanupIntervalMs: (read.number('CLEANUP_INTERVAL_MIN', 1, 10_080) ?? 60) * 60_000,
    metricsIntervalMs: (read.number('METRICS_INTERVAL_S', 1, 86_400) ?? 300) * 1000,
    log: {
      level: read.oneOf('LOG_LEVEL', LEVELS) ?? 'info',
      format:
        read.oneOf('LOG_FORMAT', ['pretty', 'json']) ?? (machine.terminal ? 'pretty' : 'json'),
    },
  };
}

/** Every value of the configuration that must not be shown. */
export function secretsOf({ token, updates, egressProxy, databaseUrl }: Config): string[] {
  const own = updates.mode === 'webhook' ? [updates.secret] : [];
  const shared = updates.mode === 'edge' ? updates.secrets : [];
  const password = egressProxy && decodeURIComponent(egressProxy.password);
  const database = databaseUrl ? [databaseUrl, passwordIn(databaseUrl)] : [];
  return [token, password, ...database, ...own, ...shared].filter((text) => text !== undefined);
}

/** Telegram counts its limits in MB of 2^20 bytes. */
export const MB = 1024 * 1024;

const TOKEN = /^\d{3,20}:[A-Za-z0-9_-]{10,64}$/;
/** Telegram's rule for secret_token. */
const WEBHOOK_SECRET = /^[A-Za-z0-9_-]{1,256}$/;

type Reader = ReturnType<typeof reader>;

const WEBHOOK_SECRET_RULE = '1–256 characters of A-Z a-z 0-9 _ -';

/**
 * What `webhook set` registers. In `edge` mode the secret is the edge's, which the node does not
 * need for anything else.
 * @throws ConfigError when either is missing
 */
export function webhookSettings(env: Env): { url: string; secret: string } {
  const read = reader(env);
  const url = read.url('WEBHOOK_URL');
  if (!url) throw wrong('WEBHOOK_URL', 'the public https address of /webhook', undefined);
  const secret = read.text('WEBHOOK_SECRET', WEBHOOK_SECRET, WEBHOOK_SECRET_RULE);
  if (!secret) throw wrong('WEBHOOK_SECRET', WEBHOOK_SECRET_RULE, undefined);
  return { url, secret };
}

function loadUpdates(read: Reader): Updates {
  const mode = read.oneOf('UPDATES', ['polling', 'webhook', 'edge']) ?? 'polling';
  if (mode === 'webhook') {
    const expected = `${WEBHOOK_SECRET_RULE} (required with UPDATES=webhook)`;
    const secret = read.text('WEBHOOK_SECRET', WEBHOOK_SECRET, expected);
    if (!secret) throw wrong('WEBHOOK_SECRET', expected, undefined);
    return { mode, secret, url: read.url('WEBHOOK_URL') };
  }
  if (mode === 'edge') return { mode, secrets: read.secrets('NODE_SECRET') };
  return { mode };
}

/** Checked here, so that a wrong entry stops the start like every other wrong value. */
function loadAllowList(text = ''): string {
  try {
    parseAllowList(text);
    return text;
  } catch {
    throw wrong('EGRESS_ALLOW', 'host:port or [IPv6]:port, separated by commas', text);
  }
}

/** The address may hold a password, so a wrong one is never shown. */
function loadUpstream(text: string | undefined): Upstream | undefined {
  if (!text) return undefined;
  try {
    return parseUpstream(text);
  } catch {
    throw wrong('EGRESS_PROXY', 'http://host:port, with user:password@ if needed', text);
  }
}

const DATABASE = 'postgres://user:password@host:port/database';

/** The address holds a password, so a wrong one is never shown. */
function loadDatabaseUrl(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const postgres = url && ['postgres:', 'postgresql:'].includes(url.protocol);
  if (!postgres || url.pathname.length < 2) throw wrong('DATABASE_URL', DATABASE, text);
  return text;
}

/** As the driver reads it. */
function passwordIn(databaseUrl: string): string | undefined {
  const { password, searchParams } = new URL(databaseUrl);
  return decodeURIComponent(password) || searchParams.get('password') || undefined;
}

/** Secrets are never shown: only their length is. */
function wrong(name: string, expected: string, found: string | undefined): ConfigError {
  const secret = /SECRET|TOKEN|PROXY|DATABASE/.test(name);
  const shown = secret && found ? `${found.length} characters` : JSON.stringify(found);
  return new ConfigError(`${name}: expected ${expected}, found ${found ? shown : 'nothing'}`);
}

function reader(env: Env) {
  /** An empty variable counts as unset: compose files write `NAME=` for "nothing". */
  const raw = (name: string) => env[name]?.trim() || undefined;
  const parse = <T>(name: string, schema: v.GenericSchema<unknown, T>, expected: string) => {
    const found = raw(name);
    if (found === undefined) return undefined;
    const result = v.safeParse(schema, found);
    if (!result.success) throw wrong(name, expected, found);
    return result.output;
  };
  return {
    text: (name: string, pattern: RegExp, expected: string) =>
      parse(name, v.pipe(v.string(), v.regex(pattern)), expected),
    number: (name: string, min: number, max: number) =>
      parse(
        name,
        v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number), v.minValue(min), v.maxValue(max)),
        `a whole number from ${min} to ${max}`,
      ),
    oneOf: <const T extends readonly string[]>(name: string, options: T) =>
      parse(name, v.picklist(options), `one of ${options.join(', ')}`) as T[number] | undefined,
    url: (name: string) =>
      parse(
        name,
        v.pipe(v.string(), v.regex(/^https?:\/\/[^\s/]+/), v.url(), v.transform(withoutSlash)),
        'an http or https address',
      ),
    ids: (name: string) =>
      parse(
        name,
        v.pipe(v.string(), v.regex(/^\d{1,16}(\s*,\s*\d{1,16})*,?$/), v.transform(splitNumbers)),
        'Telegram user ids separated by commas',
      ) ?? [],
    secrets(name: string) {
      const expected = 'at least 32 characters, or two such secrets with a comma while they rotate';
      const found = raw(name);
      const list = (found ?? '').split(',').filter(Boolean);
      const good = list.length >= 1 && list.length <= 2 && list.every((s) => s.length >= 32);
      if (!good) throw wrong(name, `${expected} (required with UPDATES=edge)`, found);
      return list;
    },
  };
}

const withoutSlash = (url: string) => url.replace(/\/+$/, '');
const splitNumbers = (text: string) => text.split(',').filter(Boolean).map(Number);
