import { Api } from 'grammy';
import { expect, it } from 'vitest';
import { followMigrations } from '../../../node/telegram/migrations.ts';
import { sendWith } from '../../../node/telegram/send-context.ts';

it('repeats a call in the supergroup a group became, once, and goes there at once from then on', async () => {
  const chats: unknown[] = [];
  const moved: [number, number][] = [];
  const putBack: number[] = [];
  const api = new Api('1:t');
  api.config.use(async (_call, _method, payload) => {
    const { chat_id } = payload as { chat_id: number };
    chats.push(chat_id);
    if (chat_id !== -5) return { ok: true, result: { message_id: 1 } } as never;
    return {
      ...{ ok: false, error_code: 400, description: 'group chat was upgraded to a supergroup' },
      parameters: { migrate_to_chat_id: -1005 },
    } as never;
  });
  api.config.use(followMigrations(async (from, to) => void moved.push([from, to])));
  const onPutBack = (seconds: number) => void putBack.push(seconds);
  await sendWith({ onPutBack }, () => api.sendMessage(-5, 'one'));
  await api.sendMessage(-5, 'two');
  await api.sendMessage(-6, 'elsewhere');
  expect(chats).toEqual([-5, -1005, -1005, -6]);
  expect(moved).toEqual([[-5, -1005]]);
  // Nothing of the refused call may count as sent.
  expect(putBack).toEqual([0]);
});
