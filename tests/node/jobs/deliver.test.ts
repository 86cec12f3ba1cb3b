import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type DeliverParts,
  type Delivery,
  deliverCached,
  deliverFiles,
  Unrecorded,
} from '../../../node/jobs/deliver.ts';
import type { MediaFile } from '../../../node/media/media.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import type { MediaTarget } from '../../../node/telegram/send-media.ts';
import { newJob, tempStore } from '../../support/store.ts';

const RULES = { bootId: 'boot-1', now: 5000, leaseMs: 30_000, perUser: 4, skipSites: [] };
const silent = { warn: () => {}, error: () => {} } as never;
const SAID = { title: 'A post', bytes: 25, why: 'best', video: false } as const;
const pictures = (count: number): MediaFile[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ kind: 'photo', path: `/${n + 1}.jpg`, bytes: 1, fileName: `${n + 1}.jpg` },
  }));

describe('a delivery and what is written down of it', () => {
  let temp: ReturnType<typeof tempStore>;
  let job: JobRow;
  beforeEach(async () => {
    temp = tempStore();
    const row = newJob();
    await temp.store.jobs.add(row.updateId, [row]);
    job = (await temp.store.jobs.claim(RULES)) as JobRow;
  });
  afterEach(() => temp.close());

  const parts = (send: DeliverParts['send']): DeliverParts => ({
    ...{ send, store: temp.store, log: silent, now: () => 6000 },
  });
  const delivery = (): Delivery => ({
    ...{ job, signal: new AbortController().signal, onProgress: () => {}, onWait: () => {} },
  });
  const row = () => temp.store.jobs.find(job.id);

  const sentFiles = (files: readonly { fileName: string }[]) =>
    files.map(({ fileName }) => ({
      ...{ kind: 'photo' as const, fileId: fileName, bytes: 1, fileName },
    }));

  /** Sends in albums of ten, and dies before the one after `albums`. */
  const dyingAfter = (albums: number, sent: string[], captions: (string | undefined)[] = []) =>
    (async (files: readonly { fileName: string }[], target: MediaTarget) => {
      captions.push(target.caption);
      for (let at = 0, album = 0; at < files.length; at += 10, album++) {
        if (album === albums) throw new Error('killed');
        await target.onLastByte?.();
        const group = files.slice(at, at + 10);
        sent.push(...group.map(({ fileName }) => fileName));
        if (at + 10 < files.length) await target.onSent?.(sentFiles(files.slice(0, at + 10)));
      }
      return { messages: [1], sent: sentFiles(files), buttonsLeft: false };
    }) as DeliverParts['send'];

  it('goes on behind the albums that arrived before a crash', async () => {
    const sent: string[] = [];
    const captions: (string | undefined)[] = [];
    const first = deliverFiles(
      parts(dyingAfter(1, sent, captions)),
      delivery(),
      pictures(25),
      SAID,
    );
    await expect(first).rejects.toThrow('killed');
    // Between two albums nothing is uncertain: a crash there runs the job again.
    expect(await row()).toMatchObject({ state: 'sending', sentCount: 10, lastByteSent: 0 });
    await temp.store.jobs.recover('boot-2', 7000);
    job = (await temp.store.jobs.claim({ ...RULES, bootId: 'boot-2' })) as JobRow;
    await deliverFiles(parts(dyingAfter(9, sent, captions)), delivery(), pictures(25), SAID);
    expect(sent).toEqual(pictures(25).map(({ fileName }) => fileName));
    expect(captions.map((caption) => caption !== undefined)).toEqual([true, false]);
    expect(await row()).toMatchObject({ state: 'done' });
    // The next one who asks gets all of them, those of before the crash as well.
    const kept = await temp.store.files.find(job.fileKey, 8000);
    expect(kept?.files.map(({ fileId }) => fileId)).toEqual(sent);
  });

  it('does not let the last byte leave when another node has the job by then', async () => {
    const sent: string[] = [];
    const late = delivery();
    const send: DeliverParts['send'] = async (files, target) => {
      // Paused in the middle of the upload for longer than its lease.
      await temp.store.jobs.recover('boot-2', 7000);
      job = (await temp.store.jobs.claim({ ...RULES, bootId: 'boot-2' })) as JobRow;
      return dyingAfter(9, sent)(files, target);
    };
    const delivered = deliverFiles(parts(send), late, pictures(1), SAID);
    await expect(delivered).rejects.toThrow('the lease was lost');
    expect(sent).toEqual([]);
    expect(await row()).toMatchObject({ state: 'running', attempt: 2, lastByteSent: 0 });
    // Nor does it begin another.
    await expect(deliverFiles(parts(send), late, pictures(1), SAID)).rejects.toThrow('lost');
  });

  /** A disk that is full for so many writes of the end. */
  const fullFor = (writes: number): DeliverParts => {
    let left = writes;
    const end: typeof temp.store.jobs.end = async (...args) => {
      left -= 1;
      if (left < 0) return temp.store.jobs.end(...args);
      throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    };
    const store = { ...temp.store, jobs: { ...temp.store.jobs, end } };
    const sleep = async (_ms: number, signal: AbortSignal) => signal.throwIfAborted();
    return { ...parts(dyingAfter(9, [])), store, sleep };
  };

  it('waits with an arrival until it can be written down, and asks nobody', async () => {
    await deliverFiles(fullFor(5), delivery(), pictures(1), SAID);
    expect(await row()).toMatchObject({ state: 'done' });
  });

  it('decides nothing when it is stopped before the arrival could be written down', async () => {
    const stopped = { ...delivery(), signal: AbortSignal.abort() };
    const delivered = deliverFiles(fullFor(9), stopped, pictures(1), SAID);
    await expect(delivered).rejects.toThrow(Unrecorded);
    expect(await row()).toMatchObject({ state: 'sending', lastByteSent: 1 });
  });

  it('fetches after all when Telegram forgot the file, and a crash then is not uncertain', async () => {
    const files = [{ kind: 'video' as const, fileId: 'old', bytes: 1, fileName: 'a.mp4' }];
    await temp.store.files.keep(job.fileKey, 'site', { ...SAID, files }, 1);
    const { GrammyError } = await import('grammy');
    const refusing: DeliverParts['send'] = async (_files, target) => {
      await target.onLastByte?.();
      const answer = { ok: false, error_code: 400, description: 'Bad Request: wrong file_id' };
      throw new GrammyError('refused', answer as never, 'sendVideo', {});
    };
    expect(await deliverCached(parts(refusing), delivery(), { ...SAID, files })).toBe(false);
    expect(await row()).toMatchObject({ state: 'running', lastByteSent: 0 });
    expect(await temp.store.files.has(job.fileKey)).toBe(false);
  });
});
