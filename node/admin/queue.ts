/** `/queue`: what runs and what waits, on all nodes. */
import type { QueueFacts } from '../../shared/texts/catalogue/admin.ts';
import { groupBy } from '../group-by.ts';
import { type AdminCommand, type AdminParts, answer, wordsOf } from './parts.ts';

const MOST = 10;

export type QueueParts = Pick<AdminParts, 'store' | 'cluster' | 'settings' | 'places' | 'now'>;

export async function queueFacts({ store, cluster, now, ...parts }: QueueParts) {
  const waiting = await store.jobs.waiting();
  const running = await store.jobs.live(MOST);
  /** A node names itself where there are others. */
  const nodeOf = (bootId: string | null) =>
    cluster.shared ? cluster.living().find((node) => node.bootId === bootId)?.id : undefined;
  return {
    ...(await store.jobs.figures()),
    places: parts.places(),
    held: parts.settings.maintenance,
    oldest: waiting[0]?.createdAt,
    now: running.map(({ id, site, stage, startedAt, createdAt, bootId }) => ({
      ...{ id, site, stage: stage ?? undefined, node: nodeOf(bootId) },
      seconds: (now() - (startedAt ?? createdAt)) / 1000,
    })),
    waiting: [...groupBy(waiting, ({ site }) => site)]
      .map(([site, jobs]) => ({ site, jobs: jobs.length }))
      .sort((a, b) => b.jobs - a.jobs)
      .slice(0, MOST),
  } satisfies QueueFacts;
}

export const queue: AdminCommand = async (parts, talk) => {
  await answer(parts, talk, { text: wordsOf(talk).queue(await queueFacts(parts)) });
};
