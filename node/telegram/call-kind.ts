/** How a Bot API call is scheduled, told from its method and payload. */
import type { Priority, SendContext } from './send-context.ts';

export interface CallKind {
  /** Undefined when only the limit for everything applies (edits of inline messages). */
  chat: string | undefined;
  priority: Priority;
  /** Messages it counts as; 0 obeys pauses only. */
  cost: number;
  /** The message it changes: two changes of one message never overlap. */
  message: string | undefined;
  /** A newer change of the same message makes it pointless. */
  replaceable: boolean;
}

const QUEUED = /^(send|copy|forward|edit|stop|delete)(Message|Media|[A-Z])|^setMessageReaction$/;

/** Not messages: Telegram does not count them, and a late one is useless. */
const UNQUEUED = new Set(['sendChatAction', 'deleteWebhook', 'deleteMyCommands', 'editForumTopic']);

/** `undefined`: goes out at once, outside every limit. */
export function callKind(
  method: string,
  payload: object,
  context: SendContext,
): CallKind | undefined {
  if (!QUEUED.test(method) || UNQUEUED.has(method)) return undefined;
  const fields = payload as Record<string, unknown>;
  const chat = text(fields.chat_id);
  const changed = text(fields.message_id) ?? text(fields.inline_message_id);
  if (!chat && !changed) return undefined;
  const edits = method.startsWith('edit');
  const changes = edits || method.startsWith('delete');
  const priority = context.priority ?? (edits ? 'edit' : 'answer');
  return {
    chat,
    priority,
    cost: cost(method, fields),
    message: changes && changed ? `${chat ?? 'inline'}:${changed}` : undefined,
    replaceable: edits && priority === 'edit',
  };
}

const text = (value: unknown) =>
  typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;

/** An album counts as its pictures; deletions and reactions are not messages. */
function cost(method: string, fields: Record<string, unknown>): number {
  if (method.startsWith('delete') || method === 'setMessageReaction') return 0;
  const many = fields.media ?? fields.message_ids;
  return Array.isArray(many) ? Math.max(1, many.length) : 1;
}

/** True when the newer change makes the older, still waiting one pointless. */
export function supersedes(newer: string, older: string): boolean {
  // New buttons alone leave the text to the older call.
  return newer !== 'editMessageReplyMarkup' || older === 'editMessageReplyMarkup';
}
