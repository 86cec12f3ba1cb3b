/** The canary: the same links with the yt-dlp in use and with the new one, one after the other. */
import { asJobError, type ErrorCode } from '../../shared/errors.ts';

/** Extracts a link. @throws JobError */
export type Extract = (url: string, signal: AbortSignal) => Promise<void>;

export type Outcome = 'ok' | ErrorCode;

export interface Tried {
  url: string;
  old: Outcome;
  next: Outcome;
}

export interface CanaryParts {
  links: readonly string[];
  old: Extract;
  next: Extract;
  signal: AbortSignal;
  onTried(done: number): Promise<void>;
}

export async function runCanary(parts: CanaryParts): Promise<Tried[]> {
  const { links, signal, onTried } = parts;
  const tried: Tried[] = [];
  for (const url of links) {
    const old = await outcomeOf(parts.old, url, signal);
    let next = await outcomeOf(parts.next, url, signal);
    // One lost connection is no reason to turn a release down.
    if (next !== 'ok' && old === 'ok') next = await outcomeOf(parts.next, url, signal);
    tried.push({ url, old, next });
    await onTried(tried.length);
  }
  return tried;
}

async function outcomeOf(extract: Extract, url: string, signal: AbortSignal): Promise<Outcome> {
  try {
    await extract(url, signal);
    return 'ok';
  } catch (error) {
    signal.throwIfAborted();
    return asJobError(error).code;
  }
}

/** Links only the old one reads, and links only the new one reads. */
const lostAndGained = (tried: readonly Tried[]) => ({
  lost: tried.filter(({ old, next }) => old === 'ok' && next !== 'ok'),
  gained: tried.filter(({ old, next }) => old !== 'ok' && next === 'ok'),
});

/**
 * Worse is a release that loses links and wins no more than it loses. One that mends YouTube and
 * fails at one link of elsewhere is taken; one that changes nothing is taken, too.
 */
export function isWorse(tried: readonly Tried[]): boolean {
  const { lost, gained } = lostAndGained(tried);
  return lost.length > 0 && lost.length >= gained.length;
}
