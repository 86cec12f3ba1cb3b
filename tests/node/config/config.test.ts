import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, secretsOf } from '../../../node/config/config.ts';
import { nodeNameOf } from '../../../node/config/node-name.ts';
import { sizeFor } from '../../../node/config/sizing.ts';

const GB = 1024 ** 3;
const machine = { cores: 2, memory: 2 * GB, terminal: false };
const load = (env: Record<string, string> = {}) => loadConfig(env, machine);
const TOKEN = '123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr';
const SECRET = 's'.repeat(32);

describe('sizing', () => {
  it.each([
    [2, 2, 8, 16],
    [4, 4, 16, 32],
    [8, 8, 32, 64],
    [1, 1, 8, 16],
    [64, 256, 32, 64],
    [8, 2, 8, 16],
  ])('%i cores and %i GB run %i downloads and %i workers', (cores, gb, downloads, workers) => {
    expect(sizeFor(cores, gb * GB)).toEqual({ downloads, workers });
    expect(sizeFor(cores, gb * GB * 0.94)).toEqual({ downloads, workers });
  });
});

describe('configuration', () => {
  it('has the defaults of the contract', () => {
    expect(load()).toMatchObject({
      token: undefined,
      apiRoot: 'https://api.telegram.org',
      updates: { mode: 'polling' },
      host: '127.0.0.1',
      port: 8080,
      adminIds: [],
      downloads: { max: 8, auto: true },
      workers: 16,
      limits: { global: 25, user: 10 },
      engine: 'auto',
      maxFileBytes: 50 * 1024 * 1024,
      jobTimeoutMs: 900_000,
      cleanupIntervalMs: 3_600_000,
      metricsIntervalMs: 300_000,
      log: { level: 'info', format: 'json' },
    });
  });

  it('allows 2000 MB with a Bot API server of one’s own', () => {
    const config = load({ BOT_TOKEN: TOKEN, TELEGRAM_API_ROOT: 'http://127.0.0.1:8081/' });
    expect(config).toMatchObject({ apiRoot: 'http://127.0.0.1:8081', localApi: true });
    expect(config.maxFileBytes).toBe(2000 * 1024 * 1024);
  });

  it('takes an empty variable for an unset one', () => {
    expect(load({ BOT_TOKEN: '', PORT: ' ', ADMIN_IDS: '' })).toMatchObject({ port: 8080 });
  });

  it('reads webhook and edge modes with just their settings', () => {
    const webhook = load({
      UPDATES: 'webhook',
      WEBHOOK_SECRET: 'abc',
      WEBHOOK_URL: 'https://b.example/webhook',
    });
    expect(webhook.updates).toEqual({
      mode: 'webhook',
      secret: 'abc',
      url: 'https://b.example/webhook',
    });
    const edge = load({ UPDATES: 'edge', NODE_SECRET: `${SECRET},${'t'.repeat(40)}` });
    expect(edge.updates).toEqual({ mode: 'edge', secrets: [SECRET, 't'.repeat(40)] });
  });

  it.each([
    ['BOT_TOKEN', { BOT_TOKEN: 'nonsense' }],
    ['TELEGRAM_API_ROOT', { TELEGRAM_API_ROOT: 'api.telegram.org' }],
    ['UPDATES', { UPDATES: 'push' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://bot:very-secret@db/postchi' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://bot:very-secret@db' }],
    ['DATABASE_URL', { DATABASE_URL: 'very-secret' }],
    ['NODE_NAME', { NODE_NAME: 'has spaces' }],
    ['WEBHOOK_SECRET', { UPDATES: 'webhook' }],
    ['WEBHOOK_SECRET', { UPDATES: 'webhook', WEBHOOK_SECRET: 'has spaces' }],
    ['WEBHOOK_URL', { UPDATES: 'webhook', WEBHOOK_SECRET: 'abc', WEBHOOK_URL: 'ftp://x' }],
    ['NODE_SECRET', { UPDATES: 'edge' }],
    ['NODE_SECRET', { UPDATES: 'edge', NODE_SECRET: 'short' }],
    ['NODE_SECRET', { UPDATES: 'edge', NODE_SECRET: `${SECRET},short` }],
    ['PORT', { PORT: '70000' }],
    ['PORT', { PORT: 'http' }],
    ['ADMIN_IDS', { ADMIN_IDS: '1, me' }],
    ['MAX_CONCURRENT_DOWNLOADS', { MAX_CONCURRENT_DOWNLOADS: '0' }],
    ['WORKERS', { WORKERS: '-1' }],
    ['RATE_LIMIT_USER_PER_MIN', { RATE_LIMIT_USER_PER_MIN: '1.5' }],
    ['ENGINE', { ENGINE: 'hot' }],
    ['MAX_FILE_MB', { MAX_FILE_MB: '50MB' }],
    ['JOB_TIMEOUT_S', { JOB_TIMEOUT_S: '1' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
    ['EGRESS_ALLOW', { EGRESS_ALLOW: 'not a host and port' }],
    ['EGRESS_PROXY', { EGRESS_PROXY: 'socks5://10.0.0.1:1080' }],
    ['EGRESS_FAKE_IP', { EGRESS_FAKE_IP: 'maybe' }],
  ])('names %s, what was expected and what was found', (name, env) => {
    const message = messageOf(() => load(env as unknown as Record<string, string>));
    expect(message).toMatch(new RegExp(`^${name}: expected .+, found .+$`));
    expect(message).not.toContain('\n');
  });

  it('lets downloads go through an operator’s proxy, and opens the fake-IP range', () => {
    expect(load()).toMatchObject({ egressProxy: undefined, egressFakeIp: false });
    const config = load({ EGRESS_PROXY: 'http://me:pw@10.0.0.1:3128', EGRESS_FAKE_IP: 'yes' });
    expect(config.egressProxy?.host).toBe('10.0.0.1:3128');
    expect(config.egressFakeIp).toBe(true);
  });

  it('never shows a secret', () => {
    const message = messageOf(() => load({ UPDATES: 'edge', NODE_SECRET: 'hunter2' }));
    expect(message).not.toContain('hunter2');
    expect(messageOf(() => load({ BOT_TOKEN: 'hunter2' }))).not.toContain('hunter2');
    const proxy = { EGRESS_PROXY: 'https://me:hunter2@10.0.0.1' };
    expect(messageOf(() => load(proxy))).not.toContain('hunter2');
    const database = { DATABASE_URL: 'mysql://me:hunter2@10.0.0.1/postchi' };
    expect(messageOf(() => load(database))).not.toContain('hunter2');
  });

  it('keeps the password of the database out of every log', () => {
    const secrets = (url: string) => secretsOf(load({ DATABASE_URL: url }));
    const written = 'postgres://me:hunter%202@10.0.0.1/postchi';
    expect(secrets(written)).toEqual([written, 'hunter 2']);
    expect(secrets('postgresql:///postchi?host=/run/db&password=hunter2')).toContain('hunter2');
    expect(secrets('postgres://me@10.0.0.1/postchi')).toHaveLength(1);
  });
});

describe('the name of a node', () => {
  it('is the one that was given, else one that stays with its data folder', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'postchi-name-'));
    expect(nodeNameOf({ dataDir, nodeName: 'node-1' })).toBe('node-1');
    expect(readdirSync(dataDir)).toEqual([]);
    const made = nodeNameOf({ dataDir });
    expect(made).toMatch(/^[A-Za-z0-9.-]+-[a-z]{4}$/);
    expect(nodeNameOf({ dataDir })).toBe(made);
    const other = join(dataDir, 'other');
    expect(nodeNameOf({ dataDir: other })).not.toBe(made);
    rmSync(dataDir, { recursive: true });
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}
