/**
 * What Telegram shows of the bot before anyone writes: its commands and descriptions, in every
 * language. Each call is remembered by what it said, so a start changes only what changed.
 */
import { createHash } from 'node:crypto';
import type { Api } from 'grammy';
import type { BotCommand } from 'grammy/types';
import * as v from 'valibot';
import { LANGS, type Texts, textsFor } from '../../shared/texts/index.ts';
import type { Log } from '../log.ts';
import type { State } from '../store/state.ts';

export interface ProfileParts {
  api: Api;
  state: State;
  adminIds: Iterable<number>;
  log: Log;
  now(): number;
}

interface Step {
  name: string;
  what: unknown;
  call(): Promise<unknown>;
}

const SPACE = 'profile';

/** Never throws: a bot without a menu still works, and the next start tries again. */
export async function registerProfile({ api, state, adminIds, log, now }: ProfileParts) {
  const bot = await api.getMe().catch(() => undefined);
  if (!bot) return log.warn('the commands could not be registered: Telegram is out of reach');
  for (const { name, what, call } of steps(api, adminIds)) {
    const key = `${bot.id}/${name}`;
    const hash = createHash('sha256').update(JSON.stringify(what)).digest('base64url');
    try {
      if ((await state.get(SPACE, key, v.string())) === hash) continue;
      await call();
      await state.set(SPACE, key, hash, now());
    } catch (err) {
      // An admin who never wrote to the bot has no chat yet; the next start finds it.
      log.warn({ err, name }, 'a part of the profile could not be registered');
    }
  }
}

/** The first language is also what people of all others see. */
const codes = () =>
  LANGS.map((lang, at) => ({ texts: textsFor(lang), code: at === 0 ? '' : lang }));

function* steps(api: Api, adminIds: Iterable<number>): Generator<Step> {
  const admins = [...adminIds];
  for (const { texts, code } of codes()) {
    const language = code === '' ? {} : { language_code: code as 'fa' };
    const own = commandList(texts.profile.commands);
    yield {
      name: `commands/${code}`,
      what: own,
      call: () => api.setMyCommands(own, language),
    };
    const all = [...own, ...commandList(texts.profile.adminCommands)];
    for (const id of admins) {
      const scope = { type: 'chat' as const, chat_id: id };
      yield {
        name: `commands/${id}/${code}`,
        what: all,
        call: () => api.setMyCommands(all, { scope, ...language }),
      };
    }
    yield* descriptions(api, texts, code);
  }
}

function* descriptions(api: Api, { profile }: Texts, code: string): Generator<Step> {
  const language = code === '' ? {} : { language_code: code as 'fa' };
  yield {
    name: `description/${code}`,
    what: profile.description,
    call: () => api.setMyDescription(profile.description, language),
  };
  yield {
    name: `short/${code}`,
    what: profile.short,
    call: () => api.setMyShortDescription(profile.short, language),
  };
}

const commandList = (texts: Record<string, string>): BotCommand[] =>
  Object.entries(texts).map(([command, description]) => ({ command, description }));
