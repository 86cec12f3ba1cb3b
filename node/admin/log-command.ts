/** `/log ERRORID`: what really happened behind the number a person reads out. */
import { redact } from '../log.ts';
import { type AdminCommand, answer, wordsOf } from './parts.ts';

export const log: AdminCommand = async (parts, talk, { args }) => {
  const words = wordsOf(talk).log;
  const errorId = args.trim().toLowerCase();
  if (!/^[0-9a-f]{8}$/.test(errorId)) {
    await answer(parts, talk, { text: words.usage });
    return;
  }
  const job = await parts.store.jobs.findByError(errorId);
  const end = job?.finishedAt ?? parts.now();
  const text = job
    ? words.page({
        ...{ errorId, job: job.id, user: job.userId, site: job.site, attempts: job.attempt },
        at: job.finishedAt ?? undefined,
        url: redact(job.url),
        code: job.errorCode ?? job.state,
        detail: redact(job.errorDetail ?? ''),
        seconds: (end - job.createdAt) / 1000,
      })
    : words.unknown;
  await answer(parts, talk, { text });
};
