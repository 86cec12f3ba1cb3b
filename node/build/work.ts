/** The work: gates, settings, breakers, status messages, and the runner that flies the jobs. */
import { availableParallelism } from 'node:os';
import { createAlerts } from '../alerts/alerts.ts';
import { createTellAdmins } from '../alerts/tell-admins.ts';
import { toldAlerts } from '../alerts/told.ts';
import { type BreakerView, createBreakers } from '../breakers/breakers.ts';
import { probeTurns } from '../breakers/probe-turns.ts';
import { tellWaiting } from '../breakers/tell-waiting.ts';
import { createOffer } from '../chat/screens/offer.ts';
import { announcedState } from '../cluster/announced-state.ts';
import { sharedBoards } from '../cluster/boards.ts';
import { aliveIn } from '../cluster/cluster.ts';
import { everywhere } from '../cluster/everywhere.ts';
import { hearOthers } from '../cluster/hear-others.ts';
import { nearWhenHeard } from '../cluster/near-when-heard.ts';
import { createStops } from '../cluster/remote-stop.ts';
import { reportingBoard } from '../cluster/reporting-board.ts';
import { MB } from '../config/config.ts';
import { createDisk } from '../jobs/disk.ts';
import { flyJob } from '../jobs/fly.ts';
import { jobFolders } from '../jobs/folder.ts';
import { createRunner, type Runner } from '../jobs/runner.ts';
import { createWaitingLine } from '../jobs/waiting-line.ts';
import { createLastWords } from '../jobs/words.ts';
import { createGates } from '../queue/gates.ts';
import { loadSettings } from '../settings/settings.ts';
import { createBoard } from '../status/board.ts';
import { type MessageIds, messageIds } from '../status/message-ids.ts';
import { statusTransport } from '../status/transport.ts';
import type { Base } from './base.ts';
import type { Engines } from './engines.ts';
import { flightParts } from './flights.ts';
import type { Surroundings } from './surroundings.ts';
import type { TelegramApi } from './telegram.ts';

export async function buildWork(
  base: Base,
  around: Surroundings,
  engines: Engines,
  api: TelegramApi,
) {
  const { config, log, opened, now, paths, store, bootId, cluster } = base;
  const state = announcedState(store.state, cluster);
  const gates = createGates({
    downloads: config.downloads.max,
    workers: config.workers,
    cores: availableParallelism(),
  });
  const places = () => gates.download.concurrency;
  const setPlaces = (downloads: number) => {
    for (const gate of [gates.extract, gates.download]) gate.concurrency = downloads;
  };
  const settings = await loadSettings({
    state,
    defaults: {
      ...config.limits,
      ...{ size: Math.floor(config.maxFileBytes / MB), downloads: config.downloads.max },
    },
    onChange({ limits }) {
      setPlaces(limits.downloads);
      runner.kick();
    },
  });
  setPlaces(settings.limits.downloads);
  const ids = messageIds(api);
  const board = reportingBoard(buildBoard(base, api, ids), cluster);
  const tell = createTellAdmins({ api, store, adminIds: around.adminIds, log, now });
  const alerts = createAlerts({
    told: toldAlerts(store.state, now),
    ...{ tell: tell.all, now },
    several: cluster.shared
      ? { node: cluster.nodeId, mayI: () => cluster.once('alerts') }
      : undefined,
  });
  const wake = () => runner.kick();
  const tellOfPause = (view: BreakerView) =>
    void tellWaiting({ jobs: store.jobs, board }, view).catch((err) =>
      log.warn({ err }, 'waiting people could not be told of a pause'),
    );
  const breakers = createBreakers({
    ...{ state, log, wake },
    turns: probeTurns({ cluster, wake, log }),
    onChange(view) {
      tellOfPause(view);
      void alerts.breaker(view);
    },
    onHeard(view) {
      tellOfPause(view);
      alerts.heardOf(view);
    },
  });
  opened('breakers', breakers.stop);
  const maxFileBytes = () => settings.limits.size * MB;
  const disk = createDisk({ dir: paths.jobs, maxFileBytes });
  const noStarts = () => settings.maintenance || disk.full();
  const held = () => noStarts() || cluster.draining;
  const all = everywhere(cluster, { places, running: () => runner.running.values() });
  const line = createWaitingLine({
    ...{ store, board, log, now, held: noStarts },
    ...all,
    pausedSites: breakers.pausedSites,
  });
  opened('waiting line', line.stop);
  const folders = jobFolders(paths.jobs);
  const offer = createOffer({ memory: engines.memory, maxFileBytes });
  const words = createLastWords({ store, board, offer, log, now });
  const runner: Runner = createRunner({
    ...{ jobs: store.jobs, bootId, shared: cluster.shared, places, held, log, now },
    nodes: () => aliveIn(cluster),
    pausedSites: breakers.pausedSites,
    jobTimeoutMs: config.jobTimeoutMs,
    async fly(job, flight) {
      line.moved();
      await boards.flying(job, flight.mayFetch);
      return flyJob(flyParts(), job, flight).finally(line.moved);
    },
  });
  const boards = sharedBoards({ cluster, board, store, homes: base.homes, log });
  const stops = createStops({ cluster, state: store.state, jobs: store.jobs, runner, log, now });
  hearOthers({ cluster, settings, breakers, runner, line, log });
  const flyParts = flightParts(base, around, engines, api, {
    ...{ gates, settings, board, boards, breakers, disk, folders, words },
    runner,
  });
  return {
    gates,
    places,
    settings,
    ...{ board, boards, stops, allPlaces: all.places, ids },
    tell,
    alerts,
    breakers,
    disk,
    line,
    folders,
    words,
    runner,
  };
}

export type Work = Awaited<ReturnType<typeof buildWork>>;

function buildBoard({ log, store, cluster }: Base, api: TelegramApi, ids: MessageIds) {
  return createBoard({
    transport: statusTransport(api, ids),
    log,
    remember: async (ids, messageId) => {
      for (const id of ids) await store.jobs.setStatusMessage(id, messageId);
    },
    expect: async (ids, above) => {
      let shownHere = false;
      for (const id of ids)
        shownHere = (await store.jobs.expectStatusMessage(id, above)) || shownHere;
      // The message does not leave: nobody would take it away.
      if (!shownHere) throw new Error('another node shows it by now');
    },
    strayed: store.jobs.strayMessage,
    near: cluster.shared ? nearWhenHeard(store.jobs) : store.jobs.messagesAbove,
  });
}
