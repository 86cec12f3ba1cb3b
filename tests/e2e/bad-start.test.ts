import { once } from 'node:events';
import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Bot, launchBot, startBot } from '../support/bot.ts';
import { type RunningBotApi, startBotApi } from '../support/bot-api.ts';
import { type Origin, startOrigin } from '../support/media-origin.ts';

let telegram: RunningBotApi;
let site: Origin;
const bots: Bot[] = [];

const env = (extra: Record<string, string> = {}) => ({
  BOT_TOKEN: telegram.token,
  TELEGRAM_API_ROOT: telegram.root,
  MAX_FILE_MB: '50',
  EGRESS_ALLOW: site.host,
  ...extra,
});

/** Starts a bot that is expected to give up; everything it said, and how it ended. */
async function refused(extra: Record<string, string>, dataDir?: string) {
  const bot = await launchBot({ env: env(extra), ...(dataDir && { dataDir }) });
  bots.push(bot);
  const code = await bot.exited;
  return { code, said: bot.log.map(({ msg }) => String(msg)), log: bot.log };
}

async function started(dataDir?: string, extra: Record<string, string> = {}) {
  const bot = await startBot({ env: env(extra), ...(dataDir && { dataDir }) });
  bots.push(bot);
  return bot;
}

const EMMA = 1001;
const ask = (path: string) => telegram.api.say(EMMA, EMMA, `${site.url}${path}`).message_id;
const delivery = (asked: number) =>
  telegram.api.waitFor(
    () =>
      telegram.api
        .visible(EMMA)
        .find(({ bot, replyTo, kind }) => bot && replyTo === asked && kind !== 'text'),
    90_000,
  );

beforeAll(async () => {
  telegram = await startBotApi();
  site = await startOrigin();
});
afterEach(async () => {
  for (const bot of bots.splice(0)) await bot.dispose();
});
afterAll(async () => {
  await site?.close();
  await telegram?.stop();
});

describe('a start that cannot succeed', () => {
  it.each([
    ['PORT', 'eighty', /^PORT: expected a whole number from 0 to 65535, found "eighty"$/],
    ['UPDATES', 'pull', /^UPDATES: expected one of polling, webhook, edge, found "pull"$/],
    ['MAX_FILE_MB', '0', /^MAX_FILE_MB: expected a whole number/],
    ['EGRESS_ALLOW', 'localhost', /^EGRESS_ALLOW: expected host:port/],
    ['BOT_TOKEN', 'secret-thing', /^BOT_TOKEN: expected a token.+, found 12 characters$/],
  ])(
    'names %s in one line when its value is wrong, and exits with 2',
    async (name, value, line) => {
      const { code, said } = await refused({ [name]: value });
      expect(code).toBe(2);
      expect(said).toEqual([expect.stringMatching(line)]);
    },
  );

  it.each(['webhook', 'edge'])('asks for the secret that UPDATES=%s needs', async (mode) => {
    const { code, said } = await refused({ UPDATES: mode });
    expect(code).toBe(2);
    expect(said).toEqual([expect.stringMatching(/_SECRET: expected .+ found nothing$/)]);
  });

  it('says what to install when there is no yt-dlp', async () => {
    const { code, said } = await refused({ YTDLP_PATH: '/nowhere/yt-dlp' });
    expect(code).toBe(1);
    expect(said).toContain('yt-dlp from YTDLP_PATH: /nowhere/yt-dlp is not an executable file');
    expect(said.at(-1)).toMatch(/^No usable yt-dlp .+ Install one, e\.g\. /);
  });

  it('says what to install when there is no ffmpeg', async () => {
    const { code, said } = await refused({ FFMPEG_PATH: '/nowhere/ffmpeg' });
    expect(code).toBe(1);
    expect(said).toContainEqual(expect.stringMatching(/^No usable ffmpeg.+ Install it/));
  });

  it('says that Telegram does not know the token, without showing it', async () => {
    const token = '999999:not-the-token-of-any-bot';
    const { code, said, log } = await refused({ BOT_TOKEN: token });
    expect(code).toBe(2);
    expect(said.at(-1)).toMatch(/^BOT_TOKEN: Telegram does not know this token/);
    expect(JSON.stringify(log)).not.toContain('not-the-token');
  });

  it('names a data folder that cannot be one', async () => {
    const { code, said } = await refused({ DATA_DIR: join(process.execPath, 'data') });
    expect(code).toBe(1);
    expect(said.at(-1)).toMatch(/^DATA_DIR: cannot be written \(ENOTDIR/);
  });

  it('says that another program has the port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { code, said } = await refused({ PORT: String(port) });
    other.close();
    expect(code).toBe(1);
    expect(said.at(-1)).toMatch(/^PORT: the port is in use by another program/);
  });

  it('leaves the data folder to the bot that has it', async () => {
    const first = await started();
    const { code, said } = await refused({}, first.dataDir);
    expect(code).toBe(1);
    expect(said.at(-1)).toMatch(/is in use by another Postchi$/);
    const asked = ask('/small.mp4');
    expect((await delivery(asked)).kind).toBe('video');
  });
});

describe('a database with flipped pages', () => {
  it('is moved aside, said so, and the bot works on from the last backup', async () => {
    const first = await started();
    await delivery(ask('/small.mp4'));
    await first.stop();
    const { dataDir } = first;
    const file = join(dataDir, 'postchi.db');
    mkdirSync(join(dataDir, 'backups'), { recursive: true });
    copyFileSync(file, join(dataDir, 'backups', '2026-01-01T00-00-00.db'));
    const pages = openSync(file, 'r+');
    for (const page of [2, 3, 5]) writeSync(pages, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
    closeSync(pages);
    const bot = await started(dataDir);
    expect(bot.log).toContainEqual(
      expect.objectContaining({ msg: 'the database was damaged', from: 'backup' }),
    );
    expect(readdirSync(dataDir)).toContainEqual(
      expect.stringMatching(/^postchi\.db\.damaged-\d+$/),
    );
    const asked = site.count('/small.mp4');
    expect((await delivery(ask('/small.mp4'))).kind).toBe('video');
    // What Telegram holds already was in the backup.
    expect(site.count('/small.mp4')).toBe(asked);
  });
});
