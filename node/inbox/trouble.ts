/** Which failures of a request pass by themselves, and what a person hears of the others. */
import { textsFor } from '../../shared/texts/index.ts';
import type { JobRequest } from '../../shared/wire.ts';
import { type ChatParts, languageOf, reply } from '../chat/parts.ts';
import { codeOf, isDiskFull } from '../disk-full.ts';
import { newErrorId } from '../jobs/errors.ts';
import { isDatabaseAway } from '../store/postgres/unreachable.ts';
import { telegramFault } from '../telegram/errors.ts';

/** A database that is away or takes no writes: nothing can be settled, and nothing is given up. */
export const isStoreAway = (error: unknown): boolean =>
  isDiskFull(error) || /^SQLITE_(BUSY|IOERR|CANTOPEN)/.test(codeOf(error)) || isDatabaseAway(error);

/** That, or no way to Telegram. */
export function isPassing(error: unknown): boolean {
  if (isStoreAway(error)) return true;
  const { kind } = telegramFault(error);
  return kind === 'unreachable' || kind === 'flood';
}

/** Buttons and inline queries are too old by then; a message is answered. */
export const sayGivenUp = (parts: ChatParts) => async (request: JobRequest) => {
  const { kind } = request.ask;
  if (kind !== 'download' && kind !== 'command' && kind !== 'text') return;
  const errorId = newErrorId();
  parts.log.error({ update: request.updateId, errorId }, 'an update was given up');
  const texts = textsFor(languageOf(await parts.store.users.find(request.user.id), request));
  await reply(parts, request, texts.failed({ sentence: texts.errors.internal({}), errorId }));
};
