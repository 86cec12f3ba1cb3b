/**
 * What the edge hands to the node: one accepted update, reduced to what the node needs.
 *
 * The edge builds a `JobRequest` from a Telegram update; the node parses it again at its own
 * boundary (`POST /jobs`), because a valid signature proves who sent it and not what it holds.
 */
import * as v from 'valibot';
import { WISH } from './wish.ts';

/** Telegram ids need 52 bits; anything larger would lose digits in a JavaScript number. */
const id = v.pipe(v.number(), v.safeInteger());
const shortText = (max: number) => v.pipe(v.string(), v.maxLength(max));

/** Where an answer goes: the chat, its topic and the business connection it came through. */
export const ChatRef = v.object({
  id,
  type: v.picklist(['private', 'group', 'supergroup', 'channel']),
  title: v.optional(shortText(256)),
  threadId: v.optional(id),
  businessConnectionId: v.optional(shortText(128)),
});
export type ChatRef = v.InferOutput<typeof ChatRef>;

/** Who asks. `languageCode` is Telegram's IETF tag, e.g. `fa` or `en-GB`. */
export const UserRef = v.object({
  id,
  name: v.optional(shortText(256)),
  username: v.optional(shortText(64)),
  languageCode: v.optional(shortText(35)),
});
export type UserRef = v.InferOutput<typeof UserRef>;

/** A part of a video in seconds from its start. */
export const Clip = v.object({
  start: v.pipe(v.number(), v.minValue(0)),
  end: v.optional(v.pipe(v.number(), v.minValue(0))),
});
export type Clip = v.InferOutput<typeof Clip>;

/** One link as found in a message, before canonicalisation (that is the node's work). */
export const FoundLink = v.object({
  url: shortText(2048),
  clip: v.optional(Clip),
  /** What to make of it, said beside it: a choice, or `audio` in the person's format. */
  wish: v.optional(v.pipe(v.string(), v.regex(WISH))),
});
export type FoundLink = v.InferOutput<typeof FoundLink>;

export const MAX_LINKS = 10;

const fileRef = v.object({
  fileId: shortText(256),
  name: v.optional(shortText(256)),
  size: v.optional(v.number()),
});

/** What the update asks for. */
export const Ask = v.variant('kind', [
  v.object({
    kind: v.literal('download'),
    links: v.pipe(v.array(FoundLink), v.minLength(1), v.maxLength(MAX_LINKS)),
    /** How many links the message held; above `links.length` the rest was left out. */
    found: v.number(),
  }),
  v.object({
    kind: v.literal('command'),
    name: shortText(32),
    args: shortText(4096),
    /** The bot named in `/name@bot`, as written; the node ignores what is meant for another. */
    mention: v.optional(shortText(64)),
    /** The message the command replies to, e.g. the text of a broadcast. */
    replyTo: v.optional(id),
  }),
  v.object({
    kind: v.literal('button'),
    queryId: shortText(128),
    /** Absent when the button stood under an inline result. */
    messageId: v.optional(id),
    data: shortText(64),
  }),
  v.object({ kind: v.literal('inline'), queryId: shortText(128), query: shortText(256) }),
  /** Text without a link or command: it may answer a question the bot asked. */
  v.object({ kind: v.literal('text'), text: shortText(4096), replyTo: v.optional(id) }),
  v.object({ kind: v.literal('document'), file: fileRef, caption: v.optional(shortText(1024)) }),
  /** The bot was added, removed, blocked or unblocked in this chat. */
  v.object({
    kind: v.literal('member'),
    status: v.picklist(['member', 'administrator', 'restricted', 'left', 'kicked']),
  }),
]);
export type Ask = v.InferOutput<typeof Ask>;

export const JobRequest = v.object({
  v: v.literal(1),
  updateId: id,
  /** When the edge took the update, ms since the epoch. */
  receivedAt: v.number(),
  chat: ChatRef,
  user: UserRef,
  /** The message to reply to. */
  messageId: v.optional(id),
  ask: Ask,
});
export type JobRequest = v.InferOutput<typeof JobRequest>;

/** What the node answers a hand-over with; `retryAfter` is in seconds. */
export type HandOver =
  | { taken: 'new' | 'seen' }
  | { taken: 'no'; reason: 'full' | 'closing' | 'unreachable'; retryAfter: number };
