/** Bot API calls as an observer is told of them. */
import type { ApiCallSeen, ApiOutcome } from '../observe/observer.ts';
import type { Answer } from './answer.ts';
import { TransportFailure } from './errors.ts';

/** Performs the call and tells how it went. */
export async function seenCall(
  method: string,
  call: () => Promise<Answer>,
  tell: (seen: ApiCallSeen) => void,
): Promise<Answer> {
  const began = performance.now();
  const seen = (outcome: ApiOutcome, description?: string) =>
    tell({ method, outcome, ms: performance.now() - began, description });
  try {
    const answer = await call();
    if (answer.ok) seen('ok');
    else seen(outcomeOfCode(answer.error_code), answer.description);
    return answer;
  } catch (error) {
    if (error instanceof TransportFailure) seen(outcomeOfFailure(error), error.message);
    throw error;
  }
}

function outcomeOfCode(code: number): ApiOutcome {
  if (code === 429) return 'flood';
  if (code === 401) return 'unauthorized';
  if (code === 409) return 'conflict';
  return code >= 500 ? 'server' : 'refused';
}

function outcomeOfFailure({ aborted, stage }: TransportFailure): ApiOutcome {
  if (aborted) return 'aborted';
  return stage === 'sent' ? 'no_answer' : 'unreachable';
}
