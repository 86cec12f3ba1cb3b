/** A real database in a folder of its own, and rows to put in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../node/store/open.ts';
import type { NewJob } from '../../node/store/schema.ts';
import { createStore } from '../../node/store/store.ts';
import type { JobRequest } from '../../shared/wire.ts';

export const MIGRATIONS = new URL('../../drizzle', import.meta.url).pathname;

/** @param root where its folder is made */
export function tempStore(root = tmpdir()) {
  const dir = mkdtempSync(join(root, 'postchi-store-'));
  const opened = openDatabase({ dataDir: dir, migrationsDir: MIGRATIONS });
  return {
    dir,
    store: createStore(opened.db),
    db: opened.db,
    sqlite: opened.sqlite,
    close() {
      opened.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

let nextUpdate = 1;

/** A queued job of user 1 for a link of its own, unless told otherwise. */
export function newJob(change: Partial<NewJob> = {}): NewJob {
  const updateId = change.updateId ?? nextUpdate++;
  const mediaKey = change.mediaKey ?? `url:http://site.example/${updateId}`;
  return {
    updateId,
    item: 0,
    userId: 1,
    chatId: change.userId ?? 1,
    chatType: 'private',
    replyTo: 7,
    lang: 'en',
    url: 'http://site.example/clip.mp4',
    mediaKey,
    fileKey: `${mediaKey}|${change.choice ?? 'auto'}`,
    site: 'site.example',
    choice: 'auto',
    state: 'queued',
    createdAt: 1000,
    ...change,
  };
}

export function downloadRequest(updateId: number, change: Partial<JobRequest> = {}): JobRequest {
  return {
    v: 1,
    updateId,
    receivedAt: 1000,
    chat: { id: 1, type: 'private' },
    user: { id: 1, languageCode: 'en' },
    messageId: 7,
    ask: { kind: 'download', found: 1, links: [{ url: 'http://site.example/clip.mp4' }] },
    ...change,
  };
}
