/** Every screen a person meets, in a real browser and in both languages; pictures are kept. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textsFor } from '../../shared/texts/index.ts';
import { type Bot, startBot } from '../support/bot.ts';
import { type Origin, startOrigin } from '../support/media-origin.ts';

const ARTIFACTS = resolve(import.meta.dirname, '../artifacts');
const PATIENCE = { timeout: 60_000 };
const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

let bot: Bot;
let site: Origin;
let browser: Browser;
let page: Page;
const faults: string[] = [];
const profile = mkdtempSync(join(tmpdir(), 'postchi-page-'));

beforeAll(async () => {
  mkdirSync(ARTIFACTS, { recursive: true });
  site = await startOrigin();
  bot = await startBot({ env: { EGRESS_ALLOW: site.host, MAX_CONCURRENT_DOWNLOADS: '2' } });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium',
    args: QUIET,
    env: { ...process.env, HOME: profile },
  });
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (line) => line.type() === 'error' && faults.push(line.text()));
  // A player that has enough of a video breaks its request off.
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText;
    if (why !== 'net::ERR_ABORTED') faults.push(`${request.url()}: ${why}`);
  });
  await page.goto(bot.url);
  await page.addStyleTag({
    content: '* { transition: none !important; animation: none !important }',
  });
});
afterAll(async () => {
  await browser?.close();
  await bot?.dispose();
  await site?.close();
  rmSync(profile, { recursive: true, force: true });
});

const shoot = (name: string) => page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
const answers = () => page.locator('#messages .row:not(.mine)');
const bubble = (words: RegExp | string) => answers().filter({ hasText: words }).last();
const key = (words: RegExp | string, within: Locator = page.locator('#messages')) =>
  within.locator('button.key', { hasText: words }).last();
const send = async (text: string) => {
  await page.locator('#text').fill(text);
  await page.locator('#composer .send').click();
};

/** A player shows a picture, moves, and knows its size. */
const plays = (video: Locator) =>
  video.evaluate(async (element: HTMLVideoElement) => {
    element.muted = true;
    await element.play();
    await new Promise<void>((done) => {
      element.ontimeupdate = () => element.currentTime > 0.2 && done();
    });
    element.pause();
    return element.videoWidth > 0;
  });

/** Words stand at the edge their language starts from. */
async function standsAtItsEdge(words: Locator, lang: 'en' | 'fa', room = 12): Promise<void> {
  const lines = await words.evaluate((element: Element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const box = element.getBoundingClientRect();
    const tops = new Map<number, { left: number; right: number }>();
    for (const { left, right, bottom, width } of range.getClientRects()) {
      if (width === 0) continue;
      const line = tops.get(Math.round(bottom / 12)) ?? { left, right };
      tops.set(Math.round(bottom / 12), {
        left: Math.min(line.left, left),
        right: Math.max(line.right, right),
      });
    }
    return [...tops.values()].map(({ left, right }) => ({
      left: left - box.left,
      right: box.right - right,
    }));
  });
  expect(lines.length).toBeGreaterThan(0);
  for (const { left, right } of lines) expect(lang === 'fa' ? right : left).toBeLessThan(room);
}

describe.each([
  { lang: 'en' as const, name: 'Emma', sample: /A slow server/, film: /A film/ },
  { lang: 'fa' as const, name: 'علی', sample: /سرور کند/, film: /فیلم با/ },
])('the sandbox in a browser, in $lang', ({ lang, name, sample, film }) => {
  const t = textsFor(lang);

  beforeAll(() => page.locator('.persona', { hasText: name }).click());

  it('speaks the person’s language around the chat as well, from its own edge', async () => {
    const root = page.locator('html');
    expect(await root.getAttribute('lang')).toBe(lang);
    expect(await root.getAttribute('dir')).toBe(lang === 'fa' ? 'rtl' : 'ltr');
    const frame = [
      ...['.people .brand p', '#persona-title', '#chats-title', '.people footer', '#block'],
      ...['#links-title', '#links li:first-child', '#chat-status', '#alert form'],
    ];
    const said = await Promise.all(frame.map((one) => page.locator(one).innerText()));
    const hidden = ['.send', '#menu-button', '#messages', '.people', '.replying button'];
    const named = await Promise.all(
      hidden.map((one) => page.locator(one).getAttribute('aria-label')),
    );
    const placeholder = await page.locator('#text').getAttribute('placeholder');
    const own = lang === 'fa' ? /[آ-ی]/ : /^[^آ-ی]+$/;
    for (const words of [...said, ...named, placeholder].filter(Boolean)) {
      expect(words).toMatch(own);
    }
    expect(named.filter(Boolean)).toHaveLength(hidden.length);
    await standsAtItsEdge(page.locator('#persona-title'), lang, 20);
    await shoot(`frame-${lang}`);
  });

  it('greets from the edge the language starts at', async () => {
    await send('/start');
    const hello = bubble(lang === 'fa' ? 'پستچی' : 'the postman').locator('.text');
    await hello.waitFor(PATIENCE);
    const direction = await hello.evaluate((e: Element) => getComputedStyle(e).direction);
    expect(direction).toBe(lang === 'fa' ? 'rtl' : 'ltr');
  });

  it('brings a video that plays, with its buttons, and offers other qualities', async () => {
    await send(`${site.url}/hls/master.m3u8?of=${lang}`);
    await answers().locator('video').last().waitFor(PATIENCE);
    expect(await plays(answers().locator('video').last())).toBe(true);
    for (const label of [t.buttons.audio, t.buttons.otherQuality, t.buttons.asFile]) {
      expect(await key(label).isVisible()).toBe(true);
    }
    await shoot(`delivered-${lang}`);
    await standsAtItsEdge(answers().last().locator('.text'), lang);
    await key(t.buttons.otherQuality).click();
    const menu = answers().filter({
      has: page.locator('button.key', { hasText: t.buttons.close }),
    });
    await menu.waitFor(PATIENCE);
    expect(await menu.locator('button.key').count()).toBeGreaterThan(5);
    await shoot(`menu-${lang}`);
    await key(/m4a/).click();
    await answers()
      .locator('audio')
      .last()
      .waitFor({ state: 'attached', ...PATIENCE });
    await shoot(`audio-${lang}`);
  });

  it('offers the subtitles of a film, and brings those that are picked', async () => {
    await page.locator('#samples button', { hasText: film }).click();
    await answers()
      .filter({ hasText: lang === 'fa' ? 'زیرنویس' : 'with words' })
      .waitFor(PATIENCE);
    await key(t.buttons.otherQuality).click();
    await key(t.menu.subtitlesMenu).click(PATIENCE);
    const persian = key(lang === 'fa' ? 'فارسی' : 'Persian');
    await persian.waitFor(PATIENCE);
    await shoot(`subtitles-${lang}`);
    await persian.click();
    await answers()
      .filter({ hasText: /\.fa\.srt/ })
      .waitFor(PATIENCE);
    await shoot(`subtitles-sent-${lang}`);
  });

  it('shows the progress of a slow one, and takes it away at the end', async () => {
    const before = await answers().locator('video').count();
    await page.locator('#samples button', { hasText: sample }).click();
    const progress = answers().filter({ hasText: /[▰▱]{10}/ });
    await progress.waitFor(PATIENCE);
    await standsAtItsEdge(progress.locator('.text'), lang);
    await shoot(`progress-${lang}`);
    await key(t.buttons.cancel).click();
    await bubble(t.status.cancelled).waitFor(PATIENCE);
    expect(await answers().locator('video').count()).toBe(before);
  });

  it('counts a batch and stops it with one button', async () => {
    const links = [1, 2, 3].map((n) => `${site.url}/slow.mp4?rate=30000&of=${lang}${n}`);
    await send([`${site.url}/small.mp4?of=${lang}`, ...links].join(' '));
    const one = t.status.batch({ done: 1, failed: 0, of: 4 });
    await bubble(one).waitFor(PATIENCE);
    await shoot(`batch-${lang}`);
    await key(t.buttons.cancel, bubble(one)).click();
    await bubble(t.status.stopped({ done: 1, of: 4 })).waitFor(PATIENCE);
  });

  it('lets a person pick from a list, rest and go on', async () => {
    await send(`${site.url}/feed.xml?n=24&of=${lang}`);
    await key(t.list.first(10)).waitFor(PATIENCE);
    await shoot(`playlist-${lang}`);
    site.throttle(40_000);
    await key(t.list.typeRange).click();
    await key(t.buttons.back).waitFor(PATIENCE);
    await send('3-5');
    await key(t.list.pause).waitFor(PATIENCE);
    await shoot(`playlist-running-${lang}`);
    await key(t.list.pause).click();
    await key(t.list.resume).waitFor(PATIENCE);
    await shoot(`playlist-paused-${lang}`);
    site.throttle(undefined);
    await key(t.list.resume).click();
    await bubble(t.list.finished({ done: 3, failed: 0, of: 3 })).waitFor(PATIENCE);
  });

  it('says in plain words what failed', async () => {
    await send(`${site.url}/dead?of=${lang}`);
    const refusal = bubble(t.errors.not_found({})).locator('.text');
    await refusal.waitFor(PATIENCE);
    await standsAtItsEdge(refusal, lang);
    await shoot(`error-${lang}`);
  });

  it('opens the settings, and every press shows at once', async () => {
    await send('/settings');
    const { settings } = t;
    const row = (value: string) => settings.row({ name: settings.mode, value });
    await key(row(settings.modes.send)).click();
    await key(row(settings.modes.ask)).waitFor(PATIENCE);
    await shoot(`settings-${lang}`);
    await key(row(settings.modes.ask)).click();
    await key(row(settings.modes.audio)).click();
    await key(row(settings.modes.send)).waitFor(PATIENCE);
    await key(t.buttons.close).click();
  });

  it('finds a file for another chat, fetches it in private and leads back', async () => {
    await page.locator('.chat-row').last().click();
    await page.locator('#text').fill(`@postchi_bot ${site.url}/small.mp4?of=inline-${lang}`);
    const found = page.locator('#results button');
    await found.filter({ hasText: t.inline.fetch }).waitFor(PATIENCE);
    await shoot(`inline-${lang}`);
    await found.click();
    await key(t.inline.goBackButton).click(PATIENCE);
    await found.filter({ hasText: 'small' }).waitFor(PATIENCE);
    await shoot(`inline-found-${lang}`);
    const before = await page.locator('#messages .row.mine video').count();
    await found.click();
    await page.locator('#messages .row.mine video').nth(before).waitFor(PATIENCE);
    await shoot(`inline-sent-${lang}`);
    await page.locator('.chat-row').first().click();
  });
});

it('fits a phone', async () => {
  await page.setViewportSize({ width: 390, height: 780 });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
  await shoot('phone');
});

/** What stands in a gradient cannot be measured, and a stranger's film has no captions to ask for. */
const MEASURABLE = '.chat { background-image: none !important }';
const RULES = { rules: { 'video-caption': { enabled: false } } };

async function barriers(): Promise<string[]> {
  await page.addStyleTag({ content: MEASURABLE });
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') });
  const found = await page.evaluate((options) => {
    const { axe } = window as unknown as { axe: { run(o: unknown): Promise<AxeResults> } };
    return axe.run(options);
  }, RULES);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target} ${failureSummary}`),
  );
}

interface AxeResults {
  violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
}

describe.each([
  { scheme: 'light' as const, size: { width: 1280, height: 860 }, place: 'a desk' },
  { scheme: 'dark' as const, size: { width: 1280, height: 860 }, place: 'a desk' },
  { scheme: 'light' as const, size: { width: 390, height: 780 }, place: 'a phone' },
  { scheme: 'dark' as const, size: { width: 390, height: 780 }, place: 'a phone' },
])('the page in $scheme at $place', ({ scheme, size, place }) => {
  beforeAll(async () => {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: scheme });
  });

  it.each(['Emma', 'علی'])('can be read and reached by everybody, as %s', async (name) => {
    await page.locator('.persona', { hasText: name }).click();
    expect(await page.locator('html').getAttribute('data-theme')).toBe(scheme);
    expect(await barriers()).toEqual([]);
    await shoot(`${scheme}-${place.split(' ')[1]}-${name === 'Emma' ? 'en' : 'fa'}`);
  });

  it('has an empty group that asks for a link', async () => {
    await page.locator('.chat-row').last().click();
    await page.locator('.topics button').last().click();
    expect(await page.locator('.empty').isVisible()).toBe(true);
    expect(await page.locator('.empty button').count()).toBe(0);
    expect(await barriers()).toEqual([]);
    await page.locator('.chat-row').first().click();
  });
});

it('keeps the keyboard at the setting that was pressed', async () => {
  await send('/settings');
  const { settings } = textsFor('fa');
  const captions = (value: string) => key(settings.row({ name: settings.captions, value }));
  await captions(settings.on).focus(PATIENCE);
  await page.keyboard.press('Enter');
  await captions(settings.off).waitFor(PATIENCE);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain(settings.off);
  await page.keyboard.press('Enter');
  await captions(settings.on).waitFor(PATIENCE);
});

it('ran without an error in the console', () => {
  expect(faults).toEqual([]);
});
