/** Buttons that belong to no job: settings, language, privacy, closing a screen. */
import { textsFor } from '../../../shared/texts/index.ts';
import type { JobRequest } from '../../../shared/wire.ts';
import { telegramFault } from '../../telegram/errors.ts';
import type { Button } from '../button-data.ts';
import { type ChatParts, languageOf, type Talk } from '../parts.ts';
import { editScreen } from './edit.ts';
import { forgetPerson } from './privacy.ts';
import { settingChange, settingsScreen } from './settings.ts';

type Press = Extract<JobRequest['ask'], { kind: 'button' }>;
type ScreenButton = Exclude<Button, { job: number } | { verb: 'cancel_batch' | 'group' }>;
type Answer = keyof Talk['texts']['toast'] | undefined;

/** A person's own screens open in private chats only; elsewhere such data was forged. */
export async function pressScreen(
  parts: ChatParts,
  talk: Talk,
  button: ScreenButton,
  press: Press,
): Promise<Answer> {
  const { chat } = talk.request;
  const own = chat.type === 'private' && chat.id === talk.user.id;
  if (!own || press.messageId === undefined) return 'notYours';
  const at = { chatId: chat.id, messageId: press.messageId };
  switch (button.verb) {
    case 'set':
      return set(parts, talk, button, at);
    case 'speak':
      await parts.store.users.change(talk.user.id, { lang: button.lang });
      await editScreen(parts, at, textsFor(button.lang).language.set);
      return undefined;
    case 'forget': {
      const { privacy } = talk.texts;
      const words = button.sure ? await forgetPerson(parts, talk) : privacy.kept;
      await editScreen(parts, at, words);
      return undefined;
    }
    case 'close':
      await close(parts, at);
      return undefined;
  }
}

type Place = { chatId: number; messageId: number };

async function set(
  parts: ChatParts,
  { user, request }: Talk,
  { name, value }: { name: string; value: string },
  at: Place,
): Promise<Answer> {
  const change = settingChange(name, value);
  if (!change) return 'expired';
  await parts.store.users.change(user.id, change);
  const changed = { ...user, ...change };
  const { text, keyboard } = settingsScreen(changed, languageOf(changed, request));
  await editScreen(parts, at, text, keyboard);
  return undefined;
}

async function close({ api, log }: ChatParts, { chatId, messageId }: Place): Promise<void> {
  await api.deleteMessage(chatId, messageId).catch((err) => {
    if (telegramFault(err).kind !== 'message_gone') log.warn({ err }, 'a screen was not closed');
  });
}
