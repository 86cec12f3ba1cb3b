import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bot, startBot } from '../support/bot.ts';
import { type Origin, startOrigin } from '../support/media-origin.ts';

const ARTIFACTS = resolve(import.meta.dirname, '../artifacts');

describe('batches and lists in the sandbox page', () => {
  let bot: Bot;
  let site: Origin;
  let browser: Browser;
  let page: Page;
  const profile = mkdtempSync(join(tmpdir(), 'postchi-page-'));

  beforeAll(async () => {
    mkdirSync(ARTIFACTS, { recursive: true });
    site = await startOrigin();
    bot = await startBot({ env: { EGRESS_ALLOW: site.host } });
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      env: { ...process.env, HOME: profile },
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 820 } });
    await page.goto(bot.url);
  });
  afterAll(async () => {
    await browser?.close();
    await bot?.dispose();
    await site?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  const shoot = (name: string) => page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
  const bubble = (words: RegExp) =>
    page.locator('#messages .row:not(.mine)').filter({ hasText: words }).last();
  const send = async (text: string) => {
    await page.locator('#text').fill(text);
    await page.locator('#composer .send').click();
  };
  const speakAs = (name: string) => page.locator('.persona', { hasText: name }).click();

  it('counts a batch and stops it with one button', async () => {
    await speakAs('Emma');
    const links = [1, 2, 3].map((n) => `${site.url}/slow.mp4?rate=30000&of=${n}`);
    await send([`${site.url}/small.mp4?of=page`, ...links].join(' '));
    await bubble(/1 of 4 done/).waitFor({ timeout: 60_000 });
    await shoot('batch');
    await bubble(/1 of 4 done/)
      .locator('button.key', { hasText: 'Cancel' })
      .click();
    await bubble(/Stopped\. 1 of 4/).waitFor({ timeout: 30_000 });
  });

  it('lets a Persian person pick from a list, rest and go on', async () => {
    await speakAs('علی');
    await send(`${site.url}/feed.xml?n=24&of=page`);
    const picker = bubble(/شامل ۲۴ مورد/);
    await picker.waitFor({ timeout: 60_000 });
    expect(await picker.locator('button.key').allInnerTexts()).toHaveLength(3);
    await shoot('playlist-picker');
    site.throttle(40_000);
    await picker.locator('button.key', { hasText: '۱۰ مورد اول' }).click();
    const running = bubble(/از ۱۰ انجام شد/);
    await running.waitFor({ timeout: 60_000 });
    await shoot('playlist-running');
    await running.locator('button.key', { hasText: 'مکث' }).click();
    await bubble(/مکث کردم/).waitFor({ timeout: 30_000 });
    await shoot('playlist-paused');
    site.throttle(undefined);
    await bubble(/مکث کردم/)
      .locator('button.key', { hasText: 'ادامه' })
      .click();
    await bubble(/تمام شد: ۱۰ از ۱۰/).waitFor({ timeout: 90_000 });
  });
});
