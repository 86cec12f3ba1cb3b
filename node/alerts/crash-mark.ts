/** A mark that stands while the process runs: found at a start, it tells of one that was killed. */
import * as v from 'valibot';
import type { State } from '../store/state.ts';

export interface CrashMark {
  /** Whether the process before this one did not end by itself. */
  readonly wasKilled: boolean;
  /** The process ends as it should. */
  clear(): Promise<void>;
}

/** @param name tells the nodes of one database apart */
export async function setCrashMark(
  state: State,
  now: number,
  name = 'running',
): Promise<CrashMark> {
  const wasKilled = (await state.get('process', name, v.boolean())) ?? false;
  await state.set('process', name, true, now);
  return { wasKilled, clear: () => state.remove('process', name) };
}
