/** What the chat page shows: the whole state at once, changes one by one. */
import type { BotApi } from './bot-api/bot-api.ts';
import { PERSONAS } from './bot-api/personas.ts';
import type { Sample } from './samples/samples.ts';

/** Newest messages of a chat in a snapshot; a long test run would make it endless. */
const MAX_MESSAGES = 300;

export function snapshot(api: BotApi, samples: readonly Sample[]) {
  const { world, commands } = api;
  return {
    bot: world.bot,
    personas: PERSONAS,
    samples,
    description: commands.descriptions.get('description|') ?? '',
    chats: [...world.chats.values()].map((state) => ({
      chat: state.chat,
      topics: state.topics,
      bot: state.members.get(world.bot.id) ?? 'left',
      messages: [...state.messages.values()].slice(-MAX_MESSAGES),
      reactions: Object.fromEntries(state.reactions),
    })),
    menus: Object.fromEntries(PERSONAS.map((person) => [person.id, menusOf(api, person)])),
  };
}

function menusOf({ world, commands }: BotApi, person: (typeof PERSONAS)[number]) {
  const language = person.language_code ?? '';
  return Object.fromEntries([...world.chats.keys()].map((id) => [id, commands.menu(id, language)]));
}
