/**
 * How the bot is, as a list of facts: what `doctor`, `/health` and the alerts all show. A check
 * says what it found in one plain line and, when that is not well, the one thing to do next.
 */

import type { HealthName, State } from '../../shared/texts/catalogue/admin.ts';
import type { HealthDetails } from '../../shared/texts/catalogue/health.ts';

/** `warn` works but will not for long or for everyone; `bad` does not work. */
export type HealthState = State;

/** A check without a name in both languages does not compile. */
export type CheckName = HealthName;

export interface Check {
  name: CheckName;
  state: HealthState;
  /** One plain line; no path of a person's file, no secret. */
  detail: string;
  /** The same for a chat, in its language and without a path or an address of the machine. */
  say?: (words: HealthDetails) => string;
  /** What an operator does about it; present whenever the state is not `ok`. */
  nextStep?: string;
  /** The figures behind the line: percentages 0–100, bytes, ms, counts. */
  facts?: Readonly<Record<string, number>>;
}

export interface Health {
  checks: Check[];
  /** The worst of them. */
  verdict: HealthState;
  /** The most urgent next step; undefined when all is well. */
  nextStep?: string | undefined;
}

/** Answers one or several checks; what it throws becomes a `bad` check of its name. */
export interface HealthSource {
  name: CheckName;
  check(): Check | Check[] | Promise<Check | Check[]>;
}

const WORSE: Record<HealthState, number> = { ok: 0, warn: 1, bad: 2 };
/** A check that hangs must not keep the others from being seen. */
const SOURCE_MS = 10_000;

/** Asks every source at once; the answers stand in the order of the sources. */
export async function collectHealth(
  sources: readonly HealthSource[],
  timeoutMs: number = SOURCE_MS,
): Promise<Health> {
  const answers = await Promise.all(sources.map((source) => answerOf(source, timeoutMs)));
  return summed(answers.flat());
}

export function summed(checks: Check[]): Health {
  const worst = checks.reduce<Check | undefined>(
    (found, check) => (WORSE[check.state] > WORSE[found?.state ?? 'ok'] ? check : found),
    undefined,
  );
  return { checks, verdict: worst?.state ?? 'ok', nextStep: worst?.nextStep };
}

async function answerOf({ name, check }: HealthSource, timeoutMs: number): Promise<Check[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return [await Promise.race([check(), late])].flat();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    return [{ name, state: 'bad', detail, nextStep: 'see the log for what went wrong' }];
  } finally {
    clearTimeout(timer);
  }
}

/** A percentage or count against its two limits. */
export const grade = (value: number, limits: { warn: number; bad: number }): HealthState =>
  value >= limits.bad ? 'bad' : value >= limits.warn ? 'warn' : 'ok';

/** `check` with a next step only where one is due. */
export const found = (check: Omit<Check, 'nextStep'>, nextStep: string): Check =>
  check.state === 'ok' ? check : { ...check, nextStep };

/** What a chat reads of a check; one that failed itself has no words of its own. */
export const inWords = (check: Pick<Check, 'say'>, words: HealthDetails): string =>
  check.say ? check.say(words) : words.unknown;
