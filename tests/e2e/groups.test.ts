import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Scene, startScene } from '../support/scene.ts';
import { files, fromBot, GROUP, tap, until, write } from '../support/talk.ts';

const ADMIN = 1000;
const EN = 1001;
const FA = 1002;
const TOPIC = 11;

describe('in a group', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene();
  });
  afterAll(() => scene?.close());

  const clip = (name: string) => `${scene.site.url}/small.mp4?of=${name}`;
  const slow = (name: string) => `${scene.site.url}/slow.mp4?rate=2000000&of=${name}`;
  const reactions = (messageId: number) =>
    scene.telegram.api.calls
      .filter(
        ({ method, fields }) =>
          method === 'setMessageReaction' && Number(fields.message_id) === messageId,
      )
      .map(({ fields }) => JSON.stringify(fields.reaction).match(/👀|👌/u)?.[0]);
  const settings = async (who: number) => {
    const asked = write(scene, GROUP, who, '/settings');
    return until(scene, GROUP, (m) => m.replyTo === asked);
  };

  it('answers a link in its topic with a reaction and the file, nothing else', async () => {
    const asked = write(scene, GROUP, EN, { text: slow('a'), threadId: TOPIC });
    const [file] = await files(scene, GROUP, asked, 1);
    expect(file).toMatchObject({ kind: 'video', threadId: TOPIC, replyTo: asked });
    await scene.telegram.api.waitFor(() => reactions(asked).length === 2);
    expect(reactions(asked)).toEqual(['👀', '👌']);
    expect(fromBot(scene, GROUP)).toHaveLength(1);
  });

  it('says in words what failed, in the topic', async () => {
    const asked = write(scene, GROUP, FA, { text: `${scene.site.url}/dead`, threadId: 12 });
    const said = await until(scene, GROUP, (m) => m.replyTo === asked);
    expect(said).toMatchObject({ threadId: 12 });
    expect(said.text).toMatch(/خطای/);
  });

  it('stays silent on talk, and on commands for other bots', async () => {
    const before = fromBot(scene, GROUP).length;
    write(scene, GROUP, EN, 'see you at eight');
    write(scene, GROUP, EN, '/settings@some_other_bot');
    write(scene, GROUP, EN, '/weather');
    const said = fromBot(scene, GROUP)[0];
    write(scene, GROUP, EN, { text: 'thanks!', replyTo: said?.id ?? 0 });
    const asked = write(scene, GROUP, EN, clip('a'));
    await files(scene, GROUP, asked, 1);
    expect(fromBot(scene, GROUP)).toHaveLength(before + 1);
  });

  it('lets its admins switch the silence off, in the language they choose', async () => {
    const screen = await settings(ADMIN);
    const at = { chat: GROUP, message: screen.id };
    expect(screen.buttons.flat()).toEqual([
      'Answer links: on',
      'Quiet (a reaction only): on',
      'Language: English',
    ]);
    expect(await tap(scene, { ...at, label: 'Quiet', who: FA })).toMatch(/فقط مدیران/);
    expect(await tap(scene, { ...at, label: 'Quiet', who: ADMIN })).toBe('Done.');
    await tap(scene, { ...at, label: 'Language', who: ADMIN });
    await until(
      scene,
      GROUP,
      (m) => m.id === screen.id && m.buttons.flat().includes('زبان: فارسی'),
    );
    const asked = write(scene, GROUP, EN, slow('g'));
    const status = await until(scene, GROUP, (m) => m.replyTo === asked && m.kind === 'text');
    expect(status.buttons).toEqual([['لغو']]);
    await files(scene, GROUP, asked, 1);
  });

  it('stops answering links when an admin says so, and starts again', async () => {
    const screen = await settings(ADMIN);
    const at = { chat: GROUP, message: screen.id, label: 'پاسخ به پیوندها', who: ADMIN };
    await tap(scene, at);
    const ignored = write(scene, GROUP, EN, clip('a'));
    await tap(scene, at);
    const asked = write(scene, GROUP, EN, clip('a'));
    await files(scene, GROUP, asked, 1);
    expect(fromBot(scene, GROUP).filter(({ replyTo }) => replyTo === ignored)).toEqual([]);
  });

  it('shows the settings to nobody who is no admin', async () => {
    const said = await settings(EN);
    expect(said.buttons).toEqual([]);
  });

  it('says hello once when added, and explains privacy mode', async () => {
    const { api } = scene.telegram;
    const group = -100777;
    api.world.privacyMode = true;
    api.addBotToGroup(group, FA, 'تازه');
    const hello = await until(scene, group, () => true);
    expect(hello.text).toContain('سلام به همه');
    expect(hello.text).toContain('حالت حریم خصوصی');
    api.driver.setBotStatus(group, FA, 'administrator');
    api.world.privacyMode = false;
    api.driver.removeBot(group, FA);
    api.addBotToGroup(group, EN, 'again');
    await until(scene, group, ({ text }) => text.includes('Hello everybody'));
    expect(fromBot(scene, group)).toHaveLength(2);
  });

  it('gives up what it had promised a group that removes it', async () => {
    const { api } = scene.telegram;
    const group = -100888;
    api.addBotToGroup(group, EN, 'short');
    await until(scene, group, () => true);
    const before = scene.site.count('/slow.mp4');
    write(scene, group, EN, `${scene.site.url}/slow.mp4?rate=20000&of=kicked`);
    await scene.site.asked('/slow.mp4', before + 1);
    api.driver.removeBot(group, EN);
    await vi.waitFor(
      () => expect(scene.bot.log.some(({ code }) => code === 'cancelled')).toBe(true),
      30_000,
    );
  });
});
