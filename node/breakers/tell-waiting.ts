/** People whose jobs wait for a paused site read until when. */
import type { Board } from '../status/board.ts';
import type { Jobs } from '../store/jobs.ts';
import type { BreakerView } from './breakers.ts';

export async function tellWaiting(
  parts: { jobs: Pick<Jobs, 'waiting'>; board: Pick<Board, 'show'> },
  { site, phase, until }: Pick<BreakerView, 'site' | 'phase' | 'until'>,
): Promise<void> {
  if (phase !== 'open' || until === undefined) return;
  for (const job of await parts.jobs.waiting()) {
    if (job.site === site) parts.board.show(job, ({ status }) => status.paused({ site, until }));
  }
}
