/** The command menus and descriptions a bot sets, by scope and language. */
import * as v from 'valibot';
import { bad } from '../api-error.ts';
import type { Params } from '../params.ts';
import type { Call, Context, Methods } from './context.ts';

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
