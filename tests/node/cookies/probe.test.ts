import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { cookiesSource } from '../../../node/cookies/health.ts';
import { type CookieJars, openCookieJars } from '../../../node/cookies/jars.ts';
import { cookieProbeLinks, createCookieProber } from '../../../node/cookies/probe.ts';
import { createEngine } from '../../../node/engine/create-engine.ts';
import type { Engine } from '../../../node/engine/engine.ts';
import { createYtdlp, type Ytdlp } from '../../../node/engine/ytdlp.ts';
import { createLog } from '../../../node/log.ts';
import { type ErrorCode, JobError } from '../../../shared/errors.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { tempStore } from '../../support/store.ts';

const log = createLog({ level: 'silent', format: 'json' });
const HOUR = 3_600_000;
const YEAR_2100 = 4_102_444_800;
const file = (session: string) =>
  `.instagram.com\tTRUE\t/\tFALSE\t${YEAR_2100}\tsessionid\t${session}\n`;
/** No page of Instagram's own, so that yt-dlp asks for it as for any file. */
const MEMBERS = 'http://media.instagram.com/members.mp4';

describe('trying a login', () => {
  let temp: ReturnType<typeof tempStore>;
  let now: number;
  let jars: CookieJars;
  let ytdlp: Pick<Ytdlp, 'probe'>;
  let paused: boolean;

  const open = () =>
    openCookieJars({
      ...{ dir: join(temp.dir, 'cookies'), log },
      state: temp.store.state,
      now: () => now,
    });
  const prober = () =>
    createCookieProber({
      ...{ jars, ytdlp, dir: temp.dir, log, now: () => now },
      links: cookieProbeLinks(temp.store.state, () => now),
      isPaused: () => paused,
    });
  const answering = (code?: ErrorCode) => {
    const asked: string[] = [];
    ytdlp = {
      async probe({ url }) {
        asked.push(url);
        if (code) throw new JobError(code);
        return {} as never;
      },
    };
    return asked;
  };

  beforeEach(async () => {
    temp = tempStore();
    now = Date.UTC(2026, 10, 23);
    paused = false;
    jars = await open();
    await cookieProbeLinks(temp.store.state, () => now).set('instagram', MEMBERS);
  });
  afterEach(() => temp.close());

  describe('at a site that answers by cookie', () => {
    let site: Server;
    let engine: Engine;
    let real: Ytdlp;
    const cache = mkdtempSync('/tmp/postchi-login-');

    beforeAll(async () => {
      // A proxy is asked for every address: it stands for the site itself.
      site = createServer((request, response) => {
        const known = /sessionid=good/.test(request.headers.cookie ?? '');
        response.setHeader('set-cookie', 'seen=1; Domain=.instagram.com; Max-Age=9999');
        response.writeHead(known ? 200 : 401, { 'content-type': 'video/mp4' }).end('x');
      });
      await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
      const common = { ffmpeg: inject('ffmpeg').ffmpeg, cacheDir: cache, jsFlags: [], log };
      ({ engine } = await createEngine({ ...common, kind: 'auto', install: inject('ytdlp') }));
      const proxyUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
      real = createYtdlp({ ...common, engine, proxyUrl });
    });
    afterAll(async () => {
      await engine.close();
      site.close();
      rmSync(cache, { recursive: true, force: true });
    });
    beforeEach(() => {
      ytdlp = real;
    });

    it('finds a login that works, keeps what the site renewed, and remembers it', async () => {
      await jars.add(file('good'), 'main');
      await prober().next();
      expect(await jars.list()).toMatchObject([
        { signedIn: true, probed: { at: now, alive: true } },
      ]);
      jars = await open();
      expect(await jars.list()).toMatchObject([{ probed: { at: now, alive: true } }]);
      expect((await cookiesSource(jars, () => now).check()) as object).toMatchObject({
        state: 'ok',
      });
    });

    it('finds a session the site has ended although its cookies look well', async () => {
      await jars.add(file('ended'), 'main');
      await prober().next();
      const check = await cookiesSource(jars, () => now).check();
      expect(check).toMatchObject({ state: 'warn', detail: 'not signed in: Instagram (main)' });
      expect(textsFor('en').admin.cookies.page({ jars: await jars.list(), untried: [] })).toMatch(
        /❌ .*Instagram.*not signed in.*turned away/,
      );
      await jars.add(file('good'), 'main');
      await prober().next();
      expect(await cookiesSource(jars, () => now).check()).toMatchObject({ state: 'ok' });
    });
  });

  it('asks for one account a round and for each twice a day', async () => {
    const asked = answering();
    await jars.add(file('a'), 'one');
    await jars.add(file('b'), 'two');
    const one = prober();
    for (let round = 0; round < 5; round += 1) await one.next();
    expect(asked).toHaveLength(2);
    now += 12 * HOUR;
    for (let round = 0; round < 5; round += 1) await one.next();
    expect(asked).toHaveLength(4);
  });

  it.each(['site_unreachable', 'rate_limited', 'not_found', 'cancelled'] as const)(
    'takes %s for no news',
    async (code) => {
      answering(code);
      await jars.add(file('a'), 'main');
      await prober().next();
      expect((await jars.list())[0]?.probed).toBeUndefined();
    },
  );

  it('leaves a paused site and a resting account alone, and a site without an address', async () => {
    const asked = answering('login_required');
    await jars.add(file('a'), 'main');
    paused = true;
    await prober().next();
    paused = false;
    await cookieProbeLinks(temp.store.state, () => now).set('instagram', undefined);
    await prober().next();
    expect(asked).toEqual([]);
    await cookieProbeLinks(temp.store.state, () => now).set('instagram', MEMBERS);
    await prober().next();
    now += 12 * HOUR;
    await jars.probed('instagram', 'main', true);
    expect(asked).toHaveLength(1);
  });

  it('asks YouTube for the liked videos, which strangers do not have', async () => {
    const asked = answering('not_found');
    const youtube = ['LOGIN_INFO', 'SAPISID'].map(
      (name) => `.youtube.com\tTRUE\t/\tTRUE\t${YEAR_2100}\t${name}\tx`,
    );
    await jars.add(youtube.join('\n'), 'main');
    await prober().next();
    expect(asked).toEqual(['https://www.youtube.com/playlist?list=LL']);
    expect((await jars.list())[0]?.probed?.alive).toBe(false);
  });

  it.each([
    ['login_required', false],
    ['no_media', true],
  ] as const)('asks Bilibili for the list every account has: %s', async (code, alive) => {
    const asked = answering(code);
    await jars.add(`.bilibili.com\tTRUE\t/\tTRUE\t${YEAR_2100}\tSESSDATA\tx`, 'main');
    await prober().next();
    expect(asked).toEqual(['https://www.bilibili.com/watchlater']);
    expect((await jars.list())[0]?.probed?.alive).toBe(alive);
  });

  it('asks an hour later, not every round, when a link told nothing', async () => {
    const asked = answering('not_found');
    await jars.add(file('a'), 'main');
    const one = prober();
    for (let round = 0; round < 3; round += 1) await one.next();
    expect(asked).toHaveLength(1);
    now += HOUR;
    await one.next();
    expect(asked).toHaveLength(2);
  });

  it('shuts a folder that was open to others', async () => {
    const dir = join(temp.dir, 'copied');
    mkdirSync(dir, { mode: 0o755 });
    await openCookieJars({ dir, log });
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });
});
