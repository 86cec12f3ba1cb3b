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
  /** Of several nodes one does it. */
  mayI(): Promise<boolean>;
}

/** Answers how to stop. */
export function tendChats(parts: TendParts): () => void {
  const { store, log, now } = parts;
  async function close(): Promise<void> {
    if (!(await parts.mayI())) return;
    await store.menus.closeOld(now() - MENU_MS, now());
    await store.playlists.forgetBefore(now() - LIST_MS);
  }
  async function register(): Promise<void> {
    if (await parts.mayI()) await registerProfile({ ...parts, state: store.state });
  }
  register().catch((err) => log.warn({ err }, 'the commands were not registered'));
  const timer = setInterval(() => {
    close().catch((err) => log.error({ err }, 'old menus were not closed'));
  }, HOUR_MS).unref();
  return () => clearInterval(timer);
}
