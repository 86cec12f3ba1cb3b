/**
 * The tables on PostgreSQL: those of `../schema.ts`, name for name and type for type, so that a
 * row of either database is the same value to everything above the store; and what only several
 * nodes need. Drizzle has a builder for each database, so the columns stand here once more; the
 * contract suite and `move-store` fail when the two drift apart.
 */
import { sql } from 'drizzle-orm';
import {
  bigint,
  customType,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { JOB_STATES, STAGES } from '../schema.ts';

/**
 * Telegram's ids and ms since the epoch need 53 bits. Rounded, because SQLite takes a fraction of
 * a byte or of a ms and PostgreSQL fails the whole write.
 */
const int = customType<{ data: number; driverData: string | number }>({
  dataType: () => 'bigint',
  fromDriver: Number,
  toDriver: Math.round,
});
const ownId = (name: string) =>
  bigint(name, { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity();

export const updates = pgTable(
  'updates',
  {
    updateId: int('update_id').primaryKey(),
    chatId: int('chat_id').notNull(),
    request: text('request'),
    state: text('state', { enum: ['pending', 'done', 'failed'] }).notNull(),
    attempt: integer('attempt').notNull().default(0),
    receivedAt: int('received_at').notNull(),
    /** The boot that handles it; another takes over when that one is gone. */
    bootId: text('boot_id'),
  },
  (t) => [index('updates_by_state').on(t.state, t.updateId)],
);

export const jobs = pgTable(
  'jobs',
  {
    id: ownId('id'),
    updateId: int('update_id').notNull(),
    item: integer('item').notNull(),
    userId: int('user_id').notNull(),
    chatId: int('chat_id').notNull(),
    chatType: text('chat_type', { enum: ['private', 'group', 'supergroup', 'channel'] }).notNull(),
    threadId: int('thread_id'),
    businessId: text('business_id'),
    replyTo: int('reply_to'),
    lang: text('lang', { enum: ['en', 'fa'] }).notNull(),
    url: text('url').notNull(),
    mediaKey: text('media_key').notNull(),
    fileKey: text('file_key').notNull(),
    site: text('site').notNull(),
    choice: text('choice').notNull(),
    playlistId: int('playlist_id'),
    quiet: integer('quiet').notNull().default(0),
    inlineQuery: text('inline_query'),
    clipStartMs: int('clip_start_ms'),
    clipEndMs: int('clip_end_ms'),
    state: text('state', { enum: JOB_STATES }).notNull(),
    stage: text('stage', { enum: STAGES }),
    attempt: integer('attempt').notNull().default(0),
    crashes: integer('crashes').notNull().default(0),
    bootId: text('boot_id'),
    leaseUntil: int('lease_until'),
    notBefore: int('not_before').notNull().default(0),
    statusMessageId: int('status_message_id'),
    statusFloor: int('status_floor'),
    sentMessageId: int('sent_message_id'),
    sentCount: integer('sent_count').notNull().default(0),
    lastByteSent: integer('last_byte_sent').notNull().default(0),
    title: text('title'),
    bytes: int('bytes'),
    fromCache: integer('from_cache').notNull().default(0),
    errorCode: text('error_code'),
    errorId: text('error_id'),
    errorDetail: text('error_detail'),
    createdAt: int('created_at').notNull(),
    startedAt: int('started_at'),
    finishedAt: int('finished_at'),
    /** The node that accepted it: only there its status message is known from the first moment. */
    home: text('home'),
    /** Its newest entry in the queue engine, which exists while the job runs. */
    ticket: text('ticket'),
  },
  (t) => [
    uniqueIndex('jobs_once').on(t.updateId, t.item),
    index('jobs_by_state').on(t.state, t.notBefore, t.id),
    // The next job is found without a walk over all that ever ended.
    index('jobs_queue').on(t.id).where(sql`state = 'queued'`),
    index('jobs_live').on(t.userId, t.fileKey).where(sql`state IN ('running', 'sending')`),
    index('jobs_by_user').on(t.userId, t.id),
    index('jobs_by_file').on(t.fileKey, t.state),
    index('jobs_by_error').on(t.errorId),
    index('jobs_by_finish').on(t.finishedAt),
  ],
);

export const files = pgTable(
  'files',
  {
    key: text('key').primaryKey(),
    value: text('value').notNull(),
    site: text('site').notNull(),
    bytes: int('bytes').notNull(),
    hits: int('hits').notNull().default(0),
    createdAt: int('created_at').notNull(),
    usedAt: int('used_at').notNull(),
  },
  (t) => [index('files_by_use').on(t.usedAt)],
);

export const users = pgTable('users', {
  id: int('id').primaryKey(),
  name: text('name'),
  username: text('username'),
  lang: text('lang', { enum: ['en', 'fa'] }),
  mode: text('mode', { enum: ['send', 'ask', 'audio'] })
    .notNull()
    .default('send'),
  maxHeight: integer('max_height').notNull().default(0),
  audioFormat: text('audio_format', { enum: ['m4a', 'mp3', 'opus'] })
    .notNull()
    .default('m4a'),
  captions: integer('captions').notNull().default(1),
  asFile: integer('as_file').notNull().default(0),
  bannedAt: int('banned_at'),
  blockedAt: int('blocked_at'),
  createdAt: int('created_at').notNull(),
  seenAt: int('seen_at').notNull(),
});

export const chats = pgTable('chats', {
  id: int('id').primaryKey(),
  type: text('type').notNull(),
  title: text('title'),
  enabled: integer('enabled').notNull().default(1),
  quiet: integer('quiet').notNull().default(1),
  lang: text('lang', { enum: ['en', 'fa'] }),
  leftAt: int('left_at'),
  createdAt: int('created_at').notNull(),
});

export const playlists = pgTable(
  'playlists',
  {
    jobId: int('job_id').primaryKey(),
    userId: int('user_id').notNull(),
    chatId: int('chat_id').notNull(),
    title: text('title').notNull(),
    total: integer('total').notNull(),
    entries: text('entries').notNull(),
    askedMessageId: int('asked_message_id'),
    pickedUpdateId: int('picked_update_id'),
    createdAt: int('created_at').notNull(),
  },
  (t) => [index('playlists_by_user').on(t.userId, t.chatId)],
);

export const state = pgTable(
  'state',
  {
    space: text('space').notNull(),
    name: text('name').notNull(),
    value: text('value').notNull(),
    updatedAt: int('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.name] })],
);

export const tallies = pgTable(
  'tallies',
  {
    hour: integer('hour').notNull(),
    site: text('site').notNull(),
    outcome: text('outcome').notNull(),
    jobs: int('jobs').notNull(),
    bytes: int('bytes').notNull(),
    ms: int('ms').notNull(),
  },
  (t) => [primaryKey({ columns: [t.hour, t.site, t.outcome] })],
);

export const timings = pgTable(
  'timings',
  {
    hour: integer('hour').notNull(),
    site: text('site').notNull(),
    bucket: integer('bucket').notNull(),
    jobs: int('jobs').notNull(),
  },
  (t) => [primaryKey({ columns: [t.hour, t.site, t.bucket] })],
);

export const audit = pgTable('audit', {
  id: ownId('id'),
  at: int('at').notNull(),
  userId: int('user_id').notNull(),
  action: text('action').notNull(),
  detail: text('detail').notNull(),
});

/** One row a node, renewed by its heartbeat; the time is the database's, so clocks may differ. */
export const nodes = pgTable('nodes', {
  /** Stable over restarts of the same data folder. */
  id: text('id').primaryKey(),
  bootId: text('boot_id').notNull(),
  startedAt: int('started_at').notNull(),
  seenAt: int('seen_at').notNull(),
  /** Asked by an admin to take nothing new. */
  draining: integer('draining').notNull().default(0),
  /** JSON: version, load, disk, engine as `/nodes` shows them. */
  facts: text('facts').notNull(),
});

/** What one node does for all of them: who holds it, and until when by the database's clock. */
export const leases = pgTable('leases', {
  name: text('name').primaryKey(),
  bootId: text('boot_id').notNull(),
  until: int('until').notNull(),
});

/**
 * Requests asked about at the rate limits and the verdict each got, as in the edge's Durable
 * Object: those without `retry_at` were admitted and count.
 */
export const charges = pgTable(
  'charges',
  {
    updateId: int('update_id').primaryKey(),
    userId: int('user_id').notNull(),
    at: int('at').notNull(),
    retryAt: int('retry_at'),
    scope: text('scope', { enum: ['user', 'all'] }),
    /** 1 when the person is told of this refusal. */
    tell: integer('tell').notNull().default(0),
  },
  (t) => [
    index('charges_old').on(t.at),
    index('charges_by_time').on(t.at).where(sql`${t.retryAt} IS NULL`),
    index('charges_by_user').on(t.userId, t.at).where(sql`${t.retryAt} IS NULL`),
    index('charges_told').on(t.userId, t.retryAt).where(sql`${t.tell} = 1`),
  ],
);

/** Cookie jars, so that a login uploaded to one node serves all. */
export const jars = pgTable('jars', {
  /** Site and account, as the file is named. */
  name: text('name').primaryKey(),
  text: text('text').notNull(),
  /** Grows with every change; a node that holds an older one reads it again. */
  version: int('version').notNull(),
  updatedAt: int('updated_at').notNull(),
});
