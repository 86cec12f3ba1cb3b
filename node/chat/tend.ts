/** What the chats need besides answers: a profile at the start, and old menus closed. */

import type { Store } from '../store/store.ts';
import { type ProfileParts, registerProfile } from '../telegram/profile.ts';

const HOUR_MS = 3_600_000;
/** A batch of fifty may take its time, and a paused one a weekend. */
const LIST_MS = 7 * 24 * HOUR_MS;
/** A menu nobody answers for this long is closed. */
const MENU_MS = 24 * HOUR_MS;

export interface TendParts extends Omit<ProfileParts, 'state'> {
  store: Pick<Store, 'menus' | 'playlists' | 'state'>;
}

/** Answers how to stop. */
export function tendChats(parts: TendParts): () => void {
  const { store, log, now } = parts;
  void registerProfile({ ...parts, state: store.state });
  const timer = setInterval(() => {
    store.menus
      .closeOld(now() - MENU_MS, now())
      .then(() => store.playlists.forgetBefore(now() - LIST_MS))
      .catch((err) => log.error({ err }, 'old menus were not closed'));
  }, HOUR_MS).unref();
  return () => clearInterval(timer);
}
