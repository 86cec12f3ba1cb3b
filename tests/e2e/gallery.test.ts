import { rmSync } from 'node:fs';
import { delimiter } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knowingLoopback, realGallery } from '../support/gallery.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { files, tap, until } from '../support/talk.ts';

const EN = 1001;
const FA = 1002;

const gallery = await realGallery();

/** Where neither PATH nor Debian has one there is nothing to try; the set-up said so. */
describe.skipIf(!gallery)('posts without a video', () => {
  let scene: Scene;
  const path = knowingLoopback(gallery?.bin ?? '');
  beforeAll(async () => {
    scene = await startScene({ PATH: `${path}${delimiter}${process.env.PATH}` });
  });
  afterAll(async () => {
    await scene?.close();
    rmSync(path, { recursive: true, force: true });
  });
  const page = (query: string) => `${scene.site.url}/pictures?${query}`;

  it('come as one album of photos and videos, in the order of the post', async () => {
    const asked = scene.say(EN, page('n=4&video=1'));
    const sent = await files(scene, EN, asked, 5);
    expect(new Set(sent.map(({ albumId }) => albumId)).size).toBe(1);
    expect(sent.map(({ kind }) => kind).sort()).toEqual([
      'photo',
      'photo',
      'photo',
      'photo',
      'video',
    ]);
    expect(sent[0]?.text).toContain('Holiday pictures');
    await scene.telegram.api.waitFor(() => scene.answers(EN, asked).length === 5);
  });

  it('come in several albums when they are more than ten', async () => {
    const asked = scene.say(FA, page('n=13'));
    const sent = await files(scene, FA, asked, 13);
    const albums = [...new Set(sent.map(({ albumId }) => albumId))];
    const sizes = albums.map((id) => sent.filter(({ albumId }) => albumId === id).length);
    expect(sizes).toEqual([10, 3]);
  });

  it('come again at once, without a request to the site', async () => {
    const before = scene.site.requests.length;
    const asked = scene.say(FA, page('n=4&video=1'));
    await files(scene, FA, asked, 5);
    expect(scene.site.requests.length).toBe(before);
  });

  it('are refused in yt-dlp’s words when there is nothing in them either', async () => {
    const asked = scene.say(FA, `${scene.site.url}/empty-page`);
    const said = await until(scene, FA, (m) => m.replyTo === asked && /خطای/.test(m.text));
    expect(said.text).toMatch(/بلد نیستم|عکسی نیست/);
  });

  it('stop with the cancel button, and their process with them', async () => {
    scene.site.throttle(2000);
    const asked = scene.say(EN, page('n=9&of=cancel'));
    const status = await until(scene, EN, (m) => m.replyTo === asked && m.buttons.length > 0);
    await scene.site.asked('/1/picture.jpg', 3);
    await tap(scene, { chat: EN, message: status.id, label: 'Cancel' });
    await until(scene, EN, (m) => m.id === status.id && /Stopped/.test(m.text));
    scene.site.throttle(undefined);
    await expect.poll(() => scene.site.open(), { timeout: 20_000 }).toBe(0);
  });
});
