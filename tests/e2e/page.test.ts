import { mkdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
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

describe('the sandbox in a browser', () => {
  let bot: Bot;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    mkdirSync(ARTIFACTS, { recursive: true });
    bot = await startBot({ env: { LOG_LEVEL: 'info' } });
    const profile = await mkdtemp(join(tmpdir(), 'postchi-page-'));
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
      args: QUIET,
      env: { ...process.env, HOME: profile },
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 820 } });
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (line) => line.type() === 'error' && faults.push(line.text()));
    // A player that has enough of a video breaks its request off.
    page.on('requestfailed', (request) => {
      const why = request.failure()?.errorText;
      if (why !== 'net::ERR_ABORTED') faults.push(`${request.url()}: ${why}`);
    });
    await page.goto(bot.url);
    await page.addStyleTag({ content: '* { transition: none !important }' });
    browser.on('disconnected', () => rmSync(profile, { recursive: true, force: true }));
  });
  afterAll(async () => {
    await browser?.close();
    await bot?.dispose();
  });

  const shoot = (name: string) => page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
  const sample = (name: RegExp) => page.locator('#samples button', { hasText: name }).first();
  const answers = () => page.locator('#messages .row:not(.mine)');

  it('brings a sample video that plays in the page', async () => {
    await sample(/A video file/).click();
    const video = answers().locator('video').last();
    await video.waitFor({ timeout: 90_000 });
    const played = await video.evaluate(async (element: HTMLVideoElement) => {
      element.muted = true;
      await element.play();
      await new Promise<void>((done) => {
        element.ontimeupdate = () => element.currentTime > 0.2 && done();
      });
      element.pause();
      return { ready: element.readyState, at: element.currentTime, wide: element.videoWidth };
    });
    expect(played.ready).toBeGreaterThanOrEqual(2);
    expect(played.at).toBeGreaterThan(0.2);
    expect(played.wide).toBeGreaterThan(0);
    await shoot('delivered');
  });

  it('shows the progress of a slow one, and takes it away at the end', async () => {
    await sample(/A slow server/).click();
    const progress = answers().filter({ hasText: /[▰▱]{10}\s*[1-9]\d?%/ });
    await progress.waitFor({ timeout: 60_000 });
    await shoot('progress');
    await answers().locator('video').nth(1).waitFor({ timeout: 60_000 });
    const status = answers().filter({ has: page.locator('button.key', { hasText: 'Cancel' }) });
    await status.waitFor({ state: 'detached', timeout: 30_000 });
    expect(await answers().count()).toBe(2);
  });

  it('brings the sound when its button is pressed', async () => {
    await answers().locator('button.key', { hasText: 'Audio' }).last().click();
    await answers().locator('audio').last().waitFor({ state: 'attached', timeout: 60_000 });
    await shoot('audio');
  });

  it('speaks Persian to a Persian person, from right to left', async () => {
    await page.locator('.persona', { hasText: 'علی' }).click();
    await page.locator('#text').fill('/start');
    await page.locator('#composer .send').click();
    const hello = answers().filter({ hasText: 'پستچی' }).first();
    await hello.waitFor({ timeout: 30_000 });
    await sample(/A picture|یک عکس/).click();
    await answers().locator('img').last().waitFor({ timeout: 60_000 });
    await sample(/A dead link|لینک مرده/).click();
    const refusal = answers().filter({ hasText: /خطای/ }).first();
    await refusal.waitFor({ timeout: 60_000 });
    const words = refusal.locator('[dir]').last();
    expect(await words.evaluate((e: Element) => getComputedStyle(e).direction)).toBe('rtl');
    await shoot('persian');
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 780 });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await shoot('phone');
  });

  it('ran without an error in the console', () => {
    expect(faults).toEqual([]);
  });
});
