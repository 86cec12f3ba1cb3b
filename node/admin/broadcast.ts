/** `/broadcast`: a preview first, then to everybody at a press. */
import { PER_SECOND } from '../broadcast/send-all.ts';
import type { CommandAsk, Talk } from '../chat/parts.ts';
import { sendWith } from '../telegram/send-context.ts';
import {
  type AdminCommand,
  type AdminParts,
  type AdminPress,
  answer,
  button,
  replace,
  wordsOf,
} from './parts.ts';

/** Telegram's limit for a text. */
const MAX_TEXT = 4096;

/** The message as everybody will get it; undefined when there is nothing to send. */
async function preview({ api }: AdminParts, { request }: Talk, ask: CommandAsk) {
  const chat = request.chat.id;
  const { replyTo, args } = ask;
  return sendWith({ priority: 'admin' }, async () => {
    if (replyTo !== undefined) return (await api.copyMessage(chat, chat, replyTo)).message_id;
    if (args === '') return undefined;
    return (await api.sendMessage(chat, args.slice(0, MAX_TEXT))).message_id;
  });
}

export const broadcast: AdminCommand = async (parts, talk, ask) => {
  const words = wordsOf(talk).broadcast;
  const current = await parts.broadcasts.current();
  if (current?.phase === 'sending') {
    const keyboard = [button(words.stop, 'cast', 'stop')];
    await answer(parts, talk, { text: words.running(current), keyboard });
    return;
  }
  const message = await preview(parts, talk, ask);
  const draft = message && (await parts.broadcasts.draft(talk.request.chat.id, message));
  if (!draft) {
    await answer(parts, talk, { text: words.usage });
    return;
  }
  const { of } = draft;
  const keyboard = [
    [...button(words.send(of), 'cast', 'send'), ...button(words.cancel, 'cast', 'stop')],
  ];
  const text = words.preview({ of, seconds: of / PER_SECOND });
  await answer(parts, talk, { text, keyboard });
};

export const pressBroadcast: AdminPress = async (parts, talk, arg, press) => {
  const { broadcasts, store, now } = parts;
  const words = wordsOf(talk).broadcast;
  if (arg === 'send') {
    const draft = await broadcasts.current();
    // The answer comes before the first message leaves: the last of few could overtake it.
    const fresh = { of: draft?.of ?? 0, sent: 0, blocked: 0, failed: 0 };
    const keyboard = [button(words.stop, 'cast', 'stop')];
    if (draft?.phase !== 'draft') return 'expired';
    await replace(parts, talk, press, { text: words.running(fresh), keyboard });
    if (!(await broadcasts.start())) return 'expired';
    const detail = { of: fresh.of };
    await store.audit.add({ at: now(), userId: talk.user.id, action: 'broadcast', detail });
    return 'done';
  }
  const was = await broadcasts.stop();
  const text = was?.phase === 'draft' ? words.cancelled : words.stopped(was ?? { ...NONE });
  await replace(parts, talk, press, { text });
  return 'done';
};

const NONE = { of: 0, sent: 0, blocked: 0, failed: 0 };
