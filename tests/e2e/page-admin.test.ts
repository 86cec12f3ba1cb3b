import { mkdirSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bot, startBot } from '../support/bot.ts';

const ARTIFACTS = resolve(import.meta.dirname, '../artifacts');
const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** A person of each language, both of them admins here. */
const ADMINS = [
  { lang: 'en', name: 'Admin', dir: 'ltr', word: /Health/ },
  { lang: 'fa', name: 'علی', dir: 'rtl', word: /سلامت/ },
] as const;

/** Every other screen; none of these presses takes effect. */
const SCREENS = [
  ...['cookies', 'limits', 'queue', 'user 1000', 'update', 'update links', 'channels', 'nodes'],
  ...['cleanup', 'reset_stats', 'maintenance', 'log 00000000', 'broadcast Hello, سلام'],
];

describe('the admins in a browser', () => {
  let bot: Bot;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    mkdirSync(ARTIFACTS, { recursive: true });
    const dataDir = await mkdtemp(join(tmpdir(), 'postchi-bot-'));
    await mkdir(join(dataDir, 'cookies'));
    const cookie = ['.instagram.com', 'TRUE', '/', 'TRUE', 4_102_444_800, 'sessionid', 'x'];
    await writeFile(join(dataDir, 'cookies', 'instagram--main.txt'), cookie.join('\t'));
    bot = await startBot({ env: { ADMIN_IDS: '1000,1002', LOG_LEVEL: 'info' }, dataDir });
    const profile = await mkdtemp(join(tmpdir(), 'postchi-page-'));
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
      args: QUIET,
      env: { ...process.env, HOME: profile },
    });
    browser.on('disconnected', () => rmSync(profile, { recursive: true, force: true }));
    // Tall enough for the longest answer: it is looked at as a picture.
    page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    await page.goto(bot.url);
    await page.addStyleTag({
      content: '* { transition: none !important; animation: none !important }',
    });
    await page
      .locator('#samples button', { hasText: /A video file/ })
      .first()
      .click();
    await answers().locator('video').last().waitFor({ timeout: 90_000 });
  });
  afterAll(async () => {
    await browser?.close();
    await bot?.dispose();
  });

  const answers = () => page.locator('#messages .row:not(.mine)');
  const say = async (text: string) => {
    await page.locator('#text').fill(text);
    await page.locator('#composer .send').click();
  };
  const shoot = (name: string) => page.screenshot({ path: join(ARTIFACTS, `admin-${name}.png`) });

  describe.each(ADMINS)('in $lang', ({ lang, name, dir, word }) => {
    beforeAll(async () => {
      await page.locator('.persona', { hasText: name }).click();
    });

    it('shows the figures and their picture', async () => {
      await say('/stats');
      const picture = answers().locator('img').last();
      await picture.waitFor({ timeout: 60_000 });
      const wide = await picture.evaluate(async (image: HTMLImageElement) => {
        await image.decode();
        return image.naturalWidth;
      });
      expect(wide).toBeGreaterThan(500);
      await shoot(`stats-${lang}`);
    });

    it('shows the health of every part in the language, without a path', async () => {
      await say('/health');
      const screen = answers().filter({ hasText: '🩺' }).last();
      await screen.waitFor({ timeout: 60_000 });
      const words = screen.locator('[dir]').last();
      expect(await words.evaluate((e: Element) => getComputedStyle(e).direction)).toBe(dir);
      const text = await words.innerText();
      expect(text).toMatch(word);
      expect(text).not.toMatch(/\/usr|\/home|\/tmp/);
      await shoot(`health-${lang}`);
    });

    it('shows the breakers with a button for each, which pauses and goes on', async () => {
      await say('/circuit');
      const screen = answers().filter({ hasText: '🔌' }).last();
      await screen.waitFor({ timeout: 60_000 });
      await screen.locator('button.key').first().click();
      const resume = screen.locator('button.key', { hasText: '▶️' });
      await resume.waitFor({ timeout: 30_000 });
      await shoot(`circuit-${lang}`);
      await resume.click();
      await resume.waitFor({ state: 'detached', timeout: 30_000 });
    });

    it.each(SCREENS)('shows /%s in the language', async (command) => {
      await say(`/${command}`);
      const quoted = page.locator('.reply', { hasText: `/${command}` });
      const screen = answers().filter({ has: quoted }).last();
      await screen.waitFor({ timeout: 60_000 });
      const words = screen.locator('[dir]').last();
      expect(await words.evaluate((e: Element) => getComputedStyle(e).direction)).toBe(dir);
      await shoot(`${command.replaceAll(/\W+/g, '-')}-${lang}`);
    });
  });
});
