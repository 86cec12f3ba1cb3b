/** The Bot API client: one outbox for everything, chats that moved are followed. */
import { aliveIn } from '../cluster/cluster.ts';
import { followMigrations } from '../telegram/migrations.ts';
import { createOutbox } from '../telegram/outbox.ts';
import { shareOf, TELEGRAM_LIMITS } from '../telegram/send-budget.ts';
import { createTelegram } from '../telegram/transport.ts';
import type { Base } from './base.ts';
import type { Surroundings } from './surroundings.ts';

export function buildTelegram(
  { log, opened, store, observer, cluster }: Base,
  { account }: Surroundings,
) {
  const limits = () => shareOf(TELEGRAM_LIMITS, aliveIn(cluster));
  const outbox = createOutbox({ log, limits });
  const api = createTelegram({ ...account, outbox, log, onCall: observer.apiCall });
  opened('telegram', () => {
    outbox.close();
    return api.close();
  });
  api.config.use(
    followMigrations(async (from, to) => {
      log.info({ from, to }, 'a group became a supergroup');
      await store.jobs.moveChat(from, to);
    }),
  );
  return api;
}

export type TelegramApi = ReturnType<typeof buildTelegram>;
