/** What one flight of a job works with; asked anew for each, because an admin may change the limits. */

import type { JobError } from '../../shared/errors.ts';
import type { SiteWatch } from '../breakers/breakers.ts';
import { showWayBack } from '../chat/inline.ts';
import { askList } from '../chat/playlist.ts';
import type { SharedBoards } from '../cluster/boards.ts';
import { MB } from '../config/config.ts';
import { contentLength } from '../egress/content-length.ts';
import { createAsk } from '../jobs/ask.ts';
import type { FlyParts } from '../jobs/fly.ts';
import { recentFailures } from '../jobs/recent-failures.ts';
import type { Runner } from '../jobs/runner.ts';
import { prepareMedia } from '../media/prepare.ts';
import { splitVideo } from '../media/split.ts';
import { observedPrepare, observedSend } from '../observe/observed.ts';
import type { Settings } from '../settings/settings.ts';
import type { JobRow } from '../store/schema.ts';
import { createShowUpload } from '../telegram/chat-action.ts';
import { createSendMedia } from '../telegram/send-media.ts';
import type { Base } from './base.ts';
import type { Engines } from './engines.ts';
import type { Surroundings } from './surroundings.ts';
import type { TelegramApi } from './telegram.ts';

interface Crew extends Pick<FlyParts, 'gates' | 'board' | 'disk' | 'folders' | 'words'> {
  settings: Pick<Settings, 'limits'>;
  boards: SharedBoards;
  breakers: SiteWatch;
  runner: Pick<Runner, 'adopt' | 'rules'>;
}

export function flightParts(
  base: Base,
  around: Surroundings,
  engines: Engines,
  api: TelegramApi,
  crew: Crew,
): () => FlyParts {
  const { log, now, store, observer } = base;
  const { gates, settings, board, boards, breakers, disk, folders, words, runner } = crew;
  const { ffmpeg, web, quickLook } = around;
  const { ytdlp, gallery, memory } = engines;
  const failures = recentFailures();
  const ask = createAsk({
    ...{ store, board, boards, memory, log, now, maxFileBytes: () => settings.limits.size * MB },
    askSize: (url, signal) => contentLength(url, web, signal),
  });
  const fixed = {
    ...{ store, board, gates, folders, disk, failures, log, now, ytdlp, gallery, words, ask },
    sites: breakers,
    prepare: observedPrepare(
      (request) => prepareMedia({ ...request, ffmpeg, quickLook }),
      observer,
    ),
    split: (request: Parameters<FlyParts['split']>[0]) => splitVideo(ffmpeg, request),
    showUpload: createShowUpload(api),
    send: observedSend(createSendMedia(api), observer),
    askList: (
      asked: Parameters<FlyParts['askList']>[0],
      found: Parameters<FlyParts['askList']>[1],
    ) => askList({ store, board, now }, asked, found),
    onDelivered: (delivered: JobRow) => showWayBack(api, log, delivered),
    async onSettled(settled: JobRow, error: JobError | undefined) {
      if (error) failures.add(settled, error);
      runner.adopt(await store.jobs.claimFollowers(settled.fileKey, runner.rules()));
    },
  };
  return () => ({ ...fixed, maxFileBytes: settings.limits.size * MB });
}
