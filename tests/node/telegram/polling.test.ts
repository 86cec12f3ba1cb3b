import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutbox } from '../../../node/telegram/outbox.ts';
import { type PollingOptions, startPolling } from '../../../node/telegram/polling.ts';
import { createTelegram, type Telegram } from '../../../node/telegram/transport.ts';
import { setWebhook } from '../../../node/telegram/webhook.ts';
import { refuse, type Stub, startStub } from './stub-server.ts';

let stub: Stub;
let api: Telegram;
let stop: AbortController;
let said: string[];

const update = (update_id: number) => ({ update_id, message: { message_id: update_id } });
const body = (at: number) => JSON.parse(String(stub.taken[at]?.body)) as Record<string, unknown>;

beforeEach(async () => {
  stub = await startStub();
  stop = new AbortController();
  said = [];
  const log = pino({ level: 'silent' });
  api = createTelegram({ token: '1:t', apiRoot: stub.root, log, outbox: createOutbox({ log }) });
});
afterEach(async () => {
  stop.abort();
  await api.close();
  await stub.close();
});

const poll = (handle: PollingOptions['handle'], sleeps: number[] = []) =>
  startPolling({
    ...{ api, handle, signal: stop.signal, random: () => 1 },
    log: pino({ level: 'info' }, { write: (line: string) => said.push(line) }),
    sleep: async (ms) => sleeps.push(ms),
  });

/** Answers getUpdates with these in turn, then stops the loop. */
function serve(...batches: (object[] | [number, string, object?])[]) {
  stub.reply = (taken, response, request) => {
    if (taken.method !== 'getUpdates') return response.end('{"ok":true,"result":true}');
    const batch = batches.shift();
    if (!batch) {
      stop.abort();
      return response.end('{"ok":true,"result":[]}');
    }
    const [code, why, parameters] = batch;
    if (typeof code !== 'number' || typeof why !== 'string')
      return response.end(JSON.stringify({ ok: true, result: batch }));
    return refuse(code, why, parameters)(taken, response, request);
  };
}

describe('polling', () => {
  it('removes a webhook, then takes updates in order and confirms them', async () => {
    serve([update(10), update(11)], [update(12)]);
    const seen: number[] = [];
    await poll(async ({ update_id }) => {
      seen.push(update_id);
      return {};
    });
    expect(seen).toEqual([10, 11, 12]);
    expect(stub.taken.map(({ method }) => method)).toEqual([
      ...['deleteWebhook', 'getUpdates', 'getUpdates', 'getUpdates'],
    ]);
    expect([1, 2, 3].map((at) => body(at).offset)).toEqual([0, 12, 13]);
    expect(body(1).allowed_updates).toContain('callback_query');
  });

  it('offers a refused update again after retryAfter and loses none behind it', async () => {
    serve([update(10), update(11)]);
    const seen: number[] = [];
    const sleeps: number[] = [];
    let refusals = 2;
    await poll(async ({ update_id }) => {
      seen.push(update_id);
      return update_id === 10 && refusals-- > 0 ? { retryAfter: 7 } : {};
    }, sleeps);
    expect(seen).toEqual([10, 10, 10, 11]);
    expect(sleeps).toEqual([7000, 7000]);
  });

  it('does not confirm an update whose handling was cut short', async () => {
    serve([update(10)]);
    await poll(async () => {
      stop.abort();
      return { retryAfter: 1 };
    });
    expect(stub.taken.filter(({ method }) => method === 'getUpdates')).toHaveLength(1);
  });

  it('goes on after an update that could not be handled', async () => {
    serve([update(10)]);
    let tries = 0;
    await poll(async () => {
      if (tries++ === 0) throw new Error('broken');
      return {};
    });
    expect(tries).toBe(2);
    expect(said.join()).toContain('could not be handled');
  });

  it('waits longer after each failure and obeys retry_after', async () => {
    serve(
      [502, 'Bad Gateway'],
      [502, 'Bad Gateway'],
      [429, 'Too Many Requests', { retry_after: 9 }],
    );
    const sleeps: number[] = [];
    await poll(async () => ({}), sleeps);
    expect(sleeps).toEqual([1000, 2000, 9000]);
  });

  it('explains a second program with the same token', async () => {
    serve([409, 'Conflict: terminated by other getUpdates request']);
    await poll(async () => ({}));
    expect(said.join()).toContain('Another program polls with the same BOT_TOKEN');
  });

  it.each([401, 404])('ends with a clear error when the token is refused with %i', async (code) => {
    stub.reply = refuse(code, 'Unauthorized');
    await expect(poll(async () => ({}))).rejects.toThrow(/does not know this BOT_TOKEN/);
  });
});

it('registers a webhook with its secret and the updates it wants', async () => {
  await setWebhook(api, { url: 'https://bot.example/webhook', secret: 's3cret' });
  expect(body(0)).toMatchObject({
    ...{ url: 'https://bot.example/webhook', secret_token: 's3cret', max_connections: 40 },
    allowed_updates: [
      'message',
      'business_message',
      'callback_query',
      'inline_query',
      'my_chat_member',
    ],
  });
});
