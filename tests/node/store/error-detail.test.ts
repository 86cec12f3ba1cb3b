import { expect, it } from 'vitest';
import { JobError } from '../../../shared/errors.ts';
import { newJob, tempStore } from '../../support/store.ts';

const WORDS = 'ERROR: [generic] v?token=s3cret: https://me:s3cret@a.example/v?sig=s3cret failed';

it('keeps the key of a link out of the error that admins can ask for', async () => {
  const { store, close } = tempStore();
  const rules = { bootId: 'b', now: 1, leaseMs: 1000, perUser: 2, skipSites: [] };
  await store.jobs.add(1, [newJob({ updateId: 1 })]);
  const job = await store.jobs.claim(rules);
  if (!job) throw new Error('no job');
  const error = new JobError('not_found', WORDS);
  await store.jobs.requeue(job, { notBefore: 0, burn: true, error });
  expect((await store.jobs.find(job.id))?.errorDetail).not.toContain('s3cret');
  const again = await store.jobs.claim(rules);
  if (!again) throw new Error('no job');
  await store.jobs.end(again, { state: 'failed', now: 2, error, errorId: '0badcafe' });
  expect((await store.jobs.findByError('0badcafe'))?.errorDetail).toMatch(/^ERROR: .*failed$/);
  expect((await store.jobs.find(job.id))?.errorDetail).not.toContain('s3cret');
  close();
});
