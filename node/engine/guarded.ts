import { JobError } from '../../shared/errors.ts';
import type { EngineExit } from './engine.ts';

/** Runs, and throws the signal's own reason when it was aborted: the first cause wins. */
export async function guarded(
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<EngineExit>,
): Promise<EngineExit> {
  if (signal.aborted) throw reasonOf(signal);
  const exit = await run(signal);
  if (signal.aborted) throw reasonOf(signal);
  return exit;
}

const reasonOf = (signal: AbortSignal): JobError =>
  signal.reason instanceof JobError
    ? signal.reason
    : new JobError('cancelled', String(signal.reason), {}, { cause: signal.reason });
