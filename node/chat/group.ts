/** What is different in a group: its own settings, its admins, being added and removed. */
import type { Lang, Texts } from '../../shared/texts/index.ts';
import type { JobRequest } from '../../shared/wire.ts';
import type { Keyboard } from '../status/card.ts';
import type { ChatRow } from '../store/schema.ts';
import { telegramFault } from '../telegram/errors.ts';
import { type GroupSetting, groupData } from './button-data.ts';
import { type ChatParts, reply, type Talk, talkOf } from './parts.ts';

type Press = Extract<JobRequest['ask'], { kind: 'button' }>;
type MemberStatus = Extract<JobRequest['ask'], { kind: 'member' }>['status'];

/** `/settings` in a group: everyone sees them, only admins can press. */
export async function groupSettings(parts: ChatParts, talk: Talk): Promise<void> {
  const { request, texts, lang, chat } = talk;
  if (!chat) return;
  if (!(await isGroupAdmin(parts, request))) {
    await reply(parts, request, texts.group.adminsOnly);
    return;
  }
  await reply(parts, request, texts.group.title, settingsKeyboard(chat, texts, lang));
}

function settingsKeyboard(chat: ChatRow, { settings, group, language }: Texts, lang: Lang) {
  const flip = (name: GroupSetting, label: string, value: number): Keyboard[number] => [
    {
      text: settings.row({ name: label, value: value ? settings.on : settings.off }),
      callback_data: groupData(name, value ? 'off' : 'on'),
    },
  ];
  const next: Lang = lang === 'fa' ? 'en' : 'fa';
  return [
    flip('links', group.links, chat.enabled),
    flip('quiet', group.quiet, chat.quiet),
    [
      {
        text: settings.row({ name: settings.language, value: language.names[lang] }),
        callback_data: groupData('lang', next),
      },
    ],
  ];
}

/** A button of the group's settings was pressed. */
export async function setGroup(
  parts: ChatParts,
  talk: Talk,
  { name, value }: { name: GroupSetting; value: string },
  press: Press,
): Promise<'adminsOnly' | 'expired' | 'done'> {
  const { request, chat } = talk;
  const change = changeOf(name, value);
  if (!chat || !change || press.messageId === undefined) return 'expired';
  if (!(await isGroupAdmin(parts, request))) return 'adminsOnly';
  await parts.store.users.changeChat(chat.id, change);
  const { texts, lang, chat: now } = await talkOf(parts, request);
  if (!now) return 'expired';
  const keyboard = settingsKeyboard(now, texts, lang);
  await parts.api
    .editMessageText(chat.id, press.messageId, texts.group.title, {
      reply_markup: { inline_keyboard: keyboard },
    })
    .catch((error) => {
      // Two admins who press the same: the second finds the screen as it should be.
      if (telegramFault(error).kind !== 'not_modified') throw error;
    });
  return 'done';
}

function changeOf(name: GroupSetting, value: string) {
  if (name === 'lang')
    return value === 'fa' || value === 'en' ? { lang: value as Lang } : undefined;
  if (value !== 'on' && value !== 'off') return undefined;
  const flag = value === 'on' ? 1 : 0;
  return name === 'links' ? { enabled: flag } : { quiet: flag };
}

/** Admins of the group; one who hides behind the group's name writes with the group's id. */
async function isGroupAdmin({ api }: ChatParts, { chat, user }: JobRequest): Promise<boolean> {
  if (user.id === chat.id) return true;
  const { status } = await api.getChatMember(chat.id, user.id);
  return status === 'creator' || status === 'administrator';
}

/** The bot was added to a group, made its admin, or removed from it. */
export async function groupChanged(
  parts: ChatParts,
  request: JobRequest,
  status: MemberStatus,
): Promise<void> {
  const { store, now } = parts;
  const before = await store.users.findChat(request.chat.id);
  await store.users.chat(request.chat, now());
  if (status === 'left' || status === 'kicked') {
    await store.users.changeChat(request.chat.id, { leftAt: now() });
    return dropJobs(parts, request.chat.id);
  }
  await store.users.changeChat(request.chat.id, { leftAt: null });
  if (!before || before.leftAt !== null) await hello(parts, request, status);
}

/** In privacy mode a bot sees of a group only commands and replies, unless it is an admin. */
async function hello(parts: ChatParts, request: JobRequest, status: MemberStatus) {
  const { texts } = await talkOf(parts, request);
  const sees = status === 'administrator' || (await readsEverything(parts));
  const words = sees ? [texts.group.added] : [texts.group.added, texts.group.privacyMode];
  await reply(parts, request, words.join('\n\n'));
}

/** Asked each time: the owner changes it at @BotFather while the bot runs. */
const readsEverything = async ({ api }: ChatParts) =>
  (await api.getMe()).can_read_all_group_messages;

/** Nobody could be told what became of them. */
async function dropJobs({ store, stops, now }: ChatParts, chatId: number): Promise<void> {
  await stops.stopChat(chatId);
  for (const job of await store.jobs.waiting()) {
    if (job.chatId === chatId) await store.jobs.cancelWaiting(job.id, now());
  }
}
