/** Which message ids the bot has heard of, so that one it has not can be looked for. */
import type { Api } from 'grammy';
import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import type { JobRequest } from '../../shared/wire.ts';
import type { JobRow } from '../store/schema.ts';

/** What a search walks over is minutes old; a busy bot sends some ten thousand in that time. */
const REMEMBERED = 20_000;

export interface MessageIds {
  seen(chat: Chat, messageId: number): void;
  /** The message that brought a request is nobody else's. */
  heard(request: Pick<JobRequest, 'chat' | 'messageId' | 'ask'>): void;
  /** The highest id heard of where this job's messages get theirs; 0 when none was. */
  highest(job: JobRow): number;
  /** Whether that id is another message's for certain. */
  isOthers(job: JobRow, messageId: number): boolean;
}

type Chat = Pick<JobRow, 'chatId' | 'chatType' | 'businessId'>;

/** Private chats and basic groups of a bot number their messages together, others by themselves. */
const ownNumbers = ({ chatType, businessId }: Chat) =>
  chatType === 'supergroup' || chatType === 'channel' || businessId !== null;

/** Hears the answers of this client's calls. */
export function messageIds(api: Api): MessageIds {
  let together = 0;
  const heard = new LRUCache<string, true>({ max: REMEMBERED });
  const keyOf = (chat: Chat, id: number) => `${ownNumbers(chat) ? chat.chatId : ''} ${id}`;
  const note = (chat: Chat, id: number) => {
    heard.set(keyOf(chat, id), true);
    if (!ownNumbers(chat)) together = Math.max(together, id);
  };
  api.config.use(async (previous, method, payload, signal) => {
    const answer = await previous(method, payload, signal);
    if (answer.ok) for (const { chat, id } of messagesOf(answer.result)) note(chat, id);
    return answer;
  });
  return {
    seen: note,
    heard({ chat, messageId, ask }) {
      // A button may stand under the very message that is looked for.
      if (messageId === undefined || !SAID.has(ask.kind)) return;
      const { id: chatId, type: chatType, businessConnectionId: businessId = null } = chat;
      note({ chatId, chatType, businessId }, messageId);
    },
    highest: (job) => (ownNumbers(job) ? (job.replyTo ?? 0) : Math.max(together, job.replyTo ?? 0)),
    isOthers: (job, id) => heard.has(keyOf(job, id)),
  };
}

/** What people say in a message of their own. */
const SAID: ReadonlySet<JobRequest['ask']['kind']> = new Set([
  ...(['download', 'command', 'text', 'document'] as const),
]);

const Sent = v.object({
  message_id: v.number(),
  business_connection_id: v.optional(v.string()),
  chat: v.object({
    id: v.number(),
    type: v.picklist(['private', 'group', 'supergroup', 'channel']),
  }),
});

/** The messages in an answer of the Bot API: one, or those of an album. */
function messagesOf(result: unknown): { chat: Chat; id: number }[] {
  return (Array.isArray(result) ? result : [result]).flatMap((one) => {
    const sent = v.safeParse(Sent, one);
    if (!sent.success) return [];
    const { chat, message_id, business_connection_id: businessId = null } = sent.output;
    return [{ chat: { chatId: chat.id, chatType: chat.type, businessId }, id: message_id }];
  });
}
