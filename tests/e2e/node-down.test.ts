import { afterAll, beforeAll, expect, it } from 'vitest';
import { textsFor } from '../../shared/texts/index.ts';
import { freePort } from '../support/bot.ts';
import { type CrashScene, nextPerson, seenBy, startCrashScene } from '../support/crash.ts';

const NO_LINK = textsFor('en').noLink;

let scene: CrashScene;
beforeAll(async () => {
  const port = await freePort();
  scene = await startCrashScene({
    UPDATES: 'webhook',
    WEBHOOK_SECRET: 'webhook-secret-of-the-tests',
    WEBHOOK_URL: `http://127.0.0.1:${port}/webhook`,
    PORT: String(port),
  });
});
afterAll(() => scene?.close());

it('runs everything that came while it was down, once and in order per chat', async () => {
  const { api } = scene.telegram;
  const people = Array.from({ length: 8 }, nextPerson);
  await scene.kill();
  // The sender tries, backs off and tries again, one update of a chat at a time.
  const sent = people.flatMap((user) =>
    Array.from({ length: 5 }, (_, n) => ({
      user,
      id: api.say(user, user, n === 4 ? `${scene.site.url}/of/${user}/small.mp4` : `word ${n}`)
        .message_id,
    })),
  );
  await expect.poll(() => api.webhook.info().last_error_message, { timeout: 20_000 }).toBeTruthy();
  await scene.restart();
  const answers = (user: number) =>
    api.visible(user).filter(({ bot, kind, text }) => bot && (kind !== 'text' || text === NO_LINK));
  await api.waitFor(
    () => people.every((user) => seenBy(scene.telegram, user).media.length > 0),
    100_000,
  );
  for (const user of people) {
    const asked = sent.filter((one) => one.user === user).map(({ id }) => id);
    expect(answers(user).map(({ replyTo }) => replyTo)).toEqual(asked);
  }
  expect(api.webhook.info().pending_update_count).toBe(0);
});
