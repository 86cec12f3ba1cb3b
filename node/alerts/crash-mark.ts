/** A mark that stands while the process runs: found at a start, it tells of one that was killed. */
import * as v from 'valibot';
import type { State } from '../store/state.ts';

export interface CrashMark {
  /** Whether the process before this one did not end by itself. */
  readonly wasKilled: boolean;
  /** The process ends as it should. */
  clear(): Promise<void>;
}

export async function setCrashMark(state: State, now: number): Promise<CrashMark> {
  const wasKilled = (await state.get('process', 'running', v.boolean())) ?? false;
  await state.set('process', 'running', true, now);
  return { wasKilled, clear: () => state.remove('process', 'running') };
}
