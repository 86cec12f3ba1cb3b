/**
 * A group that becomes a supergroup gets another id, and every call with the old one is refused
 * with the new one beside it (`migrate_to_chat_id`): the call is repeated there, once, and later
 * calls go there at once.
 */
import type { Transformer } from 'grammy';
import { sendContext } from './send-context.ts';

export function followMigrations(
  onMigrated: (from: number, to: number) => Promise<void>,
): Transformer {
  const moved = new Map<number, number>();
  return async (call, method, payload, signal) => {
    const { chat_id: chat } = payload as { chat_id?: unknown };
    if (typeof chat !== 'number') return call(method, payload, signal);
    const known = moved.get(chat);
    if (known !== undefined) return call(method, { ...payload, chat_id: known }, signal);
    const answer = await call(method, payload, signal);
    const to = answer.ok ? undefined : answer.parameters?.migrate_to_chat_id;
    if (to === undefined) return answer;
    moved.set(chat, to);
    await onMigrated(chat, to);
    // Refused in full: nothing of it may count as sent.
    sendContext().onPutBack?.(0);
    return call(method, { ...payload, chat_id: to }, signal);
  };
}
