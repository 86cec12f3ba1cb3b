/** yt-dlp and gallery-dl, observed, with cookies lent and recent probes remembered. */
import { announcedState } from '../cluster/announced-state.ts';
import { pgJars } from '../cluster/postgres/jars.ts';
import { openCookieJars } from '../cookies/jars.ts';
import { PROBES } from '../cookies/probed.ts';
import { RESTS } from '../cookies/rests.ts';
import { picturesWithCookies, withCookies } from '../cookies/with-cookies.ts';
import { readHead, readText } from '../egress/read.ts';
import { createEngine } from '../engine/create-engine.ts';
import { openGallery } from '../engine/open-gallery.ts';
import { withProbeMemory } from '../engine/probe-memory.ts';
import { switchable } from '../engine/switchable.ts';
import { createYtdlp } from '../engine/ytdlp.ts';
import { joinPieces } from '../media/join.ts';
import { observedEngine, observedYtdlp } from '../observe/observed.ts';
import type { Base } from './base.ts';
import type { Surroundings } from './surroundings.ts';

export async function buildEngines(base: Base, around: Surroundings) {
  const { config, log, opened, paths, observer, store } = base;
  const { install, jsFlags, proxy } = around;
  const ffmpeg = around.ffmpeg.ffmpeg;
  const common = { ffmpeg, cacheDir: paths.cache, jsFlags, log };
  const first = await createEngine({ kind: config.engine, install, ...common });
  const chosen = switchable(first, { log });
  opened('engine', () => chosen.engine.close());
  const jars = await openCookieJars({
    ...{ dir: paths.cookies, log, state: announcedState(store.state, base.cluster) },
    shared: base.postgres && pgJars(base.postgres.db, base.cluster),
  });
  await jars.sync();
  const follow = () =>
    void jars.sync().catch((err) => log.warn({ err }, 'the cookies of all nodes were not read'));
  base.cluster.on('jars', follow);
  base.cluster.on('state', ({ space }) => {
    if (space === RESTS || space === PROBES) follow();
  });
  base.cluster.onMissed(follow);
  const pictures = await openGallery({ dir: paths.tools, proxyUrl: proxy.url, log });
  opened('gallery-dl', pictures.close);
  const engine = observedEngine(chosen.engine, observer);
  const web = { dispatcher: around.web };
  const plain = createYtdlp({
    ...{ engine, proxyUrl: proxy.url, ...common },
    reading: {
      readText: (url, headers, signal) => readText(url, headers, { ...web, signal }),
      readHead: (url, headers, signal, from) => readHead(url, headers, { ...web, signal }, from),
    },
    join: (request) => joinPieces(around.ffmpeg, request),
  });
  const remembered = await withProbeMemory(plain, { dir: paths.probes, log });
  opened('probes', remembered.memory.clear);
  const ytdlp = observedYtdlp(withCookies(remembered.ytdlp, jars), observer);
  return {
    chosen,
    jars,
    /** Neither lends cookies nor remembers. */
    plain,
    ytdlp,
    gallery: picturesWithCookies(pictures, jars),
    memory: remembered.memory,
  };
}

export type Engines = Awaited<ReturnType<typeof buildEngines>>;
