/**
 * The composition root of the node: everything is built here and in `build/`, in the order in
 * which data flows, and everything else gets what it needs as arguments.
 */
import { rm } from 'node:fs/promises';
import { setCrashMark } from './alerts/crash-mark.ts';
import { type Base, buildBase } from './build/base.ts';
import { buildDoors, type Doors } from './build/doors.ts';
import { buildEngines, type Engines } from './build/engines.ts';
import { buildSurroundings, type Surroundings } from './build/surroundings.ts';
import { buildTalk, type Late, type Talking } from './build/talk.ts';
import { buildTelegram } from './build/telegram.ts';
import { buildWork, type Work } from './build/work.ts';
import { buildYtdlp } from './build/ytdlp.ts';
import { tendChats } from './chat/tend.ts';
import type { Config } from './config/config.ts';
import { endLeftovers } from './jobs/leftovers.ts';
import { recoverJobs } from './jobs/recover.ts';
import { owedWords } from './jobs/unsaid.ts';
import type { Log } from './log.ts';
import { createReleases, type Opened } from './releases.ts';
import { sayBanner } from './services/banner.ts';
import { startUpdates } from './updates/start.ts';

const ADOPT_MS = 10_000;

/** A running node. */
export interface Node {
  url: string;
  /** Takes no more work, lets what runs finish for `graceMs`, then puts the rest back. */
  drain(graceMs: number): Promise<void>;
  /** What still runs stops at once and goes back into the queue. */
  abort(): void;
}

/** @throws anything a part throws at its start; what was opened until then is closed again. */
export async function serve(config: Config, log: Log): Promise<Node> {
  const releases = createReleases();
  const release = () =>
    releases.run((name, err) => log.error({ part: name, err }, 'a part did not close'));
  try {
    return await build(config, log, releases.push, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function build(
  config: Config,
  log: Log,
  opened: Opened,
  release: () => Promise<void>,
): Promise<Node> {
  const base = await buildBase(config, log, opened);
  const around = await buildSurroundings(base);
  const engines = await buildEngines(base, around);
  const api = buildTelegram(base, around);
  const work = await buildWork(base, around, engines, api);
  const late: Late = {};
  const ytdlp = await buildYtdlp(base, around, engines, api, work);
  const talk = buildTalk(base, around, engines, api, work, ytdlp, late);
  const doors = await buildDoors(base, around, engines, api, work, talk, ytdlp);
  late.operations = doors.operations;

  const mark = await pickUp(base, work);
  await talk.inbox.resume();
  if (base.cluster.shared) opened('orphaned updates', adoptUpdates(talk, log));
  work.runner.begin();
  const onName = (name: string) => {
    base.bot.name = name;
  };
  const updates = await startUpdates({
    ...{ updates: config.updates, api, log, edge: doors.edge, onName, cluster: base.cluster },
  });
  opened('updates', updates.stop);
  await talk.room.broadcasts.resume();
  ytdlp.resume().catch((err) => log.error({ err }, 'the update of yt-dlp failed'));
  const { store, now } = base;
  opened(
    'chats',
    tendChats({
      ...{ api, store, adminIds: around.adminIds, log, now },
      mayI: () => base.cluster.once('chats'),
    }),
  );
  await banner(base, around, engines, work, doors);

  return {
    url: base.http.url,
    abort: work.runner.abort,
    async drain(graceMs) {
      doors.close();
      await announceEnd(base);
      await updates.stop();
      await talk.inbox.close();
      await work.runner.drain(graceMs);
      await mark.clear();
      await release();
      await rm(base.paths.jobs, { recursive: true, force: true });
    },
  };
}

/** What waits here goes to the other nodes at once, and not when the last upload is over. */
async function announceEnd({ cluster, nodeId, log }: Base): Promise<void> {
  if (!cluster.shared) return;
  await cluster.setDraining(nodeId, true).catch((err) => {
    log.warn({ err }, 'the other nodes hear of the end only when it has come');
  });
  await cluster.publish({ kind: 'kick' });
}

/** A node that dies has accepted updates nobody but the database knows of. */
function adoptUpdates({ inbox }: Talking, log: Log): () => void {
  const timer = setInterval(() => {
    inbox.adopt().then(
      (adopted) => adopted > 0 && log.warn({ adopted }, 'updates of a node that is gone'),
      (err) => log.warn({ err }, 'updates of nodes that are gone were not read'),
    );
  }, ADOPT_MS).unref();
  return () => clearInterval(timer);
}

/** What an earlier process left: its children, folders, breakers, menus, jobs and debts of words. */
async function pickUp(base: Base, work: Work) {
  const { store, log, now, paths, opened, bootId, cluster, homes } = base;
  const { board, boards, words, alerts } = work;
  await endLeftovers(paths.jobs, log);
  await work.folders.sweep(new Set());
  await work.breakers.restore();
  for (const view of work.breakers.list()) alerts.heardOf(view);
  await store.menus.reopenUnseen();
  const mark = await setCrashMark(store.state, now(), cluster.shared ? cluster.nodeId : undefined);
  const recovered = await recoverJobs({
    ...{ store, board, bootId, log, now },
    mine: homes && (() => homes.waiting(cluster.nodeId)),
  });
  if (mark.wasKilled) void alerts.crashed(recovered);
  const owed = owedWords({
    ...{ store, board, words, log, now, claim: boards.claim },
    mayI: cluster.shared ? () => cluster.once('owed words') : undefined,
  });
  opened('owed words', owed.close);
  void owed.say();
  return mark;
}

async function banner(
  { config, http, bot, log, upkeep }: Base,
  around: Surroundings,
  engines: Engines,
  work: Work,
  doors: Doors,
): Promise<void> {
  sayBanner(
    {
      ...{ config, url: http.url, bot: bot.name, services: doors.operations.services },
      places: work.places(),
      settings: work.settings,
      databaseBytes: await upkeep.bytes(),
      engine: engines.chosen.why,
      ytdlp: around.install.version,
      ffmpeg: around.ffmpeg.version,
      gallery: engines.gallery.install?.version,
      admins: around.adminIds.size,
      breakersOpen: work.breakers.pausedSites().length,
      sandbox: around.sandbox !== undefined,
    },
    log,
  );
}
