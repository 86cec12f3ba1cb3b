/** The conversation: what people and admins may say, and the inbox it comes through. */
import type { JobRequest } from '../../shared/wire.ts';
import { buildAdmin } from '../admin/build.ts';
import { handleRequest } from '../chat/handle.ts';
import type { ChatParts } from '../chat/parts.ts';
import { MB } from '../config/config.ts';
import { cookieProbeLinks } from '../cookies/probe.ts';
import { createInbox } from '../inbox/inbox.ts';
import { isPassing, isStoreAway, sayGivenUp } from '../inbox/trouble.ts';
import { planCleanup } from '../services/cleanup.ts';
import type { Operations } from '../services/operations.ts';
import type { Base } from './base.ts';
import type { Engines } from './engines.ts';
import type { Surroundings } from './surroundings.ts';
import type { TelegramApi } from './telegram.ts';
import type { Work } from './work.ts';
import type { YtdlpCare } from './ytdlp.ts';

/** What is built later and asked only when an admin does. */
export interface Late {
  operations?: Operations;
}

export function buildTalk(
  base: Base,
  around: Surroundings,
  engines: Engines,
  api: TelegramApi,
  work: Work,
  ytdlp: YtdlpCare,
  late: Late,
) {
  const { config, log, opened, now, store, bot, paths, upkeep, cluster } = base;
  const { board, runner, stops, boards, line, breakers, settings, disk, tell } = work;
  const talking = {
    ...{ api, store, board, boards, runner, stops, line, log, now, memory: engines.memory },
    pausedUntil: breakers.pausedUntil,
    noRoom: disk.full,
    isAdmin: (id: number) => around.adminIds.has(id),
    botName: () => bot.name,
  };
  const room = buildAdmin({
    ...{ ...talking, breakers, settings, jars: engines.jars, tell, ytdlp, cluster },
    places: work.allPlaces,
    health: () => started(late).health(),
    planCleanup: () => planCleanup({ dataDir: config.dataDir, paths, upkeep }),
    largestMb: Math.floor(config.maxFileBytes / MB),
    remoteEdge: config.updates.mode === 'edge',
    probes: cookieProbeLinks(store.state, now),
    ...around.account,
  });
  opened('broadcast', room.broadcasts.close);
  const chat: ChatParts = {
    ...{ ...talking, admin: room.admin, membership: room.membership },
    takeUp: (request) => handleRequest(chat, request),
    held: () => settings.maintenance,
    get maxFileBytes() {
      return settings.limits.size * MB;
    },
  };
  const inbox = createInbox({
    updates: store.updates,
    light: work.gates.light,
    draining: () => cluster.draining,
    handle: (request: JobRequest) => handleRequest(chat, request),
    passing: isPassing,
    storeAway: isStoreAway,
    giveUp: sayGivenUp(chat),
    heard: work.ids.heard,
    log,
  });
  return { room, inbox, chat };
}

export type Talking = ReturnType<typeof buildTalk>;

/** The inbox is read only after everything was built. */
function started({ operations }: Late): Operations {
  if (!operations) throw new Error('asked for health before the start was over');
  return operations;
}
