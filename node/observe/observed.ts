/** Wrappers that time a part from outside, so that the part itself needs no clock of its own. */
import type { Engine } from '../engine/engine.ts';
import type { Ytdlp } from '../engine/ytdlp.ts';
import type { PrepareMedia } from '../media/prepare.ts';
import type { SendMedia } from '../telegram/send-media.ts';
import type { ObservedStage, Observer } from './observer.ts';

type Watches = Pick<Observer, 'stage'>;

export const observedYtdlp = (ytdlp: Ytdlp, watch: Watches): Ytdlp => ({
  probe: timed(watch, 'extract', ytdlp.probe),
  download: timed(watch, 'download', ytdlp.download),
});

export const observedPrepare = (prepare: PrepareMedia, watch: Watches): PrepareMedia =>
  timed(watch, 'convert', prepare);

/** What Telegram already holds is sent by name: no bytes leave, so it is no upload. */
export function observedSend(send: SendMedia, watch: Watches): SendMedia {
  const upload = timed(watch, 'upload', send);
  return (files, target) =>
    files.some((file) => 'path' in file) ? upload(files, target) : send(files, target);
}

export const observedEngine = (engine: Engine, watch: Pick<Observer, 'engineRun'>): Engine => ({
  get name() {
    return engine.name;
  },
  close: () => engine.close(),
  async run(run) {
    // A run that answered with an error code did run: only one that could not is a fault here.
    const exit = await engine.run(run).catch((cause) => {
      if (!run.signal.aborted) watch.engineRun(engine.name, false);
      throw cause;
    });
    watch.engineRun(engine.name, true);
    return exit;
  },
});

function timed<A extends unknown[], T>(
  watch: Watches,
  stage: ObservedStage,
  work: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  return async (...args) => {
    const began = performance.now();
    let ok = false;
    try {
      const result = await work(...args);
      ok = true;
      return result;
    } finally {
      watch.stage(stage, performance.now() - began, ok);
    }
  };
}
