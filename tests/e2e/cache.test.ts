import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/scene.ts';

describe('what Telegram already holds', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene();
  });
  afterAll(() => scene?.close());

  const link = (path: string) => `${scene.site.url}${path}`;
  const callsTo = (chat: number) =>
    scene.telegram.api.calls.filter(({ fields }) => String(fields.chat_id) === String(chat));
  const uploads = () => scene.telegram.api.calls.filter((call) => call.uploads.length > 0);

  it('is sent again at once: by file id, without the site and without a status message', async () => {
    const first = await scene.delivery(1, scene.say(1, link('/clip.mp4')), 60_000);
    const requests = scene.site.requests.length;
    const again = await scene.delivery(2, scene.say(2, link('/clip.mp4')));
    expect(again).toMatchObject({ kind: 'video', sha256: first.sha256, text: first.text });
    expect(scene.site.requests).toHaveLength(requests);
    expect(callsTo(2).filter(({ method }) => method !== 'sendChatAction')).toMatchObject([
      { method: 'sendVideo', uploads: [], fields: { video: first.fileId } },
    ]);
  });

  it('is known under other spellings of the link', async () => {
    const requests = scene.site.requests.length;
    await scene.delivery(3, scene.say(3, `${link('/clip.mp4')}?utm_source=x&fbclid=y#t=1`));
    expect(scene.site.requests).toHaveLength(requests);
  });

  it('is fetched once when ten people ask at the same time, and reaches all of them', async () => {
    scene.site.throttle(400_000);
    const before = uploads().length;
    const alone = scene.site.requests.length;
    await scene.delivery(9, scene.say(9, link('/silent.mp4')), 60_000);
    const costOfOne = scene.site.requests.length - alone;

    const people = Array.from({ length: 10 }, (_, i) => 20 + i);
    const asked = people.map((id) => [id, scene.say(id, link('/small.mp4'))] as const);
    const got = await Promise.all(
      asked.map(([id, message]) => scene.delivery(id, message, 60_000)),
    );
    scene.site.throttle(undefined);
    expect(new Set(got.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(scene.site.count('/small.mp4')).toBe(costOfOne);
    expect(uploads().length - before).toBe(2);
    for (const [id, message] of asked)
      await scene.telegram.api.waitFor(() => scene.answers(id, message).length === 1);
  });

  it('is fetched anew when Telegram has forgotten it', async () => {
    const first = await scene.delivery(40, scene.say(40, link('/song.mp3')), 60_000);
    scene.telegram.api.files.forget(first.fileId ?? '');
    const requests = scene.site.count('/song.mp3');
    const again = await scene.delivery(41, scene.say(41, link('/song.mp3')), 60_000);
    expect(again.sha256).toBe(first.sha256);
    expect(again.fileId).not.toBe(first.fileId);
    expect(scene.site.count('/song.mp3')).toBeGreaterThan(requests);
  });

  it('still brings the file ten people waited for when the first of them cancels', async () => {
    scene.site.throttle(100_000);
    const [first, second] = [50, 51].map((id) => scene.say(id, link('/hls/0.m3u8')));
    const status = await scene.telegram.api.waitFor(() => scene.answers(50, first ?? 0)[0]);
    const data = scene.telegram.api.messages(50).find(({ message_id }) => message_id === status.id)
      ?.reply_markup?.inline_keyboard[0]?.[0]?.callback_data;
    scene.telegram.api.press(status.id, data ?? '', 50);
    await scene.words(50, /^Stopped/);
    scene.site.throttle(undefined);
    expect((await scene.delivery(51, second ?? 0, 60_000)).kind).toBe('video');
  });
});
