/** `/forget_me`: everything that is stored about a person goes. */
import { textsFor } from '../../../shared/texts/index.ts';
import type { Keyboard } from '../../status/card.ts';
import type { JobRow } from '../../store/schema.ts';
import { forgetData } from '../button-data.ts';
import type { ChatParts, Talk } from '../parts.ts';

export function privacyKeyboard(lang: JobRow['lang']): Keyboard {
  const { privacy } = textsFor(lang);
  return [
    [
      { text: privacy.yes, callback_data: forgetData(true) },
      { text: privacy.no, callback_data: forgetData(false) },
    ],
  ];
}

/** Stops what runs, deletes what is stored and answers what that was, in words. */
export async function forgetPerson(parts: ChatParts, { user, texts }: Talk): Promise<string> {
  const live = await parts.store.jobs.ofUser(user.id, ['running', 'sending'], 1000);
  for (const job of live) await parts.stops.stop(job.id);
  await parts.store.playlists.forgetUser(user.id);
  await parts.membership.release(user.id);
  const forgotten = await parts.store.people.forget(user.id);
  parts.log.info({ jobs: forgotten.jobs }, 'a person was forgotten');
  return texts.privacy.done(forgotten);
}
