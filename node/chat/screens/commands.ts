/** Commands that open a screen; each can also be answered in the command itself. */
import { textsFor } from '../../../shared/texts/index.ts';
import { type Command, reply, type Talk } from '../parts.ts';
import { movedHere, startAgain } from '../start-again.ts';
import { historyKeyboard, lastFiles } from './history.ts';
import { languageKeyboard } from './language.ts';
import { forgetPerson, privacyKeyboard } from './privacy.ts';
import { settingChange, settingsScreen } from './settings.ts';

/** `/settings`, or `/settings mode ask`. */
const settings: Command = async (parts, { request, user, lang }, args) => {
  const [name = '', value = ''] = args.split(/\s+/);
  const change = settingChange(name, value);
  if (change) {
    await parts.store.users.change(user.id, change);
    await reply(parts, request, textsFor(change.lang ?? lang).settings.saved);
    return;
  }
  const { text, keyboard } = settingsScreen(user, lang);
  await reply(parts, request, text, keyboard);
};

/** A screen of one person's own has no buttons in a group: there anybody could press them. */
const isPrivate = ({ request }: Talk) => request.chat.type === 'private';

/** `/lang`, or `/lang fa`. */
const lang: Command = async (parts, talk, args) => {
  const { request, user, texts } = talk;
  const change = settingChange('lang', args.toLowerCase());
  if (!change?.lang) {
    if (isPrivate(talk)) await reply(parts, request, texts.language.ask, languageKeyboard());
    else await reply(parts, request, texts.group.inPrivate);
    return;
  }
  await parts.store.users.change(user.id, change);
  await reply(parts, request, textsFor(change.lang).language.set);
};

/** `/history`, or `/history 3` for the third file at once. */
const history: Command = async (parts, talk, args) => {
  const { request, user, texts } = talk;
  const { chat } = request;
  // What somebody got in private is nobody else's business in a group.
  const within = chat.type === 'private' ? undefined : chat.id;
  const files = await lastFiles(parts.store.jobs, user.id, within);
  const wanted = /^\d{1,2}$/.test(args) ? files[Number(args) - 1] : undefined;
  if (wanted) {
    await startAgain(parts, talk, movedHere(talk, wanted), {});
    return;
  }
  if (files.length === 0) await reply(parts, request, texts.history.empty);
  else {
    const keyboard = historyKeyboard(files, talk.lang, { closable: isPrivate(talk) });
    await reply(parts, request, texts.history.title, keyboard);
  }
};

const SURE = /^(yes|بله|آره)$/i;

/** `/forget_me`, or `/forget_me yes`. */
const forgetMe: Command = async (parts, talk, args) => {
  const { request, lang: spoken, texts } = talk;
  if (SURE.test(args)) await reply(parts, request, await forgetPerson(parts, talk));
  else if (!isPrivate(talk)) await reply(parts, request, texts.group.inPrivate);
  else await reply(parts, request, texts.privacy.ask, privacyKeyboard(spoken));
};

export const screenCommands: Record<string, Command> = {
  settings,
  lang,
  history,
  forget_me: forgetMe,
};
