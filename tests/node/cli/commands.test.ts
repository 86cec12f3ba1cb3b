import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backup, restore } from '../../../node/cli/backup.ts';
import { dnsCheck, egressCheck } from '../../../node/cli/check-network.ts';
import { clockCheck } from '../../../node/cli/check-telegram.ts';
import { cleanup } from '../../../node/cli/cleanup.ts';
import { doctor } from '../../../node/cli/doctor.ts';
import { smoke } from '../../../node/cli/smoke.ts';
import { status, whoListens } from '../../../node/cli/status.ts';
import { webhook } from '../../../node/cli/webhook.ts';
import { lockDataDir, openDatabase } from '../../../node/store/open.ts';
import { createStore } from '../../../node/store/store.ts';
import { freePort } from '../../support/bot.ts';
import { type RunningBotApi, startBotApi } from '../../support/bot-api.ts';
import { type Origin, startOrigin } from '../../support/media-origin.ts';
import { downloadRequest, MIGRATIONS } from '../../support/store.ts';
import { run } from '../../support/terminal.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'postchi-cli-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const env = (more: Record<string, string> = {}) => ({
  ...{ DATA_DIR: dir, PORT: '1', LOG_LEVEL: 'fatal' },
  ...{ YTDLP_PATH: process.env.YTDLP_PATH ?? '', FFMPEG_PATH: process.env.FFMPEG_PATH ?? '' },
  ...more,
});

describe('doctor', () => {
  it('has a line for everything, one verdict and code 0 where the bot would run', async () => {
    const { code, out } = await run(doctor, [], env());
    for (const name of [
      'versions',
      'native',
      'configuration',
      'data',
      'disk',
      'memory',
      'database',
      'ytdlp',
      'ffmpeg',
      'gallery',
      'js',
      'engine',
      'cookies',
      'egress',
      'dns',
      'telegram',
    ])
      expect(out).toMatch(new RegExp(`^(✅|⚠️) ${name}`, 'm'));
    expect(out).not.toContain('❌');
    expect(code).toBe(0);
    expect(readdirSync(dir).filter((name) => name.endsWith('.db'))).toEqual([]);
  });

  it('names the wrong variable, what to do, and ends with 1', async () => {
    const { code, out } = await run(doctor, [], env({ WORKERS: 'many' }));
    expect(code).toBe(1);
    expect(out).toMatch(/^❌ configuration {2}WORKERS: expected a whole number/m);
    expect(out).toMatch(/^Next step: correct this variable/m);
  });

  it('finds a data folder that cannot be one, and a yt-dlp that is not there', async () => {
    writeFileSync(join(dir, 'file'), '');
    const wrong = { DATA_DIR: join(dir, 'file'), YTDLP_PATH: '/nowhere/yt-dlp' };
    const { code, out } = await run(doctor, [], env(wrong));
    expect(code).toBe(1);
    expect(out).toMatch(/^❌ data {11}.*\/file cannot be written: file already exists$/m);
    expect(out).toMatch(/^❌ ytdlp {10}.*\/nowhere\/yt-dlp is not an executable file/m);
    expect(out).toMatch(/^Next step: set DATA_DIR/m);
  });

  it('says how old a yt-dlp is that is too old, and where it stands', async () => {
    const old = join(dir, 'old');
    writeFileSync(old, '#!/bin/sh\necho 2025.01.01\n', { mode: 0o755 });
    const { out } = await run(doctor, [], env({ YTDLP_PATH: old }));
    expect(out).toMatch(/^❌ ytdlp .*\/old is 2025\.01\.01.*is needed$/m);
    expect(out).toMatch(/^Next step: put a newer one at YTDLP_PATH/m);
  });

  it('asks Telegram about the token and shows no part of it', async () => {
    const telegram = await startBotApi();
    const api = { TELEGRAM_API_ROOT: telegram.root };
    const good = await run(doctor, [], env({ ...api, BOT_TOKEN: telegram.token }));
    const bad = await run(doctor, [], env({ ...api, BOT_TOKEN: '1234:AAAAAAAAAAAAAAAAAAAA' }));
    await telegram.stop();
    expect(good.out).toMatch(/^✅ telegram {7}@/m);
    expect(good.out).toMatch(/^✅ webhook {8}not used/m);
    expect(bad.out).toMatch(/^❌ telegram/m);
    expect(good.out + bad.out).not.toMatch(/AAAAAA|TEST-token/);
  }, 60_000);

  it('tells a clock that is wrong, and by how much', async () => {
    const telegram = await startBotApi();
    const at = (offMs: number) => clockCheck(telegram.root, () => Date.now() + offMs);
    expect(await at(0)).toMatchObject([{ name: 'clock', state: 'ok' }]);
    expect(await at(-600_000)).toMatchObject([
      { state: 'warn', detail: expect.stringMatching(/^(9|10) min behind Telegram's$/) },
    ]);
    await telegram.stop();
    expect(await at(0)).toEqual([]);
  });

  it('proves that the way out refuses what is private', async () => {
    const log = { warn: () => {}, debug: () => {} } as never;
    expect(await egressCheck(log)).toMatchObject({
      state: 'ok',
      detail: 'private addresses are refused',
    });
    const lost = async () => Promise.reject(new Error('ENOTFOUND'));
    expect(await dnsCheck(['a.example'], lost)).toMatchObject({
      state: 'warn',
      detail: 'not found: a.example',
    });
  });
});

describe('smoke', () => {
  let site: Origin;
  beforeAll(async () => {
    site = await startOrigin();
  });
  afterAll(() => site.close());

  it('fetches without sending, with the time of each stage, and fails with the reason', async () => {
    const urls = [`${site.url}/clip.mp4`, `${site.url}/not-there.mp4`];
    const { code, out } = await run(smoke, urls, env({ EGRESS_ALLOW: site.host }));
    expect(out).toMatch(
      /✅ \S+clip\.mp4\n {3}video [\d.]+ .B\n {3}extract [\d.]+ s · download [\d.]+ s · convert/,
    );
    expect(out).toMatch(/❌ \S+not-there\.mp4\n {3}not_found: .+\n {3}extract/);
    expect(out).toMatch(/1 of 2 failed\.$/);
    expect(code).toBe(1);
  });

  it('may not reach what is private', async () => {
    const { code, out } = await run(smoke, [`${site.url}/clip.mp4`], env());
    expect(out).toContain('private_address');
    expect(code).toBe(1);
  });

  it('wants a link', async () => {
    expect((await run(smoke, [], env())).code).toBe(2);
  });
});

describe('the data folder by hand', () => {
  const open = (dataDir = dir) => openDatabase({ dataDir, migrationsDir: MIGRATIONS });

  it('is copied and restored onto an empty folder', async () => {
    const opened = open();
    await createStore(opened.db).updates.accept(downloadRequest(77));
    const made = await run(backup, [], env());
    opened.close();
    const file = made.out.split(' (')[0] ?? '';
    const empty = join(dir, 'new');
    expect(await run(restore, [file], env({ DATA_DIR: empty }))).toMatchObject({ code: 0 });
    const again = open(empty);
    expect(await createStore(again.db).updates.countPending()).toBe(1);
    again.close();
  });

  it('is not restored under a running node, nor from nothing', async () => {
    open().close();
    const made = await run(backup, [], env());
    const file = made.out.split(' (')[0] ?? '';
    const unlock = lockDataDir(dir);
    const { code, err } = await run(restore, [file], env());
    unlock();
    expect([code, err]).toEqual([1, expect.stringContaining('stop it first')]);
    expect((await run(restore, ['/nowhere.db'], env())).err).toContain('does not exist');
    expect((await run(restore, [], env())).code).toBe(2);
  });

  it('is cleaned, or shown what would go', async () => {
    open().close();
    mkdirSync(join(dir, 'jobs', '5-1'), { recursive: true });
    writeFileSync(join(dir, 'jobs', '5-1', 'clip.mp4'), 'x'.repeat(2048));
    const planned = await run(cleanup, ['--dry-run'], env());
    expect(planned.out).toBe('would remove 1 × job folders nobody holds, 2.0 KB');
    expect((await run(cleanup, [], env())).out).toMatch(/^removed 1 ×/);
    expect((await run(cleanup, [], env())).out).toBe('Nothing to clean up.');
    expect((await run(cleanup, ['--all'], env())).code).toBe(2);
  });

  it.each([
    ['backup', backup],
    ['cleanup', cleanup],
  ])('%s makes no database where there is none', async (_name, command) => {
    const { code, err } = await run(command, [], env());
    expect([code, err]).toEqual([1, expect.stringContaining('holds no database')]);
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('status', () => {
  it('says that nothing runs, with code 1', async () => {
    const port = String(await freePort());
    const { code, err } = await run(status, [], env({ PORT: port }));
    expect([code, err]).toEqual([1, `Not running: nothing answers on 127.0.0.1:${port}.`]);
    expect(await whoListens({ host: '::', port: Number(port) })).toEqual({ is: 'nobody' });
  });

  it('tells a node from another program on its port, as doctor does', async () => {
    const other = await startOrigin();
    const PORT = new URL(other.url).port;
    const { code, err } = await run(status, [], env({ PORT }));
    expect([code, err]).toEqual([1, expect.stringContaining(`something else listens`)]);
    const { out } = await run(doctor, [], env({ PORT }));
    expect(out).toMatch(/^❌ services {7}another program listens on 127\.0\.0\.1:\d+/m);
    expect(out).toMatch(/^Next step: end that program, or set PORT/m);
    await other.close();
  });
});

describe('webhook', () => {
  let telegram: RunningBotApi;
  beforeAll(async () => {
    telegram = await startBotApi();
  });
  afterAll(() => telegram.stop());
  const api = () => ({ BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.root });

  it('is set, shown and deleted at Telegram', async () => {
    const hook = {
      WEBHOOK_URL: 'https://bot.example/webhook',
      WEBHOOK_SECRET: 'secret-of-the-test',
    };
    const set = await run(webhook, ['set'], env({ ...api(), ...hook }));
    expect(set).toMatchObject({ code: 0, out: expect.stringContaining(hook.WEBHOOK_URL) });
    expect((await run(webhook, ['info'], env(api()))).out).toContain(
      `address   ${hook.WEBHOOK_URL}`,
    );
    await run(webhook, ['delete'], env(api()));
    expect((await run(webhook, ['info'], env(api()))).out).toContain('address   none');
  });

  it('names what is missing', async () => {
    await expect(run(webhook, ['set'], env(api()))).rejects.toThrow('WEBHOOK_URL: expected');
    await expect(run(webhook, ['info'], env())).rejects.toThrow('BOT_TOKEN: expected');
    expect((await run(webhook, ['dance'], env(api()))).code).toBe(2);
  });
});
