/**
 * What happens inside, told to whoever counts it. Parts get an observer as an argument and know
 * nothing of Prometheus, health or logs; an observer never throws and never answers.
 */
import type { JobRow } from '../store/schema.ts';

const OBSERVED_STAGES = ['extract', 'download', 'convert', 'upload'] as const;
export type ObservedStage = (typeof OBSERVED_STAGES)[number];

export interface ApiCallSeen {
  method: string;
  outcome: ApiOutcome;
  ms: number;
  /** What Telegram said, free of the token. */
  description?: string | undefined;
}

/** `flood` 429 · `server` 5xx · `unreachable` never arrived · `no_answer` may have arrived. */
export type ApiOutcome =
  | 'ok'
  | 'flood'
  | 'unauthorized'
  | 'conflict'
  | 'refused'
  | 'server'
  | 'unreachable'
  | 'no_answer'
  | 'aborted';

export interface Observer {
  /** A job reached its end: delivered, failed or cancelled. */
  jobEnded(job: JobRow): void;
  stage(stage: ObservedStage, ms: number, ok: boolean): void;
  apiCall(call: ApiCallSeen): void;
  engineRun(engine: 'warm' | 'spawn', ok: boolean): void;
}

/** Tells each of them. */
export const observers = (...all: readonly Partial<Observer>[]): Observer => ({
  jobEnded: (job) => tell(all, (one) => one.jobEnded?.(job)),
  stage: (stage, ms, ok) => tell(all, (one) => one.stage?.(stage, ms, ok)),
  apiCall: (call) => tell(all, (one) => one.apiCall?.(call)),
  engineRun: (engine, ok) => tell(all, (one) => one.engineRun?.(engine, ok)),
});

function tell(all: readonly Partial<Observer>[], say: (one: Partial<Observer>) => void): void {
  for (const one of all) say(one);
}
