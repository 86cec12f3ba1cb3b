/** When the remote edge was last heard of, in `edge` mode. */
import type { HealthSource } from './check.ts';
import { span } from './words.ts';

export interface EdgeWatch {
  source: HealthSource;
  /** The edge sent something that was signed. */
  heard(): void;
}

export function edgeWatch(now: () => number = Date.now): EdgeWatch {
  let seenAt: number | undefined;
  return {
    heard() {
      seenAt = now();
    },
    source: {
      name: 'edge',
      check: () => ({
        name: 'edge',
        // Silence is no fault: the edge speaks when people do.
        state: 'ok',
        detail: seenAt === undefined ? 'not heard of yet' : `last job ${span(now() - seenAt)} ago`,
        say: (d) => (seenAt === undefined ? d.edge.never : d.edge.last(now() - seenAt)),
        ...(seenAt !== undefined && { facts: { seenAt } }),
      }),
    },
  };
}
