/** Questions about chats and files, and leaving a chat. */
import { bad } from '../api-error.ts';
import type { ChatState } from '../world.ts';
import type { Call, Context, Methods } from './context.ts';
import { targetChat } from './target.ts';

const ACTIONS = [
  'typing',
  'upload_photo',
  'record_video',
  'upload_video',
  'record_voice',
  'upload_voice',
  'upload_document',
  'choose_sticker',
  'find_location',
  'record_video_note',
  'upload_video_note',
];

function sendChatAction(context: Context, { params }: Call): true {
  const state = targetChat(context, params);
  const action = params.text('action') ?? '';
  if (!ACTIONS.includes(action)) throw bad('wrong parameter action in request');
  const threadId = params.int('message_thread_id');
  context.world.change({
    kind: 'action',
    chatId: state.chat.id,
    action,
    ...(threadId !== undefined && { threadId }),
  });
  return true;
}

/** By id, or by `@name` where a chat has one. */
function chatAsked({ world }: Context, params: Call['params']): ChatState {
  const name = params.text('chat_id');
  if (!name?.startsWith('@')) return world.chat(params.int('chat_id'));
  const found = [...world.chats.values()].find(({ chat }) => chat.username === name.slice(1));
  if (!found) throw bad('chat not found');
  return found;
}

function getChatMember(context: Context, { params }: Call) {
  const state = chatAsked(context, params);
  const userId = params.int('user_id') ?? 0;
  const user =
    userId === context.world.bot.id ? context.world.bot : context.world.users.get(userId);
  if (!user) throw bad('user not found');
  return { status: state.members.get(userId) ?? 'left', user };
}

function getChatAdministrators(context: Context, { params }: Call) {
  const state = context.world.chat(params.int('chat_id'));
  if (state.chat.type === 'private') throw bad('there are no administrators in the private chat');
  return [...state.members]
    .filter(([, status]) => status === 'creator' || status === 'administrator')
    .map(([id, status]) => ({ status, user: context.world.users.get(id) ?? context.world.bot }));
}

function getChatMemberCount(context: Context, { params }: Call): number {
  const gone = ['left', 'kicked'];
  const { members } = context.world.chat(params.int('chat_id'));
  return [...members.values()].filter((status) => !gone.includes(status)).length;
}

function leaveChat(context: Context, { params }: Call): true {
  const state = targetChat(context, params);
  if (state.chat.type === 'private')
    throw bad("chat member status can't be changed in private chats");
  state.members.set(context.world.bot.id, 'left');
  context.world.change({
    kind: 'member',
    chatId: state.chat.id,
    userId: context.world.bot.id,
    status: 'left',
  });
  return true;
}

/** Bytes; the hosted server refuses more (core.telegram.org/bots/api#getfile). */
const MAX_DOWNLOAD = 20 * 1024 * 1024;

function getFile({ files, local }: Context, { params }: Call) {
  const fileId = params.text('file_id');
  if (!fileId) throw bad('file_id not specified');
  const file = files.get(fileId);
  if (!local && file.bytes > MAX_DOWNLOAD) throw bad('file is too big');
  const { file_id, file_unique_id } = file.object;
  const file_path = local ? file.path : file.telegramPath;
  return { file_id, file_unique_id, file_size: file.bytes, file_path };
}

export const chatMethods: Methods = {
  sendChatAction,
  getChat: (context, { params }) => ({
    ...chatAsked(context, params).chat,
    accent_color_id: 0,
    max_reaction_count: 11,
    accepted_gift_types: {},
  }),
  getChatMember,
  getChatAdministrators,
  getChatMemberCount,
  leaveChat,
  getFile,
  setChatMenuButton: () => true,
};
