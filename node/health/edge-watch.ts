/** When the remote edge was last heard of, in `edge` mode. */
import type { HandOver, JobRequest } from '../../shared/wire.ts';
import type { HealthSource } from './check.ts';
import { span } from './words.ts';

type Take = (request: JobRequest) => Promise<HandOver>;

export function edgeWatch(take: Take, now: () => number = Date.now) {
  let seenAt: number | undefined;
  const source: HealthSource = {
    name: 'edge',
    check: () => ({
      name: 'edge',
      // Silence is no fault: the edge speaks when people do.
      state: 'ok',
      detail: seenAt === undefined ? 'not heard of yet' : `last job ${span(now() - seenAt)} ago`,
      ...(seenAt !== undefined && { facts: { seenAt } }),
    }),
  };
  return {
    source,
    take: ((request) => {
      seenAt = now();
      return take(request);
    }) satisfies Take,
  };
}
