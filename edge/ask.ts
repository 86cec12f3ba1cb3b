/** What a message asks for: a command, links, a document, or an answer in plain words. */
import type { findLinks } from '../shared/links.ts';
import type { Message } from '../shared/update.ts';
import { type Ask, MAX_LINKS } from '../shared/wire.ts';
import { cut } from './cut.ts';

export interface AskOptions {
  /** The bot's own username without `@`, where it is known. */
  botName?: string | undefined;
  findLinks: typeof findLinks;
}

const MAX_TEXT = 4096;

/**
 * The ask of a message, or why it is none. A command goes before the links beside it, because
 * `/audio https://…` is about the link and not a second wish.
 */
export function askOf(message: Message, options: AskOptions): Ask | string {
  const isPrivate = message.chat.type === 'private' && !message.business_connection_id;
  if (isPrivate && message.document) {
    const linked = mayBeCookies(message.document) ? undefined : captionLinks(message, options);
    return linked ?? documentOf(message.document, message.caption);
  }
  const command = commandOf(message);
  if (command) return isForOther(command.mention, options.botName) ? 'for another bot' : command;
  const download = downloadOf(message, options);
  if (download) return download;
  return isPrivate || repliesToBot(message, options.botName)
    ? textOf(message)
    : 'neither a link nor a command';
}

/** Cookies come as a text file, and their caption names an account. */
const mayBeCookies = ({ file_name: name }: NonNullable<Message['document']>): boolean =>
  name === undefined || /\.txt$/i.test(name);

/** A forwarded post may hold its link beside a file or a GIF, which is a document as well. */
const captionLinks = (message: Message, options: AskOptions) =>
  message.caption === undefined ? undefined : downloadOf(message, options);

function documentOf(document: NonNullable<Message['document']>, caption?: string): Ask {
  const { file_id: fileId, file_name: name, file_size: size } = document;
  const file = {
    fileId,
    ...(name === undefined ? {} : { name: cut(name, 256) }),
    ...(size === undefined ? {} : { size }),
  };
  return {
    kind: 'document',
    file,
    ...(caption === undefined ? {} : { caption: cut(caption, 1024) }),
  };
}

const wordsOf = ({ text, caption }: Message): string => text ?? caption ?? '';

/** `/name@bot arguments`; a path like `/home/me` is none. */
const COMMAND = /^\/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+(.*))?$/s;

/** A forwarded command is somebody else's: nobody gives an order by passing a message on. */
function commandOf(message: Message): Extract<Ask, { kind: 'command' }> | undefined {
  if (message.forward_origin) return undefined;
  const [, name, mention, args = ''] = COMMAND.exec(wordsOf(message)) ?? [];
  if (name === undefined) return undefined;
  return {
    kind: 'command',
    name: name.toLowerCase(),
    args: cut(args.trim(), MAX_TEXT),
    ...(mention === undefined ? {} : { mention }),
    ...replyTo(message),
  };
}

/** Where the bot's name is unknown, the node compares. */
const isForOther = (mention?: string, botName?: string): boolean =>
  mention !== undefined && botName !== undefined && mention.toLowerCase() !== botName.toLowerCase();

function downloadOf(message: Message, options: AskOptions): Ask | undefined {
  const entities = message.text === undefined ? message.caption_entities : message.entities;
  const all = options.findLinks({ text: wordsOf(message), ...(entities ? { entities } : {}) });
  const links = all.slice(0, MAX_LINKS);
  return links.length === 0 ? undefined : { kind: 'download', links, found: all.length };
}

/** In a group only an answer to the bot is meant for it; people there talk to each other. */
function repliesToBot({ chat, reply_to_message: to }: Message, botName?: string): boolean {
  if (chat.type === 'private' || !to?.from?.is_bot) return false;
  const { username } = to.from;
  return !botName || !username || username.toLowerCase() === botName.toLowerCase();
}

function textOf(message: Message): Ask | string {
  const text = wordsOf(message);
  // Stickers, photos without words, "joined the group": there is nothing to answer.
  if (text.trim() === '') return 'no words';
  return { kind: 'text', text: cut(text, MAX_TEXT), ...replyTo(message) };
}

const replyTo = ({ reply_to_message: to }: Message) => (to ? { replyTo: to.message_id } : {});
