/** A database as a bot leaves it: every table, and texts that two databases might order or keep otherwise. */
import type { Db } from '../../node/store/open.ts';
import * as tables from '../../node/store/schema.ts';
import { newJob } from './store.ts';

const WORDS = ['clip', 'ünïcode', 'Zebra', 'zebra', 'ویدیو', '🎬 film', '\uffee wide', 'a\u0000b'];
const STATES = ['done', 'done', 'done', 'failed', 'cancelled', 'queued', 'asking', 'uncertain'];

/** `size` jobs, and of the other tables what belongs to so many. */
export function fill(db: Db, size: number): void {
  const some = (n: number) => Array.from({ length: Math.max(WORDS.length, n) }, (_, i) => i);
  const word = (i: number) => `${WORDS[i % WORDS.length]} ${i}`;
  /** No key holds it. */
  const name = (i: number) => word(i).replace('\0', '');
  const put = <T extends object>(
    n: number,
    make: (i: number) => T,
    add: (rows: T[]) => unknown,
  ) => {
    const rows = some(n).map(make);
    for (let at = 0; at < rows.length; at += 100) add(rows.slice(at, at + 100));
  };
  db.transaction((tx) => {
    put(size, jobOf, (rows) => tx.insert(tables.jobs).values(rows).run());
    put(
      size,
      (i) => ({ updateId: i + 1, chatId: -i, state: 'done' as const, receivedAt: i }),
      (rows) => tx.insert(tables.updates).values(rows).run(),
    );
    put(
      size / 10,
      (i) => ({ id: 5_000_000_000 + i, name: word(i), createdAt: i, seenAt: i }),
      (rows) => tx.insert(tables.users).values(rows).run(),
    );
    put(
      size / 20,
      (i) => ({ key: name(i), value: '{}', site: 's', bytes: 3e9, createdAt: i, usedAt: i }),
      (rows) => tx.insert(tables.files).values(rows).run(),
    );
    put(
      size / 100,
      (i) => ({ id: -i - 1, type: 'group', title: word(i), createdAt: i }),
      (rows) => tx.insert(tables.chats).values(rows).run(),
    );
    put(
      size / 100,
      (i) => ({ space: name(i), name: name(i * 7), value: `${i}`, updatedAt: i }),
      (rows) => tx.insert(tables.state).values(rows).run(),
    );
    put(
      size / 50,
      (i) => ({ hour: i % 9, site: name(i), outcome: 'done', jobs: 1, bytes: 9e12, ms: i }),
      (rows) => tx.insert(tables.tallies).values(rows).run(),
    );
    put(
      size / 50,
      (i) => ({ hour: i % 9, site: name(i), bucket: i, jobs: 1 }),
      (rows) => tx.insert(tables.timings).values(rows).run(),
    );
    put(
      size / 100,
      (i) => ({ at: i, userId: i, action: 'ban', detail: `"${word(i)}"` }),
      (rows) => tx.insert(tables.audit).values(rows).run(),
    );
    put(
      size / 100,
      (i) => ({
        ...{ jobId: i + 1, userId: i, chatId: i, title: word(i), total: i },
        ...{ entries: '[]', createdAt: i },
      }),
      (rows) => tx.insert(tables.playlists).values(rows).run(),
    );
  });

  function jobOf(i: number): tables.NewJob {
    return newJob({
      ...{ updateId: i + 1, userId: i % 500, title: word(i), bytes: i + 0.5 },
      ...{ state: STATES[i % STATES.length] as tables.JobState, createdAt: i, finishedAt: i },
      ...{ url: `https://site.example/${word(i)}`, errorDetail: i % 3 ? null : word(i) },
      notBefore: i % 5 ? 0 : Number.MAX_SAFE_INTEGER,
    });
  }
}
