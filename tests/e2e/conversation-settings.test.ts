import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, ALI, EMMA } from '../../node/sandbox/bot-api/personas.ts';
import { DB_FILE } from '../../node/store/open.ts';
import { Database } from '../../node/store/sqlite.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { type Conversation, conversation } from '../support/conversation.ts';
import { type Scene, startScene } from '../support/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ ADMIN_IDS: String(ADMIN.id) });
});
afterAll(() => scene?.close());

const fits = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));

/** Every value in every table of a running bot. */
function stored(dataDir: string): unknown[] {
  const db = new Database(join(dataDir, DB_FILE), { readonly: true });
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const rows = tables.flatMap((table) =>
    db.prepare(`SELECT * FROM "${(table as { name: string }).name}"`).all(),
  );
  db.close();
  return rows.flatMap((row) => Object.values(row as object));
}

describe.each([
  { lang: 'en' as const, person: EMMA, other: 'fa' as const },
  { lang: 'fa' as const, person: ALI, other: 'en' as const },
])('settings, history and privacy in $lang', ({ lang, person, other }) => {
  const t = textsFor(lang);
  let chat: Conversation;
  beforeAll(() => {
    chat = conversation(scene, person);
  });

  const label = (name: string, value: string) => fits(t.settings.row({ name, value }));

  it('changes every setting by its button, in the same message', async () => {
    chat.say('/settings');
    const screen = await chat.sees({ text: fits(t.settings.title) });
    const steps: [name: string, before: string, after: string][] = [
      [t.settings.mode, t.settings.modes.send, t.settings.modes.ask],
      [t.settings.highest, t.settings.height(0), t.settings.height(2160)],
      [t.settings.audioFormat, 'm4a', 'mp3'],
      [t.settings.captions, t.settings.on, t.settings.off],
      [t.settings.asFile, t.settings.off, t.settings.on],
    ];
    for (const [name, before, after] of steps) {
      await chat.press(screen, label(name, before));
      const changed = await chat.sees({ button: label(name, after) });
      expect(changed.id).toBe(screen.id);
    }
    await chat.press(screen, fits(t.buttons.close));
    await chat.gone(screen.id);
  });

  it('asks before it fetches when told to, and obeys the other settings', async () => {
    const asked = chat.say(`${scene.site.url}/clip.mp4`);
    const menu = await chat.sees({ button: /mp3/, replyTo: asked });
    expect(
      scene.site.requests.filter(({ path, method }) => path === '/clip.mp4' && method === 'GET')
        .length,
    ).toBeLessThan(4);
    await chat.press(menu, fits(t.buttons.close));
    await chat.gone(menu.id);

    chat.say('/settings mode audio');
    await chat.sees({ text: fits(t.settings.saved) });
    const song = await chat.sees({
      kind: 'audio',
      replyTo: chat.say(`${scene.site.url}/clip.mp4`),
    });
    expect(song.text).toBe('');

    chat.say('/settings mode send');
    await scene.telegram.api.waitFor(
      () => chat.seen().filter(({ text }) => fits(t.settings.saved).test(text)).length === 2,
    );
    const file = await chat.sees({
      replyTo: chat.say(`${scene.site.url}/small.mp4`),
      kind: 'document',
    });
    expect(file.bytes).toBeGreaterThan(10_000);
  });

  it('lists what was delivered and brings it again at once', async () => {
    chat.say('/history');
    const list = await chat.sees({ text: fits(t.history.title) });
    expect(list.buttons.flat()).toHaveLength(3);
    const signs = list.buttons.flat().map((label) => /🎵|📄/u.exec(label)?.[0]);
    expect(signs).toEqual(['📄', '🎵', undefined]);
    const asked = scene.site.requests.length;
    const before = chat.seen().filter(({ kind }) => kind === 'document').length;
    const [newest = ''] = list.buttons.flat();
    await chat.press(list, fits(newest));
    await scene.telegram.api.waitFor(
      () => chat.seen().filter(({ kind }) => kind === 'document').length === before + 1,
    );
    expect(scene.site.requests).toHaveLength(asked);
    chat.say('/history 2');
    await scene.telegram.api.waitFor(
      () => chat.seen().filter(({ kind }) => kind === 'audio').length === 2,
    );
  });

  it('changes the language by button and back by text', async () => {
    chat.say('/lang');
    const ask = await chat.sees({ text: fits(t.language.ask) });
    await chat.press(ask, fits(t.language.names[other]));
    await chat.sees({ text: fits(textsFor(other).language.set) });
    chat.say(`/lang ${lang}`);
    await chat.sees({ text: fits(t.language.set) });
  });

  it('greets and helps in the language', async () => {
    chat.say('/start');
    await chat.sees({ text: fits(t.start({ name: undefined }).split('\n')[1] ?? '') });
    chat.say('/help');
    await chat.sees({ text: fits(t.help({ limitMb: 50, maxLinks: 10 })) });
    chat.say('/cancel');
    await chat.sees({ text: fits(t.cancel.nothing) });
  });

  it('forgets a person, says what, and keeps nothing', async () => {
    chat.say('/forget_me');
    const ask = await chat.sees({ text: fits(t.privacy.ask) });
    await chat.press(ask, fits(t.privacy.no));
    await chat.sees({ text: fits(t.privacy.kept) });
    chat.say('/forget_me');
    const again = await chat.sees({ text: fits(t.privacy.ask), button: fits(t.privacy.yes) });
    await chat.press(again, fits(t.privacy.yes));
    await scene.telegram.api.waitFor(() =>
      chat.seen().some(({ id, text }) => id === again.id && text !== t.privacy.ask),
    );
    expect(stored(scene.bot.dataDir)).not.toContain(person.id);
    chat.say('/history');
    await chat.sees({ text: fits(t.history.empty) });
  });
});

it('registers commands and descriptions in both languages, and more for admins', async () => {
  const { api, client } = scene.telegram;
  await api.waitFor(() => api.commands.menu(ADMIN.id, 'en').length > 20);
  await api.waitFor(
    () => api.calls.filter(({ method }) => method === 'setMyShortDescription').length === 2,
  );
  const described = (texts: string[]) => texts.join('|');
  const of = async (lang: '' | 'fa') =>
    (await client.getMyCommands(lang ? { language_code: lang } : {})).map((c) => c.description);
  expect(described(await of('fa'))).toBe(described(Object.values(textsFor('fa').profile.commands)));
  expect(described(await of(''))).toBe(described(Object.values(textsFor('en').profile.commands)));
});
