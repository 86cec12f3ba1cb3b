/** `/queue`: what runs and what waits. */
import type { QueueFacts } from '../../shared/texts/catalogue/admin.ts';
import { groupBy } from './group.ts';
import { type AdminCommand, type AdminParts, answer, wordsOf } from './parts.ts';

const MOST = 10;

async function factsOf({ store, runner, now, ...parts }: AdminParts): Promise<QueueFacts> {
  const waiting = await store.jobs.waiting();
  const ids = [...runner.running.keys()].slice(0, MOST);
  const running = (await Promise.all(ids.map((id) => store.jobs.find(id)))).flatMap(
    (job) => job ?? [],
  );
  return {
    ...(await store.jobs.figures()),
    places: parts.places(),
    held: parts.settings.maintenance,
    oldest: waiting[0]?.createdAt,
    now: running.map(({ id, site, stage, startedAt, createdAt }) => ({
      ...{ id, site, stage: stage ?? undefined },
      seconds: (now() - (startedAt ?? createdAt)) / 1000,
    })),
    waiting: [...groupBy(waiting, ({ site }) => site)]
      .map(([site, jobs]) => ({ site, jobs: jobs.length }))
      .sort((a, b) => b.jobs - a.jobs)
      .slice(0, MOST),
  };
}

export const queue: AdminCommand = async (parts, talk) => {
  await answer(parts, talk, { text: wordsOf(talk).queue(await factsOf(parts)) });
};
