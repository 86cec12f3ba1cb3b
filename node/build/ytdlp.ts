/** What looks after yt-dlp: a newer one is found, tried, taken and given back. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nowButton, runUpdate } from '../admin/update.ts';
import { announcedState } from '../cluster/announced-state.ts';
import { createEngine } from '../engine/create-engine.ts';
import type { Service } from '../services/every.ts';
import { lookingForYtdlp } from '../services/services.ts';
import { extractWith } from '../ytdlp-update/extract.ts';
import { probeLinks } from '../ytdlp-update/links.ts';
import type { UpdateNews } from '../ytdlp-update/parts.ts';
import { SPACE, updateRecords, WANTED } from '../ytdlp-update/records.ts';
import { createUpdater } from '../ytdlp-update/updater.ts';
import type { Base } from './base.ts';
import type { Engines } from './engines.ts';
import type { Surroundings } from './surroundings.ts';
import type { TelegramApi } from './telegram.ts';
import type { Work } from './work.ts';

export async function buildYtdlp(
  base: Base,
  around: Surroundings,
  engines: Engines,
  api: TelegramApi,
  { tell }: Pick<Work, 'tell'>,
) {
  const { config, log, opened, now, nodeId, cluster, paths, store, upkeep } = base;
  const { install, jsFlags, proxy, sandbox } = around;
  const records = updateRecords(announcedState(store.state, cluster), now, nodeId);
  const samples = sandbox?.samples.map(({ url }) => url) ?? [];
  const links = () => probeLinks({ records, store, samples, now });
  // Not among the jobs' folders: the clean-up removes what no job holds there.
  const dir = join(paths.ytdlp, 'canary');
  const common = { ffmpeg: around.ffmpeg.ffmpeg, cacheDir: paths.cache, jsFlags, log };
  const extracting = { ...common, proxyUrl: proxy.url, jars: engines.jars, dir };
  const updater = createUpdater({
    ...{ using: install, path: config.ytdlpPath, dir: paths.ytdlp, records, links, log, now },
    news: newsFor(tell),
    cluster,
    openEngine: (found) => createEngine({ kind: config.engine, install: found, ...common }),
    switchTo: engines.chosen.switchTo,
    extract(chosen = engines.chosen) {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      return extractWith(chosen.engine, extracting);
    },
    endedSince: upkeep.endedSince,
    audit: (userId, action, detail) => store.audit.add({ at: now(), userId, action, detail }),
  });
  opened('yt-dlp update', updater.close);
  const follow = () =>
    void updater.follow().catch((err) => log.warn({ err }, 'the yt-dlp of all nodes is not known'));
  cluster.on('state', ({ space, name }) => {
    if (space === SPACE && name === WANTED) follow();
  });
  cluster.onMissed(follow);
  const desk = { updater, records, links };
  return {
    ...desk,
    services: [lookingForYtdlp(updater, log), judgingYtdlp(updater)],
    /** Goes on with an update a restart broke off, or takes what other nodes took meanwhile. */
    async resume() {
      const place = await updater.restore();
      if (place) await runUpdate({ api, log, cluster, ytdlp: desk }, place);
      else await updater.follow();
    },
  };
}

export type YtdlpCare = Awaited<ReturnType<typeof buildYtdlp>>;

const newsFor = (tell: Work['tell']): UpdateNews => ({
  offered: (found) =>
    tell.all(
      ({ update }) => update.news.offered(found),
      ({ update }) => [nowButton(update, found.version)],
    ),
  wentBack: (news) => tell.all(({ update }) => update.news.wentBack(news)),
  proved: (news) => tell.all(({ update }) => update.news.proved(news)),
});

const judgingYtdlp = ({ judge }: { judge(): Promise<void> }): Service => ({
  name: 'yt-dlp trial',
  next: (now) => now + 60_000,
  run: judge,
});
