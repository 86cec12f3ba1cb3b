/** `/cleanup`: first what would go, then, at a press, it goes. */
import type { CleanupItem } from '../services/cleanup.ts';
import { type AdminCommand, type AdminPress, answer, button, replace, wordsOf } from './parts.ts';

const totals = (items: readonly CleanupItem[]) => ({
  count: items.reduce((sum, item) => sum + item.count, 0),
  bytes: items.reduce((sum, item) => sum + item.bytes, 0),
});

export const cleanup: AdminCommand = async (parts, talk) => {
  const words = wordsOf(talk).cleanup;
  const items = await parts.planCleanup();
  if (items.length === 0) {
    await answer(parts, talk, { text: words.nothing });
    return;
  }
  const keyboard = [button(words.go(totals(items).bytes), 'cleanup')];
  await answer(parts, talk, { text: words.plan({ items }), keyboard });
};

/** Planned anew: between the list and the press a job may have taken up what lay there. */
export const pressCleanup: AdminPress = async (parts, talk, _arg, press) => {
  const items = await parts.planCleanup();
  for (const item of items) await item.remove();
  const done = totals(items);
  const { now, store } = parts;
  await store.audit.add({ at: now(), userId: talk.user.id, action: 'cleanup', detail: done });
  await replace(parts, talk, press, { text: wordsOf(talk).cleanup.done(done) });
  return 'done';
};
