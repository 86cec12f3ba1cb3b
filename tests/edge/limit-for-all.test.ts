import { env, exports } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import { SECRET_HEADER } from '../../edge/app.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { message, SARA } from '../support/updates.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** A person who asks for the first time, in a private chat. */
async function ask(id: number): Promise<string> {
  const update = message(
    { from: { ...SARA, id, language_code: id % 2 ? 'fa' : 'en' }, chat: { id, type: 'private' } },
    5000 + id,
  );
  const response = await exports.default.fetch('http://edge.test/webhook', {
    method: 'POST',
    headers: { [SECRET_HEADER]: String(env.WEBHOOK_SECRET) },
    body: JSON.stringify(update),
  });
  expect(response.status).toBe(200);
  return await response.text();
}

test('of forty people within a minute 25 are taken, the others are told once, admins pass', async () => {
  const taken: number[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
    const { user } = JSON.parse(String((init as RequestInit).body)) as { user: { id: number } };
    taken.push(user.id);
    return new Response(null, { status: 202 });
  });
  const people = Array.from({ length: 40 }, (_, i) => i + 1);
  const answers: string[] = [];
  for (const id of people) answers.push(await ask(id));
  expect(taken).toEqual(people.slice(0, 25));
  expect(answers.slice(0, 25)).toEqual(Array(25).fill(''));
  for (const [i, answer] of answers.slice(25).entries()) {
    const { method, chat_id, text } = JSON.parse(answer);
    expect([method, chat_id]).toEqual(['sendMessage', 26 + i]);
    const texts = textsFor(chat_id % 2 ? 'fa' : 'en');
    const said = Array.from({ length: 60 }, (_, s) =>
      texts.rateLimited({ seconds: s + 1, scope: 'all' }),
    );
    expect(said).toContain(text);
  }
  expect(await ask(900)).toBe('');
  expect(taken).toHaveLength(26);
});
