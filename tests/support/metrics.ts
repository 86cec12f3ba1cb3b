/** Metrics with something in every series. */
import { createMetrics } from '../../node/observe/metrics.ts';
import type { JobRow } from '../../node/store/schema.ts';

export function filled() {
  const metrics = createMetrics();
  metrics.read({
    queue: async () => ({ queued: 3, running: 5 }),
    places: () => 8,
    breakers: () => [
      { site: 'youtube', state: 'open' },
      { site: 'a.example', state: 'half_open' },
      { site: 'b.example', state: 'half_open' },
    ],
    egress: () => ({ refused: 7, failed: 1, bytesIn: 1000 }),
    engineRestarts: () => 2,
  });
  const { observer } = metrics;
  const ended = { createdAt: 0, finishedAt: 1000, bytes: 10, fromCache: 1 };
  observer.jobEnded({ ...ended, site: 'youtube', state: 'done', errorCode: null } as JobRow);
  observer.stage('extract', 100, true);
  observer.apiCall({ method: 'sendVideo', outcome: 'flood', ms: 30 });
  observer.engineRun('warm', true);
  return metrics;
}
