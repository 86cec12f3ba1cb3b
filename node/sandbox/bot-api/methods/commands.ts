/** The command menus and descriptions a bot sets, by scope and language. */
import * as v from 'valibot';
import { bad } from '../api-error.ts';
import type { Params } from '../params.ts';
import type { Call, Context, Methods } from './context.ts';

export interface BotCommand {
  command: string;
  description: string;
}

const commandList = v.array(
  v.looseObject({
    command: v.pipe(v.string(), v.maxLength(32)),
    description: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  }),
);
const scope = v.looseObject({
  type: v.string(),
  chat_id: v.optional(v.union([v.number(), v.string()])),
});

/** Telegram looks from the narrowest scope to the widest, with the language first in each. */
export class Commands {
  private readonly lists = new Map<string, BotCommand[]>();
  readonly descriptions = new Map<string, string>();

  set(key: string, commands: BotCommand[]): void {
    this.lists.set(key, commands);
  }

  delete(key: string): void {
    this.lists.delete(key);
  }

  get(key: string): BotCommand[] {
    return this.lists.get(key) ?? [];
  }

  /** What the menu of a chat shows to a person of this language. */
  menu(chatId: number, language: string): BotCommand[] {
    const wide = chatId > 0 ? 'all_private_chats' : 'all_group_chats';
    for (const name of [`chat/${chatId}`, wide, 'default']) {
      for (const lang of [language, '']) {
        const list = this.lists.get(`${name}|${lang}`);
        if (list) return list;
      }
    }
    return [];
  }
}

function keyOf(params: Params): string {
  const given = params.json('scope', scope);
  const name = given?.chat_id === undefined ? (given?.type ?? 'default') : `chat/${given.chat_id}`;
  return `${name}|${params.text('language_code') ?? ''}`;
}

function setMyCommands({ commands, world }: Context, { params }: Call): true {
  const list = params.json('commands', commandList) ?? [];
  if (list.length > 100) throw bad('BOT_COMMANDS_TOO_MUCH');
  for (const { command } of list) {
    if (!/^\/?[a-z0-9_]{1,32}$/.test(command)) throw bad('BOT_COMMAND_INVALID');
  }
  commands.set(
    keyOf(params),
    list.map(({ command, description }) => ({ command: command.replace(/^\//, ''), description })),
  );
  world.change({ kind: 'commands' });
  return true;
}

function describe(field: string, max: number) {
  return ({ commands }: Context, { params }: Call): true => {
    const text = params.text(field) ?? '';
    if (text.length > max) throw bad(`${field} is too long`);
    commands.descriptions.set(`${field}|${params.text('language_code') ?? ''}`, text);
    return true;
  };
}

export const commandMethods: Methods = {
  setMyCommands,
  getMyCommands: ({ commands }, { params }) => commands.get(keyOf(params)),
  deleteMyCommands: ({ commands, world }, { params }) => {
    commands.delete(keyOf(params));
    world.change({ kind: 'commands' });
    return true;
  },
  setMyDescription: describe('description', 512),
  setMyShortDescription: describe('short_description', 120),
  setMyName: describe('name', 64),
};
