import pino from 'pino';
import { expect, it, vi } from 'vitest';
import { createTellAdmins } from '../../../node/alerts/tell-admins.ts';
import type { Answer } from '../../../node/telegram/answer.ts';
import { createOutbox } from '../../../node/telegram/outbox.ts';
import { sendContext } from '../../../node/telegram/send-context.ts';
import { fakeClock } from '../../support/clock.ts';
import { tempStore } from '../../support/store.ts';

const log = pino({ level: 'silent' });

it('is told before the files of a storm that wait for their turn', async () => {
  const temp = tempStore();
  const sent: string[] = [];
  const { clock, pass } = fakeClock();
  const outbox = createOutbox({ log, now: clock.now, setTimer: clock.after });
  const run = (method: string, payload: { chat_id: number }) =>
    outbox.run({
      ...{ method, payload, signal: undefined },
      context: method === 'sendVideo' ? { priority: 'final' } : sendContext(),
      async send(): Promise<Answer> {
        sent.push(method);
        return { ok: true, result: { message_id: sent.length } };
      },
    });
  const sendMessage = (chat: number) => run('sendMessage', { chat_id: chat });
  const admins = createTellAdmins({
    ...{ log, now: clock.now, store: temp.store, adminIds: new Set([900]) },
    api: { sendMessage: sendMessage as never },
  });
  for (let person = 1; person <= 200; person++) void run('sendVideo', { chat_id: person });
  const beforeIt = sent.length;
  const told = admins.all(({ alerts }) => alerts.queue({ percent: 90 }));
  // Their language is read first.
  await vi.waitFor(() => expect(outbox.waiting).toBe(201 - beforeIt));
  await pass(60_000, () => new Promise(setImmediate));
  await told;
  expect(beforeIt).toBeLessThan(100);
  expect(sent.indexOf('sendMessage') - beforeIt).toBeLessThanOrEqual(1);
  temp.close();
});
