/** Chooses the engine: `auto` is warm where Python can import yt-dlp. */
import { JobError } from '../../shared/errors.ts';
import type { Log } from '../log.ts';
import { commonArgv } from './argv.ts';
import type { Engine, EngineRun, YtdlpInstall } from './engine.ts';
import { freshened } from './freshened.ts';
import { spawnEngine } from './spawn.ts';
import { type WarmEngine, warmEngine } from './warm.ts';

export interface CreateEngine {
  kind: 'auto' | 'warm' | 'spawn';
  install: YtdlpInstall;
  ffmpeg: string;
  cacheDir: string;
  jsFlags: readonly string[];
  log: Log;
}

export interface ChosenEngine {
  readonly engine: Engine;
  /** One line for the log and for `doctor`. */
  readonly why: string;
  /** The fork server as it is now; undefined without one. */
  readonly warm?: Pick<WarmEngine, 'serverPid' | 'restarts' | 'forks'> | undefined;
}

/** @throws Error with `kind: 'warm'` where Python cannot import yt-dlp */
export async function createEngine(options: CreateEngine): Promise<ChosenEngine> {
  const { kind, install, log } = options;
  const spawned = spawnEngine({ install });
  if (kind === 'spawn') return { engine: spawned, why: 'ENGINE=spawn' };
  if (!install.python) {
    const why = install.noPython ?? 'no Python imports yt-dlp';
    if (kind === 'warm') throw new Error(`ENGINE=warm is not possible here: ${why}`);
    return { engine: spawned, why: `spawn, because ${why}` };
  }
  const warm = await warmEngine({ python: install.python, log, warmUp: commonArgv(options) });
  const engine = await freshened(withFallback(warm, spawned, log), warm, install.bin);
  return { engine, warm, why: `warm, with ${install.python.exe}` };
}

/** A fork server that does not start must not stop the bot: that run gets a fresh process. */
function withFallback(warm: Engine, spawned: Engine, log: Log): Engine {
  return {
    name: 'warm',
    async run(run: EngineRun) {
      try {
        return await warm.run(run);
      } catch (cause) {
        if (run.signal.aborted) throw cause;
        if (!(cause instanceof JobError) || cause.code !== 'engine_failed') throw cause;
        log.warn({ err: cause }, 'the fork server failed; this run gets a fresh process');
        return spawned.run(run);
      }
    },
    async close() {
      await Promise.all([warm.close(), spawned.close()]);
    },
  };
}
