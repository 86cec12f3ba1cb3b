import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VisibleMessage } from '../../node/sandbox/bot-api/visible.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { startBot } from '../support/bot.ts';
import { type Scene, startScene } from '../support/scene.ts';

const ADMIN = 900;
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
  broadcast: /\/broadcast and the text/,
  cookies: /Cookies[\s\S]*None yet/,
  maintenance: /Maintenance is off/,
  limits: /user: off[\s\S]*size: 50 MB[\s\S]*downloads: \d+ at once/,
  channels: /Everybody may use the bot/,
  nodes: /Nodes[\s\S]*\(this one\)[\s\S]*the only one/,
  update: /yt-dlp \d{4}\.\d\d.*YTDLP_PATH/,
};

describe('the admins', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene({ ADMIN_IDS: String(ADMIN) });
  });
  afterAll(async () => {
    // A test starts the bot anew.
    await scene?.bot.dispose();
    await scene?.close();
  });

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

  it('draws the figures as a picture', async () => {
    const before = scene.telegram.api.visible(ADMIN).length;
    await ask('/stats');
    const photo = await scene.telegram.api.waitFor(() =>
      scene.telegram.api
        .visible(ADMIN)
        .slice(before)
        .find(({ kind }) => kind === 'photo'),
    );
    const { path } = scene.telegram.api.fileOf(photo.fileId ?? '');
    expect((await readFile(path)).subarray(1, 4).toString()).toBe('PNG');
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

  it('takes a login from an admin as a file, shows it, and takes it out of the chat', async () => {
    const path = join(scene.telegram.dir, 'cookies.txt');
    const cookie = ['.instagram.com', 'TRUE', '/', 'TRUE', '4102444800', 'sessionid', 'secret'];
    const text = `# Netscape HTTP Cookie File\n${cookie.join('\t')}\n`;
    await writeFile(path, text);
    const upload = {
      ...{ path, name: 'cookies.txt', bytes: text.length },
      sha256: createHash('sha256').update(text).digest('hex'),
      tooLarge: false,
    };
    const { api } = scene.telegram;
    const stranger = api.sendDocument(EN, EN, upload).message_id;
    expect((await answerTo(stranger, EN)).text).toBe(textsFor('en').noLink);
    const sent = api.sendDocument(ADMIN, ADMIN, upload, 'My second').message_id;
    expect((await answerTo(sent)).text).toMatch(/Kept[\s\S]*Instagram.*my-second.*signed in/);
    await api.waitFor(() => !api.messages(ADMIN).some(({ message_id }) => message_id === sent));
    const page = await ask('/cookies');
    expect(page.text).toMatch(/✅ .*Instagram.*my-second/);
    expect((await ask('/health')).text).toMatch(/✅ Cookies: .*1 signed in/);
    expect((await ask('/cookies probe instagram nowhere')).text).toMatch(/Write \/cookies probe/);
    const link = 'https://www.instagram.com/p/only-for-friends/';
    expect((await ask(`/cookies probe instagram ${link}`)).text).toMatch(/Instagram.* tried there/);
    expect((await ask('/cookies probe')).text).toMatch(/YouTube.*list=LL[\s\S]*only-for-friends/);
    expect((await press(page, /Instagram/)).text).toMatch(/None yet/);
  });

  it('lets links wait in maintenance and goes on with them after it', async () => {
    expect((await ask('/maintenance on')).text).toMatch(/Maintenance is on/);
    const link = scene.say(EN, `${scene.site.url}/clip.webm`);
    const told = await answerTo(link, EN);
    expect(told.text).toMatch(/under maintenance/);
    expect((await ask('/queue')).text).toMatch(/Nothing new starts[\s\S]*⏳/);
    expect((await ask('/maintenance off')).text).toMatch(/1 job starts/);
    await scene.delivery(EN, link, 60_000);
  });

  it('changes limits at once and keeps them over a restart', async () => {
    expect((await ask('/limits downloads 900')).text).toMatch(/from 1 to 64/);
    expect((await ask('/limits size 51')).text).toMatch(/from 1 to 50/);
    await ask('/limits user 1');
    scene.say(EN, 'one');
    expect((await answerTo(scene.say(EN, 'two'), EN)).text).toMatch(/a lot at once/);
    await scene.bot.stop();
    scene.bot = await startBot({ env: scene.env, dataDir: scene.bot.dataDir });
    expect((await ask('/limits')).text).toMatch(/user: 1 a minute for each person ✏️/);
    await ask('/limits reset');
    expect((await ask('/limits')).text).toMatch(/user: off/);
  });

  it('asks people to join a channel first and goes on by itself when they have', async () => {
    const { api } = scene.telegram;
    expect((await ask('/channels add @nowhere_at_all')).text).toMatch(/cannot see/);
    const about = { id: -1009, title: 'News', username: 'postchi_news' };
    const channel = api.world.addChat({ ...about, type: 'channel' });
    channel.members.set(api.world.bot.id, 'administrator');
    expect((await ask('/channels add @postchi_news')).text).toMatch(
      /only members of .*@postchi_news/,
    );
    const link = scene.say(EN, `${scene.site.url}/silent.mp4`);
    const question = await answerTo(link, EN);
    expect(question.text).toMatch(/@postchi_news/);
    channel.members.set(EN, 'member');
    api.press(question.id, 'j', EN);
    await scene.delivery(EN, link, 60_000);
    expect((await ask('/channels remove @postchi_news')).text).toMatch(/no longer required/);
  });

  it('sends a broadcast to everybody after a preview and counts who blocked the bot', async () => {
    const { api } = scene.telegram;
    await ask('/start', 1002);
    await ask('/start', 1003);
    await ask('/start', 1004);
    // Nobody has told the bot yet.
    api.world.chat(1004).members.set(api.world.bot.id, 'kicked');
    const asked = scene.say(ADMIN, '/broadcast Hello <b>everybody</b>');
    const screen = await answerTo(asked);
    expect(screen.text).toMatch(/goes to 5 people/);
    await press(screen, /Send to 5/);
    const report = await scene.words(ADMIN, /Done: 4 of 5 got it, 1 have blocked/);
    expect(report).toBeDefined();
    const got = api.visible(1002).filter(({ text }) => text === 'Hello <b>everybody</b>');
    expect(got).toHaveLength(1);
  });
});
