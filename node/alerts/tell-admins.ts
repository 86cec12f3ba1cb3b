/** Words to all admins, each in the language they last spoke. */
import type { Api } from 'grammy';
import * as v from 'valibot';
import type { AdminTexts } from '../../shared/texts/catalogue/admin.ts';
import type { Lang } from '../../shared/texts/index.ts';
import { textsFor } from '../../shared/texts/index.ts';
import type { Log } from '../log.ts';
import type { Keyboard } from '../status/card.ts';
import type { Store } from '../store/store.ts';
import { sendWith } from '../telegram/send-context.ts';

type Words = (texts: AdminTexts) => string;
type Buttons = (texts: AdminTexts) => Keyboard;

/** Never throws: an alert that cannot be told is logged. */
export interface TellAdmins {
  all(words: Words, keyboard?: Buttons): Promise<void>;
  one(userId: number, words: Words, keyboard?: Buttons): Promise<void>;
  /** An admin wrote: from now on they are told things in this language. */
  speaks(userId: number, lang: Lang): Promise<void>;
}

export interface TellAdminsParts {
  api: Pick<Api, 'sendMessage'>;
  store: Pick<Store, 'state' | 'users'>;
  adminIds: ReadonlySet<number>;
  log: Log;
  now(): number;
}

const SPACE = 'admin_lang';

export function createTellAdmins({ api, store, adminIds, log, now }: TellAdminsParts): TellAdmins {
  const langOf = async (userId: number): Promise<Lang> =>
    (await store.users.find(userId))?.lang ??
    (await store.state.get(SPACE, String(userId), v.picklist(['en', 'fa']))) ??
    'en';

  async function one(userId: number, words: Words, keyboard?: Buttons): Promise<void> {
    try {
      const texts = textsFor(await langOf(userId)).admin;
      const extra = keyboard && { reply_markup: { inline_keyboard: keyboard(texts) } };
      await sendWith({ priority: 'admin' }, () => api.sendMessage(userId, words(texts), extra));
    } catch (err) {
      // Admins who never started the bot cannot be written to.
      log.warn({ admin: userId, err }, 'an admin could not be told');
    }
  }

  return {
    one,
    async all(words, keyboard) {
      await Promise.all([...adminIds].map((id) => one(id, words, keyboard)));
    },
    async speaks(userId, lang) {
      const known = await store.state.get(SPACE, String(userId), v.string());
      if (known !== lang) await store.state.set(SPACE, String(userId), lang, now());
    },
  };
}
