import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setup } from '../../../node/cli/setup.ts';
import { readEnvFile } from '../../../node/cli/setup-env.ts';
import { SetupFailed } from '../../../node/cli/setup-failed.ts';
import { questions } from '../../../node/cli/setup-questions.ts';
import { loadConfig } from '../../../node/config/config.ts';
import { type RunningBotApi, startBotApi } from '../../support/bot-api.ts';
import { run } from '../../support/terminal.ts';

describe('setup without anybody to ask', () => {
  let telegram: RunningBotApi;
  let dir: string;
  beforeAll(async () => {
    telegram = await startBotApi();
  });
  afterAll(() => telegram.stop());
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'postchi-setup-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const file = () => join(dir, 'postchi.env');
  const go = (env: Record<string, string>) =>
    run(setup, ['--yes', '--dir', dir], {
      ...{ BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.root },
      ...env,
    });

  it('writes settings that the start accepts and nobody else can read', async () => {
    const { code, out } = await go({ ADMIN_IDS: '42, 43' });
    expect(code).toBe(0);
    expect(out).toContain('The token belongs to @');
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(
      spawnSync('sh', ['-c', `. ${file()}; echo $ADMIN_IDS`], { encoding: 'utf8' }),
    ).toMatchObject({ stdout: '42,43\n', stderr: '' });
    const config = loadConfig(await readEnvFile(file()));
    expect(config).toMatchObject({
      token: telegram.token,
      adminIds: [42, 43],
      updates: { mode: 'polling' },
    });
    expect(readdirSync(dir)).toEqual(['postchi.env']);
  });

  it('makes secrets, registers the webhook with them and keeps them the next time', async () => {
    const env = { UPDATES: 'edge', WEBHOOK_URL: 'https://edge.example/webhook' };
    expect((await go(env)).code).toBe(0);
    const first = await readEnvFile(file());
    expect(first.NODE_SECRET).toMatch(/^[\w-]{43}$/);
    expect(first.WEBHOOK_SECRET).not.toBe(first.NODE_SECRET);
    expect((await telegram.client.getWebhookInfo()).url).toBe(env.WEBHOOK_URL);
    const call = telegram.api.calls.find(({ method }) => method === 'setWebhook');
    expect(call?.fields.secret_token).toBe(first.WEBHOOK_SECRET);
    await go(env);
    expect(await readEnvFile(file())).toEqual(first);
  });

  it('leaves what was written into the file by hand, and names the data folder to be made', async () => {
    await go({});
    appendFileSync(file(), 'LOG_LEVEL=debug\nEGRESS_ALLOW=127.0.0.1:8092\n');
    const { code, out } = await go({ ADMIN_IDS: '7', SETUP_RUN: 'systemd', DATA_DIR: '/srv/p' });
    expect(code).toBe(0);
    expect(await readEnvFile(file())).toMatchObject({
      ...{ ADMIN_IDS: '7', LOG_LEVEL: 'debug', EGRESS_ALLOW: '127.0.0.1:8092' },
    });
    expect(out).toContain('install -d -o postchi -g postchi -m 0700 /srv/p');
  });

  it('writes a unit with the paths of this machine, which systemd finds sound', async () => {
    await go({ SETUP_RUN: 'systemd', DATA_DIR: '/srv/postchi' });
    const unit = readFileSync(join(dir, 'postchi.service'), 'utf8');
    expect(unit).toContain(`EnvironmentFile=${file()}`);
    expect(unit).toContain(`ExecStart=${process.execPath} `);
    expect(unit).toContain('ReadWritePaths=/srv/postchi');
    expect(unit).not.toContain('/opt/postchi');
    const { status, stderr, error } = spawnSync(
      'systemd-analyze',
      ['verify', join(dir, 'postchi.service')],
      { encoding: 'utf8' },
    );
    if (!error) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('writes a compose file that builds from the sources', async () => {
    const { out } = await go({ SETUP_RUN: 'compose' });
    expect(readFileSync(join(dir, 'compose.yaml'), 'utf8')).toMatch(/build: \/\S+/);
    expect(out).toContain('docker compose -f');
  });

  it.each([
    ['a token of the wrong shape', { BOT_TOKEN: 'hello' }, 'BOT_TOKEN: expected a token'],
    ['a token Telegram does not know', { BOT_TOKEN: '1234:AAAAAAAAAAAAAAAAAAAA' }, 'does not know'],
    ['admins that are no ids', { ADMIN_IDS: '@me' }, 'ADMIN_IDS'],
    [
      'a webhook without an address',
      { UPDATES: 'webhook' },
      'WEBHOOK_URL: expected an address such as https://',
    ],
    ['a way of updates there is none of', { UPDATES: 'pigeons' }, 'UPDATES'],
    ['a port that is none', { PORT: '99999999' }, 'PORT'],
  ])('writes nothing for %s and says what is wrong', async (_what, env, line) => {
    const { code, err } = await go(env);
    expect(code).toBe(2);
    expect(err).toContain(line);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('asks again where somebody can answer', async () => {
    const typed = ['wrong', '123:good', '', 'pigeons', 'polling', ''];
    const asked: string[] = [];
    const complaints: string[] = [];
    const { settings, run: runner } = await questions(
      { ADMIN_IDS: '7' },
      async (question) => {
        asked.push(question);
        return typed.shift() ?? '';
      },
      {
        complain: (line) => void complaints.push(line),
        checkToken: async (token) => {
          if (token === 'wrong') throw new SetupFailed('BOT_TOKEN: wrong');
        },
      },
    );
    expect(settings).toEqual({ BOT_TOKEN: '123:good', ADMIN_IDS: '7', UPDATES: 'polling' });
    expect([runner, complaints.length, asked.length]).toEqual(['none', 2, 6]);
    expect(asked[2]).toContain('[7]');
  });
});
