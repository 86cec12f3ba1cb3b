/**
 * Stopping a job that another node runs. The wish is a row and the message only makes it quick:
 * a node that was deaf for a moment finds the row when it hears again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import type { Runner } from '../jobs/runner.ts';
import type { Log } from '../log.ts';
import type { Jobs } from '../store/jobs.ts';
import type { State } from '../store/state.ts';
import type { Cluster } from './cluster.ts';

export interface Stops {
  /** Stops the job wherever it runs; false when it runs nowhere. */
  stop(jobId: number): Promise<boolean>;
  /** Everything of a chat, on every node: nobody there could be told what became of it. */
  stopChat(chatId: number): Promise<void>;
}

export interface StopsParts {
  cluster: Pick<Cluster, 'shared' | 'publish' | 'on' | 'onMissed'>;
  state: State;
  jobs: Pick<Jobs, 'find'>;
  runner: Pick<Runner, 'stop' | 'running'>;
  log: Log;
  now(): number;
}

const SPACE = 'stop';
/** A job ends or is timed out long before. */
const FORGET_MS = 3_600_000;
/** Between a claim and its flight a job runs already and cannot be stopped yet, ms. */
const AGAIN_MS = [50, 200, 1000];

export function createStops(parts: StopsParts): Stops {
  const { cluster, state, jobs, runner, log, now } = parts;

  const stopHere = (chatId: number) => {
    for (const job of runner.running.values())
      if (job.chatId === chatId) runner.stop(job.id, 'cancelled');
  };

  async function obey(jobId: number, tries: readonly number[] = []): Promise<void> {
    if (runner.stop(jobId, 'cancelled')) return state.remove(SPACE, String(jobId));
    const [wait, ...rest] = tries;
    if (wait === undefined) return;
    await delay(wait, undefined, { ref: false });
    await obey(jobId, rest);
  }

  async function obeyAll(): Promise<void> {
    for (const name of (await state.all(SPACE, v.boolean())).keys()) await obey(Number(name));
    await state.forgetBefore(SPACE, now() - FORGET_MS);
  }

  const failed = (err: unknown) => log.warn({ err }, 'a stop from another node was not obeyed');
  cluster.on('stop', ({ jobId }) => void obey(jobId, AGAIN_MS).catch(failed));
  cluster.on('left', ({ chatId }) => stopHere(chatId));
  cluster.onMissed(() => void obeyAll().catch(failed));

  return {
    async stop(jobId) {
      if (runner.stop(jobId, 'cancelled')) return true;
      if (!cluster.shared) return false;
      const job = await jobs.find(jobId);
      if (job?.state !== 'running' && job?.state !== 'sending') return false;
      await state.set(SPACE, String(jobId), true, now());
      await cluster.publish({ kind: 'stop', jobId });
      return true;
    },
    async stopChat(chatId) {
      stopHere(chatId);
      await cluster.publish({ kind: 'left', chatId });
    },
  };
}
