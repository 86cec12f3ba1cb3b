import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VisibleMessage } from '../../node/sandbox/bot-api/visible.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { type Scene, startScene } from '../support/scene.ts';

const ADMIN = 900;
const FA_ADMIN = 901;
const EN = 1001;
const UNKNOWN = textsFor('en').unknownCommand;

/** Every command, and what an admin is answered when nothing is given after it. */
const COMMANDS: Record<string, RegExp> = {
  stats: /Figures[\s\S]*Last 24 hours[\s\S]*Since the beginning/,
  health: /Health[\s\S]*✅ Database[\s\S]*(All is well|Next step)/,
  circuit: /Circuit breakers[\s\S]*🟢 .*YouTube.*closed/,
  cleanup: /Nothing to clean up|This would go/,
  reset_stats: /Start the figures anew\?/,
  queue: /\d+ waiting, \d+ running/,
  user: /\/user 12345/,
  ban: /\/user 12345/,
  unban: /\/user 12345/,
  log: /\/log 1a2b3c4d/,
};

describe('the admins', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene({ ADMIN_IDS: `${ADMIN},${FA_ADMIN}` });
  });
  afterAll(() => scene?.close());

  const answerTo = (asked: number, user = ADMIN) =>
    scene.telegram.api.waitFor(() => scene.answers(user, asked)[0]);
  const ask = (text: string, user = ADMIN) => answerTo(scene.say(user, text), user);
  const again = (message: VisibleMessage, user = ADMIN) =>
    scene.telegram.api.visible(user).find(({ id }) => id === message.id);
  /** Presses the button whose label fits and waits until the message has changed. */
  const press = async (message: VisibleMessage, label: RegExp, user = ADMIN) => {
    const kept = scene.telegram.api.messages(user).find((m) => m.message_id === message.id);
    const found = kept?.reply_markup?.inline_keyboard.flat().find(({ text }) => label.test(text));
    const data = found && 'callback_data' in found ? found.callback_data : undefined;
    if (data === undefined) throw new Error(`no button ${label}`);
    scene.telegram.api.press(message.id, data, user);
    return scene.telegram.api.waitFor(() => {
      const now = again(message, user);
      return now && now.text !== message.text ? now : undefined;
    });
  };
  const deliver = async (user: number, path = '/small.mp4') => {
    const asked = scene.say(user, `${scene.site.url}${path}`);
    return scene.delivery(user, asked, 60_000);
  };

  it.each(Object.entries(COMMANDS))('answers an admin to /%s', async (name, words) => {
    expect((await ask(`/${name}`)).text).toMatch(words);
  });

  it.each(Object.keys(COMMANDS))('does not know /%s when a stranger asks', async (name) => {
    expect((await ask(`/${name}`, EN)).text).toBe(UNKNOWN);
  });

  it('does not take a button of an admin from a stranger', async () => {
    const screen = await ask('/reset_stats');
    const query = scene.telegram.api.press(screen.id, 'a:reset:yes', EN);
    await scene.telegram.api.waitFor(() =>
      scene.telegram.api.calls.find(
        ({ method, fields }) =>
          method === 'answerCallbackQuery' && fields.callback_query_id === query,
      ),
    );
    expect(again(screen)?.text).toBe(screen.text);
  });

  it('counts a delivery, starts the figures anew when asked twice, and keeps those of before', async () => {
    await deliver(EN);
    await deliver(EN);
    const figures = (await ask('/stats')).text;
    expect(figures).toMatch(/2 jobs: 2 delivered/);
    expect(figures).toMatch(/Success 100%/);
    expect(figures).toMatch(/1 from the cache/);
    expect(figures).toMatch(/127\.0\.0\.1:\d+.*p50 .*p95/);
    expect((await press(await ask('/reset_stats'), /No/)).text).toMatch(/stay/);
    expect((await press(await ask('/reset_stats'), /Yes/)).text).toMatch(/audit/);
    expect((await ask('/stats')).text).toMatch(/0 jobs/);
  });

  it('pauses a site by hand: its links wait, and go on when it is closed again', async () => {
    await deliver(EN, '/silent.mp4');
    const name = /127/;
    const screen = await ask('/circuit');
    const paused = await press(screen, name);
    expect(paused.text).toMatch(/🔴 .*127\.0\.0\.1:\d+.*open until .*by hand/);
    const link = scene.say(EN, `${scene.site.url}/song.mp3`);
    await scene.telegram.api.waitFor(() =>
      scene.answers(EN, link).find(({ text }) => /I keep your link/.test(text)),
    );
    expect(scene.site.count('/song.mp3')).toBe(0);
    await press(paused, name);
    await scene.delivery(EN, link, 60_000);
  });

  it('looks a person up, bans and unbans', async () => {
    const page = await ask(`/user ${EN}`);
    expect(page.text).toContain(String(EN));
    const banned = await press(page, /Ban/);
    expect(banned.text).toMatch(/Banned/);
    const link = scene.say(EN, `${scene.site.url}/clip.mp4`);
    const refusal = await answerTo(link, EN);
    expect(refusal.kind).toBe('text');
    expect((await ask(`/unban ${EN}`)).text).toMatch(/may use the bot again/);
    expect((await ask(`/ban ${ADMIN}`)).text).toMatch(/ADMIN_IDS/);
    expect((await ask('/user 77')).text).toMatch(/Nobody/);
  });

  it('tells what lies behind an error number', async () => {
    const link = scene.say(EN, `${scene.site.url}/dead`);
    const refusal = await scene.telegram.api.waitFor(
      () => scene.answers(EN, link).find(({ text }) => /[0-9a-f]{8}/.test(text)),
      60_000,
    );
    const [errorId] = /[0-9a-f]{8}/.exec(refusal.text) ?? [];
    expect((await ask(`/log ${errorId}`)).text).toMatch(/not_found[\s\S]*\/dead[\s\S]*404/);
    expect((await ask('/log 00000000')).text).toMatch(/No job/);
  });
});
