/**
 * The tables. A job is a row before it is anything else: what is not written here was never
 * promised. Times are ms since the epoch, sizes are bytes.
 *
 *            ┌────────── retry, crash ──────────┐
 *            ▼                                  │
 *   queued ──▶ running ──▶ sending ──▶ done     │
 *     │          │  │        │  └─▶ uncertain   │  every byte left, no answer came: asked about
 *     │          │  └────────┼─────────────────▶┘
 *     │          ├─▶ asking  │                     waits for a person's choice
 *     └──────────┴───────────┴──▶ failed, cancelled
 */
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';

export const JOB_STATES = [
  'queued',
  'running',
  'sending',
  'asking',
  'uncertain',
  'done',
  'failed',
  'cancelled',
] as const;
export type JobState = (typeof JOB_STATES)[number];

export const STAGES = ['extracting', 'downloading', 'converting', 'uploading'] as const;
export type Stage = (typeof STAGES)[number];

/** Updates that were accepted and what became of them; also how a repeated one is known. */
export const updates = sqliteTable(
  'updates',
  {
    updateId: integer('update_id').primaryKey(),
    chatId: integer('chat_id').notNull(),
    /** The whole job request as JSON, emptied once handled: people's words are not kept. */
    request: text('request'),
    state: text('state', { enum: ['pending', 'done', 'failed'] }).notNull(),
    attempt: integer('attempt').notNull().default(0),
    receivedAt: integer('received_at').notNull(),
  },
  (t) => [index('updates_by_state').on(t.state, t.updateId)],
);

export const jobs = sqliteTable(
  'jobs',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** The update it came from and its place there: the same update never makes it twice. */
    updateId: integer('update_id').notNull(),
    item: integer('item').notNull(),
    userId: integer('user_id').notNull(),
    chatId: integer('chat_id').notNull(),
    chatType: text('chat_type', { enum: ['private', 'group', 'supergroup', 'channel'] }).notNull(),
    threadId: integer('thread_id'),
    businessId: text('business_id'),
    replyTo: integer('reply_to'),
    lang: text('lang', { enum: ['en', 'fa'] }).notNull(),
    url: text('url').notNull(),
    /** Canonical id of the link, see `shared/canonical.ts`. */
    mediaKey: text('media_key').notNull(),
    /** Canonical id, choice and clip: one download serves all jobs that share it. */
    fileKey: text('file_key').notNull(),
    site: text('site').notNull(),
    choice: text('choice').notNull(),
    /** The job whose list it was picked from, see `playlists`. */
    playlistId: integer('playlist_id'),
    /** 1 in a group that wants a reaction in place of a status message. */
    quiet: integer('quiet').notNull().default(0),
    /** What the person typed in inline mode elsewhere; they are shown the way back. */
    inlineQuery: text('inline_query'),
    clipStartMs: integer('clip_start_ms'),
    clipEndMs: integer('clip_end_ms'),
    state: text('state', { enum: JOB_STATES }).notNull(),
    stage: text('stage', { enum: STAGES }),
    attempt: integer('attempt').notNull().default(0),
    /** How many of the attempts ended because the process died. */
    crashes: integer('crashes').notNull().default(0),
    bootId: text('boot_id'),
    leaseUntil: integer('lease_until'),
    notBefore: integer('not_before').notNull().default(0),
    statusMessageId: integer('status_message_id'),
    /** Written before its first status message leaves: one above this id may be unrecorded. */
    statusFloor: integer('status_floor'),
    sentMessageId: integer('sent_message_id'),
    /** How many messages of a delivery in several are known to have arrived. */
    sentCount: integer('sent_count').notNull().default(0),
    /** 1 once every byte of an upload left this machine. */
    lastByteSent: integer('last_byte_sent').notNull().default(0),
    title: text('title'),
    bytes: integer('bytes'),
    fromCache: integer('from_cache').notNull().default(0),
    errorCode: text('error_code'),
    errorId: text('error_id'),
    errorDetail: text('error_detail'),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    finishedAt: integer('finished_at'),
  },
  (t) => [
    uniqueIndex('jobs_once').on(t.updateId, t.item),
    index('jobs_by_state').on(t.state, t.notBefore, t.id),
    index('jobs_by_user').on(t.userId, t.id),
    index('jobs_by_file').on(t.fileKey, t.state),
    index('jobs_by_error').on(t.errorId),
    index('jobs_by_finish').on(t.finishedAt),
  ],
);

/** The file-id cache: what Telegram already holds, by canonical link and choice. */
export const files = sqliteTable(
  'files',
  {
    key: text('key').primaryKey(),
    /** JSON: the sent files and what the caption said. */
    value: text('value').notNull(),
    site: text('site').notNull(),
    bytes: integer('bytes').notNull(),
    hits: integer('hits').notNull().default(0),
    createdAt: integer('created_at').notNull(),
    usedAt: integer('used_at').notNull(),
  },
  (t) => [index('files_by_use').on(t.usedAt)],
);

export const users = sqliteTable('users', {
  id: integer('id').primaryKey(),
  name: text('name'),
  username: text('username'),
  /** Chosen with /lang; null follows Telegram's language. */
  lang: text('lang', { enum: ['en', 'fa'] }),
  mode: text('mode', { enum: ['send', 'ask', 'audio'] })
    .notNull()
    .default('send'),
  /** Highest quality in lines, 0 for the best that fits. */
  maxHeight: integer('max_height').notNull().default(0),
  audioFormat: text('audio_format', { enum: ['m4a', 'mp3', 'opus'] })
    .notNull()
    .default('m4a'),
  captions: integer('captions').notNull().default(1),
  asFile: integer('as_file').notNull().default(0),
  bannedAt: integer('banned_at'),
  /** The person blocked the bot: broadcasts leave them out. */
  blockedAt: integer('blocked_at'),
  createdAt: integer('created_at').notNull(),
  seenAt: integer('seen_at').notNull(),
});

export const chats = sqliteTable('chats', {
  id: integer('id').primaryKey(),
  type: text('type').notNull(),
  title: text('title'),
  enabled: integer('enabled').notNull().default(1),
  /** A reaction in place of a status message. */
  quiet: integer('quiet').notNull().default(1),
  lang: text('lang', { enum: ['en', 'fa'] }),
  /** When the bot left or was removed; null while it is there. */
  leftAt: integer('left_at'),
  createdAt: integer('created_at').notNull(),
});

/** What a list's link held, until its owner picked from it. */
export const playlists = sqliteTable(
  'playlists',
  {
    /** The job that looked the link up; buttons name it. */
    jobId: integer('job_id').primaryKey(),
    userId: integer('user_id').notNull(),
    chatId: integer('chat_id').notNull(),
    title: text('title').notNull(),
    /** How many entries the site counts; more than are listed in a very long one. */
    total: integer('total').notNull(),
    /** JSON: the listed entries in their order. */
    entries: text('entries').notNull(),
    /** The question for a range, while the next text of the person answers it. */
    askedMessageId: integer('asked_message_id'),
    /** The update its batch belongs to, once picked. */
    pickedUpdateId: integer('picked_update_id'),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [index('playlists_by_user').on(t.userId, t.chatId)],
);

/** Small state that must survive a restart: breakers, settings, counters, by name. */
export const state = sqliteTable(
  'state',
  {
    space: text('space').notNull(),
    name: text('name').notNull(),
    value: text('value').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.space, t.name] })],
);

/** Figures by hour, site and outcome: what /stats adds up after the job rows are gone. */
export const tallies = sqliteTable(
  'tallies',
  {
    hour: integer('hour').notNull(),
    site: text('site').notNull(),
    /** `done`, `cached`, `cancelled` or an error code. */
    outcome: text('outcome').notNull(),
    jobs: integer('jobs').notNull(),
    bytes: integer('bytes').notNull(),
    /** Sum of ms from acceptance to the end. */
    ms: integer('ms').notNull(),
  },
  (t) => [primaryKey({ columns: [t.hour, t.site, t.outcome] })],
);

/** How long deliveries took, by hour and site: a histogram, from which any percentile follows. */
export const timings = sqliteTable(
  'timings',
  {
    hour: integer('hour').notNull(),
    site: text('site').notNull(),
    /** Number of the bucket, see `timings.ts`. */
    bucket: integer('bucket').notNull(),
    jobs: integer('jobs').notNull(),
  },
  (t) => [primaryKey({ columns: [t.hour, t.site, t.bucket] })],
);

/** Who did what as an admin. */
export const audit = sqliteTable('audit', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  at: integer('at').notNull(),
  userId: integer('user_id').notNull(),
  action: text('action').notNull(),
  detail: text('detail').notNull(),
});

export type JobRow = typeof jobs.$inferSelect;
export type NewJob = typeof jobs.$inferInsert;
export type UserRow = typeof users.$inferSelect;
export type ChatRow = typeof chats.$inferSelect;
export type PlaylistRow = typeof playlists.$inferSelect;
