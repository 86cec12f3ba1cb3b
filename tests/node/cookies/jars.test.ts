import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CookieJars, openCookieJars } from '../../../node/cookies/jars.ts';
import { parseCookies } from '../../../node/cookies/netscape.ts';
import { withCookies } from '../../../node/cookies/with-cookies.ts';
import type { MediaInfo } from '../../../node/engine/media-info.ts';
import type { Ytdlp } from '../../../node/engine/ytdlp.ts';
import { createLog } from '../../../node/log.ts';
import { JobError } from '../../../shared/errors.ts';
import { seeded } from '../../support/random.ts';

const log = createLog({ level: 'silent', format: 'json' });
const YEAR_2100 = 4_102_444_800;
const line = (name: string, value: string, domain = '.instagram.com') =>
  [domain, 'TRUE', '/', 'TRUE', YEAR_2100, name, value].join('\t');
const file = (...lines: string[]) => ['# Netscape HTTP Cookie File', ...lines, ''].join('\n');
const LOGIN = line('sessionid', 'secret');

describe('cookie jars', () => {
  let dir: string;
  let time: number;
  let jars: CookieJars;
  const open = () => openCookieJars({ dir: join(dir, 'cookies'), log, now: () => time });
  const job = async (name: string) => {
    await mkdir(join(dir, name), { recursive: true });
    return join(dir, name);
  };
  const jarText = (name = 'instagram--main') =>
    readFile(join(dir, 'cookies', `${name}.txt`), 'utf8');
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'postchi-cookies-'));
    time = Date.UTC(2026, 10, 23);
    jars = await open();
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('sorts a file by site into jars that only the bot can read, found again after a restart', async () => {
    const youtube = [line('LOGIN_INFO', 'a', '.youtube.com'), line('SAPISID', 'b', '.google.com')];
    const kept = await jars.add(file(LOGIN, ...youtube, line('x', 'y', '.other.example')), 'main');
    expect(kept).toMatchObject([
      { site: 'instagram', account: 'main', signedIn: true, expires: YEAR_2100 * 1000 },
      { site: 'youtube', signedIn: true },
    ]);
    expect(statSync(join(dir, 'cookies', 'youtube--main.txt')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'cookies')).mode & 0o777).toBe(0o700);
    const lease = await jars.lend('youtube', await job('j'));
    expect(statSync(lease?.path ?? '').mode & 0o777).toBe(0o600);
    expect(await (await open()).list()).toHaveLength(2);
  });

  it.each([
    ['a page', '<html>', 'format'],
    ['nothing', '', 'format'],
    ['json', '[{"domain":".instagram.com"}]', 'format'],
    ['cookies of no known site', file(line('a', 'b', '.other.example')), 'site'],
  ])('does not take %s', async (_, text, why) => {
    await expect(jars.add(text, 'main')).rejects.toMatchObject({ name: 'NotCookies', why });
  });

  it('keeps #HttpOnly_ cookies and what a browser wrote beside them', async () => {
    await jars.add(`\ufeff# comment\r\n\r\n#HttpOnly_${LOGIN}\r\n`, 'main');
    expect(await jarText()).toContain(`#HttpOnly_${LOGIN}`);
  });

  it('lends accounts in turn, lets one rest after a failed login, none when all rest', async () => {
    for (const account of ['one', 'two']) await jars.add(file(LOGIN), account);
    const lend = async () => jars.lend('instagram', await job('j'));
    const first = await lend();
    const second = await lend();
    expect([first?.jar.account, second?.jar.account].sort()).toEqual(['one', 'two']);
    if (first) await jars.giveBack(first, true);
    expect((await lend())?.jar.account).toBe(second?.jar.account);
    if (second) await jars.giveBack(second, true);
    expect(await lend()).toBeUndefined();
    time += 61 * 60_000;
    expect(await lend()).toBeDefined();
    expect(await jars.lend('aparat', await job('j'))).toBeUndefined();
  });

  it('takes over what a job learnt, but not from one the site signed out or a kill cut off', async () => {
    await jars.add(file(LOGIN, line('csrf', '1')), 'main');
    const change = async (text: string) => {
      const lease = await jars.lend('instagram', await job('j'));
      if (!lease) throw new Error('no lease');
      await writeFile(lease.path, text);
      await jars.giveBack(lease, false);
    };
    await change(file(line('sessionid', 'renewed'), line('csrf', '2')));
    const renewed = await jarText();
    expect(renewed).toMatch(/renewed[\s\S]*\t2/);
    await change(file(line('csrf', '3')));
    await change(file(line('sessionid', ''), line('csrf', '3')));
    await change('');
    await change(file(LOGIN).slice(0, 60));
    expect(await jarText()).toBe(renewed);
  });

  it('takes nothing from another site a link led to, whatever its cookies are called', async () => {
    await jars.add(file(LOGIN, line('csrftoken', 'a')), 'main');
    const before = await jarText();
    const back = async (...lines: string[]) => {
      const lease = await jars.lend('instagram', await job('led away'));
      if (!lease) throw new Error('no jar to lend');
      await writeFile(lease.path, file(...lines));
      await jars.giveBack(lease, false);
    };
    const theirs = ['.evil.example', 'notinstagram.com', 'instagram.com.evil.example'];
    await back(LOGIN, line('csrftoken', 'a'), ...theirs.map((at) => line('sessionid', 'x', at)));
    expect(await jarText()).toBe(before);
    // Signed out at the site itself: a name alone is no login.
    await back(line('csrftoken', 'b'), line('sessionid', 'x', '.evil.example'));
    expect(await jarText()).toBe(before);
  });

  it('loses no login and never shows half a file to 32 jobs at once, 50 times over', async () => {
    await jars.add(file(LOGIN, line('counter', '0')), 'main');
    const random = seeded(32);
    let parsed = 0;
    const oneJob = async (slot: number, round: number) => {
      const lease = await jars.lend('instagram', await job(`job-${slot}`));
      if (!lease) throw new Error('the account was taken out of use');
      const copy = parseCookies(await readFile(lease.path, 'utf8'));
      expect(copy?.find(({ name }) => name === 'sessionid')?.value).toMatch(/^s/);
      parsed += 1;
      const mine = line(`job_${slot}`, String(round));
      const ways = [
        file(line('sessionid', `s${slot}-${round}`), mine),
        file(LOGIN, mine),
        file(mine),
        file(LOGIN).slice(0, 50),
        '',
      ];
      await writeFile(lease.path, random.pick(ways));
      await jars.giveBack(lease, false);
    };
    for (let round = 0; round < 50; round++) {
      await Promise.all(Array.from({ length: 32 }, (_, slot) => oneJob(slot, round)));
    }
    expect(parsed).toBe(32 * 50);
    expect(await jars.list()).toMatchObject([{ signedIn: true }]);
    const names = parseCookies(await jarText())?.map(({ name }) => name) ?? [];
    expect(names.filter((name) => name.startsWith('job_'))).toHaveLength(32);
  });

  describe('around yt-dlp', () => {
    const info = { title: 'x' } as MediaInfo;
    const seen: (string | undefined)[] = [];
    const fake: Ytdlp = {
      async probe({ cookies, url }) {
        seen.push(cookies);
        if (url.includes('private')) throw new JobError('login_required');
        if (cookies) await writeFile(cookies, file(line('sessionid', 'from-probe')));
        return info;
      },
      async download({ cookies }) {
        seen.push(cookies);
        return { files: [], merged: false };
      },
    };
    const signal = new AbortController().signal;
    const probe = async (url: string) =>
      withCookies(fake, jars).probe({ url, dir: await job('j'), signal });
    beforeEach(() => void seen.splice(0));

    it('gives a link of the site a copy, in the extraction and in the download', async () => {
      await jars.add(file(LOGIN), 'main');
      const ytdlp = withCookies(fake, jars);
      const folder = await job('j');
      await ytdlp.probe({ url: 'https://www.instagram.com/p/abc/', dir: folder, signal });
      await ytdlp.download({
        ...{ info, plan: { format: 'b' }, dir: folder, signal, maxBytes: 1 },
        onProgress: () => {},
      });
      expect(seen).toEqual([join(folder, 'cookies.txt'), join(folder, 'cookies.txt')]);
      expect(await jarText()).toContain('from-probe');
    });

    it('gives no other site any, and lets the account rest when the site does not take it', async () => {
      await jars.add(file(LOGIN), 'main');
      await probe('https://example.com/a.mp4');
      expect(seen).toEqual([undefined]);
      await expect(probe('https://www.instagram.com/private/')).rejects.toThrow('login_required');
      expect((await jars.list())[0]?.restingUntil).toBeGreaterThan(time);
    });
  });
});
