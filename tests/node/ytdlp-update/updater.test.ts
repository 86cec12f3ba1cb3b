import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { aloneCluster } from '../../../node/cluster/alone.ts';
import { createEngine } from '../../../node/engine/create-engine.ts';
import type { YtdlpInstall } from '../../../node/engine/engine.ts';
import { type Switchable, switchable } from '../../../node/engine/switchable.ts';
import { createLog } from '../../../node/log.ts';
import { jobs } from '../../../node/store/schema.ts';
import { upkeepStore } from '../../../node/store/upkeep.ts';
import type { Candidate } from '../../../node/tools/candidate.ts';
import { ensureYtdlp } from '../../../node/tools/ytdlp.ts';
import type { Step } from '../../../node/ytdlp-update/attempt.ts';
import { extractWith } from '../../../node/ytdlp-update/extract.ts';
import { probeLinks } from '../../../node/ytdlp-update/links.ts';
import type { UpdaterParts } from '../../../node/ytdlp-update/parts.ts';
import { type Place, updateRecords } from '../../../node/ytdlp-update/records.ts';
import { createUpdater, type Updater } from '../../../node/ytdlp-update/updater.ts';
import { JobError } from '../../../shared/errors.ts';
import { startOrigin } from '../../support/media-origin.ts';
import { newJob, tempStore } from '../../support/store.ts';
import { failsAt, placeRelease, versionOnly } from '../../support/ytdlp-release.ts';

const log = createLog({ level: 'silent', format: 'json' });
const NOW = Date.UTC(2026, 10, 23, 12);
const MIN = 60_000;
const PLACE: Place = { chatId: 900, messageId: 5, userId: 900, lang: 'en' };
const OLD = '2026.10.26';
const NEXT = '2099.01.01';
const unreachable = async () => {
  throw new Error('unreachable');
};
const savedPath = process.env.PATH;

describe('the update of yt-dlp', () => {
  let temp: ReturnType<typeof tempStore>;
  let chosen: Switchable;
  let updater: Updater;
  let now: number;
  let current: YtdlpInstall;
  /** What the release site offers; undefined: nothing that is newer. */
  let offer: ((dir: string) => YtdlpInstall | Candidate) | undefined;
  /** By version: links that cannot be read with it. */
  let broken: Record<string, string[]>;
  let news: unknown[];
  let steps: Step[];

  beforeAll(() => {
    // No other yt-dlp of this machine may be the newer one.
    process.env.PATH = '/usr/bin:/bin';
  });
  afterAll(() => {
    process.env.PATH = savedPath;
  });
  beforeEach(async () => {
    temp = tempStore();
    now = NOW;
    current = versionOnly(join(temp.dir, 'first'), OLD);
    offer = (dir) => versionOnly(dir, NEXT);
    broken = {};
    news = [];
    steps = [];
    chosen = switchable(await open(current), { log, lingerMs: 0 });
    updater = build();
  });
  afterEach(async () => {
    await updater.close();
    await chosen.engine.close();
    temp.close();
  });

  const common = () => ({
    ...{ ffmpeg: inject('ffmpeg').ffmpeg, jsFlags: [], log },
    cacheDir: join(temp.dir, 'cache'),
  });
  const versions = new WeakMap<object, string>();
  async function open(install: YtdlpInstall, kind: 'warm' | 'spawn' = 'spawn') {
    const engine = await createEngine({ kind, install, ...common() });
    versions.set(engine, install.version);
    return engine;
  }
  const records = () => updateRecords(temp.store.state, () => now);

  function build(change: Partial<UpdaterParts> = {}): Updater {
    return createUpdater({
      ...{ using: current, path: undefined, dir: join(temp.dir, 'yt-dlp'), log },
      records: records(),
      news: {
        offered: async (found) => void news.push(found),
        wentBack: async (told) => void news.push(told),
        proved: async (told) => void news.push(told),
      },
      cluster: aloneCluster({ nodeId: 'main', bootId: 'b' }),
      openEngine: (install) => open(install),
      switchTo: chosen.switchTo,
      extract: (engine) => async (url) => {
        const version = (engine && versions.get(engine)) ?? OLD;
        if (broken[version]?.includes(url)) throw new JobError('extractor_broken');
      },
      links: async () => ['http://a.example/', 'http://b.example/'],
      endedSince: (time) => upkeepStore(temp).endedSince(time),
      audit: (userId, action, detail) => temp.store.audit.add({ at: now, userId, action, detail }),
      ensure: (options) =>
        ensureYtdlp({
          ...options,
          debian: unreachable,
          release: async ({ dir }) => (offer ? offer(dir) : unreachable()),
        }),
      now: () => now,
      ...change,
    });
  }

  const update = () =>
    updater.update(PLACE, async (step) => {
      steps.push(step);
    });
  /** The version that answers a run of the engine in use. */
  async function running(): Promise<string[]> {
    const said: string[] = [];
    await chosen.engine.run({
      argv: ['--ignore-config', '--version'],
      ...{ cwd: temp.dir, signal: new AbortController().signal, maxFileBytes: 1e6 },
      onStdout: (line) => void said.push(line),
      onStderr: () => {},
    });
    return said;
  }
  /** Jobs that ended, the last `failed` of them badly. */
  function ended(of: number, failed: number, at: number): void {
    const rows = Array.from({ length: of }, (_, n) => ({
      ...newJob({ createdAt: at, state: n < of - failed ? 'done' : 'failed' }),
      ...{ finishedAt: at + 1, errorCode: n < of - failed ? null : 'extractor_broken' },
    }));
    temp.db.insert(jobs).values(rows).run();
  }
  const audits = async () => (await temp.store.audit.last(9)).map(({ action }) => action);

  it('turns down a release that breaks a site and takes one that reads it, with real ones', async () => {
    const origin = await startOrigin();
    const dir = join(temp.dir, 'canary');
    mkdirSync(dir);
    await chosen.engine.close();
    const openEngine = (install: YtdlpInstall) => open(install, 'warm');
    chosen = switchable(await openEngine(inject('ytdlp')), { log, lingerMs: 0 });
    updater = build({
      openEngine,
      using: inject('ytdlp'),
      switchTo: chosen.switchTo,
      links: async () => [`${origin.url}/small.mp4`],
      extract: (engine = chosen) =>
        extractWith(engine.engine, { ...common(), jars: { lend: async () => undefined }, dir }),
    });
    offer = (to) => placeRelease(to, NEXT, failsAt('small'));
    expect(await update()).toMatchObject({
      ...{ kind: 'worse', to: NEXT },
      tried: [{ old: 'ok', next: 'extractor_broken' }],
    });
    expect(await running()).toEqual([inject('ytdlp').version]);
    offer = (to) => placeRelease(to, '2099.02.02');
    expect(await update()).toMatchObject({
      ...{ kind: 'switched', to: '2099.02.02' },
      tried: [{ old: 'ok', next: 'ok' }],
    });
    expect(await running()).toEqual(['2099.02.02']);
    await origin.close();
  }, 120_000);

  it('says how far it is, is used after a restart as well, and goes back at a press', async () => {
    expect(await update()).toMatchObject({ kind: 'switched', from: OLD, to: NEXT });
    expect(steps.map((s) => ('done' in s ? s.done : s.step))).toEqual(['looking', 0, 1, 2]);
    expect(await running()).toEqual([NEXT]);
    const restarted = await ensureYtdlp({ dir: join(temp.dir, 'yt-dlp'), log });
    expect(restarted.version).toBe(NEXT);

    expect(await updater.goBack(900)).toEqual({ from: NEXT, to: OLD });
    expect(await running()).toEqual([OLD]);
    expect(await audits()).toEqual(['ytdlp_back', 'ytdlp_update']);
    expect(await updater.view()).toMatchObject({ using: { version: OLD }, previous: NEXT });
  });

  it('keeps the one in use when the new one loses a link, and does not offer it again', async () => {
    broken = { [NEXT]: ['http://a.example/'] };
    expect(await update()).toMatchObject({
      kind: 'worse',
      tried: [{ next: 'extractor_broken' }, { next: 'ok' }],
    });
    expect(await running()).toEqual([OLD]);
    await updater.look();
    expect(news).toEqual([]);
    expect(await updater.view()).toMatchObject({ candidate: NEXT, refused: 'canary' });
  });

  it('takes one that wins more links than it loses, and one that changes nothing', async () => {
    broken = { [OLD]: ['http://a.example/', 'http://b.example/'], [NEXT]: ['http://b.example/'] };
    expect(await update()).toMatchObject({ kind: 'switched' });
    broken = { [OLD]: ['http://a.example/'], '2099.02.02': ['http://a.example/'] };
    offer = (dir) => versionOnly(dir, '2099.02.02');
    expect(await update()).toMatchObject({ kind: 'switched' });
  });

  it('goes back by itself when clearly fewer jobs succeed than before', async () => {
    ended(100, 5, now - 60 * MIN);
    await update();
    now += MIN;
    ended(9, 9, now);
    await updater.judge();
    expect(updater.using.version).toBe(NEXT);
    ended(1, 1, now);
    await updater.judge();
    expect(await running()).toEqual([OLD]);
    const rates = { before: { good: 95, judged: 100 }, after: { good: 0, judged: 10 } };
    expect(news).toEqual([{ from: NEXT, to: OLD, ...rates }]);
    expect(await audits()).toEqual(['ytdlp_back', 'ytdlp_update']);
    // The same release is no news; the next one is.
    await updater.look();
    offer = (dir) => versionOnly(dir, '2099.02.02');
    await updater.look();
    expect(news.slice(1)).toEqual([{ version: '2099.02.02', using: OLD }]);
  });

  it('keeps a release that does as well as the one before, and says so once', async () => {
    ended(100, 20, now - 60 * MIN);
    await update();
    now += MIN;
    ended(50, 14, now);
    await updater.judge();
    await updater.judge();
    expect(news).toEqual([{ version: NEXT, after: { good: 36, judged: 50 } }]);
    expect(updater.using.version).toBe(NEXT);
  });

  it('offers what it finds at night once, over restarts, and keeps one copy of it', async () => {
    await updater.look();
    now += 24 * 60 * MIN;
    updater = build();
    await updater.restore();
    expect(updater.newer).toBe(NEXT);
    await updater.look();
    expect(news).toEqual([{ version: NEXT, using: OLD }]);
    expect(readdirSync(join(temp.dir, 'yt-dlp/next'))).toHaveLength(1);
  });

  it('says that there is nothing newer, and leaves YTDLP_PATH to the operator', async () => {
    offer = undefined;
    expect(await update()).toMatchObject({ kind: 'newest' });
    updater = build({ path: '/opt/yt-dlp' });
    expect(await update()).toEqual({ kind: 'fixed' });
  });

  it('goes on after a restart in the middle', async () => {
    await updater
      .update(PLACE, async () => {
        void updater.close();
      })
      .catch(() => {});
    updater = build();
    expect(await updater.restore()).toEqual(PLACE);
    expect(await update()).toMatchObject({ kind: 'switched' });
    updater = build();
    expect(await updater.restore()).toBeUndefined();
  });

  it('tries the last delivered link of each busy site, or those an admin chose', async () => {
    const { store } = temp;
    const asked = { records: records(), store, samples: ['http://sample/'], now: () => now };
    expect(await probeLinks(asked)).toEqual(['http://sample/']);
    const claim = { bootId: 'b', now, leaseMs: 1, perUser: 99, skipSites: [] };
    for (const [site, url] of [
      ['a', 'http://a/1'],
      ['b', 'http://b/1'],
      ['b', 'http://b/2'],
    ] as const) {
      await store.jobs.add(0, [newJob({ site, url })]);
      const job = await store.jobs.claim(claim);
      if (job) await store.jobs.end(job, { state: 'done', now });
    }
    expect(await probeLinks(asked)).toEqual(['http://b/2', 'http://a/1']);
    await records().setLinks(['http://c/']);
    expect(await probeLinks(asked)).toEqual(['http://c/']);
  });
});
