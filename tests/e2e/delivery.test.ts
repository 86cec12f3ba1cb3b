import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clips } from '../support/clips.ts';
import { type Scene, startScene } from '../support/scene.ts';

const EN = 1001;
const _FA = 1002;

describe('a link in, the file back', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene();
  });
  afterAll(() => scene?.close());

  const send = async (path: string, user = EN) => {
    const asked = scene.say(user, `${scene.site.url}${path}`);
    return { asked, got: await scene.delivery(user, asked, 60_000) };
  };
  const _refused = async (path: string, user = EN) => {
    const asked = scene.say(user, `${scene.site.url}${path}`);
    return scene.telegram.api.waitFor(
      () => scene.answers(user, asked).find(({ text }) => /[0-9a-f]{8}/.test(text)),
      60_000,
    );
  };
  const shaOf = async (name: string) =>
    createHash('sha256')
      .update(await readFile(join(await clips(), name)))
      .digest('hex');

  it('delivers a direct file byte for byte, as a playable video', async () => {
    const { asked, got } = await send('/clip.mp4');
    expect(got).toMatchObject({ kind: 'video', sha256: await shaOf('clip.mp4') });
    const message = scene.telegram.api.messages(EN).find(({ message_id }) => message_id === got.id);
    expect(message?.video).toMatchObject({ width: 1280, height: 720 });
    expect(message?.video?.duration).toBeGreaterThan(4);
    expect(message?.video?.thumbnail?.width).toBeLessThanOrEqual(320);
    await scene.telegram.api.waitFor(() => scene.answers(EN, asked).length === 1);
    const call = scene.telegram.api.calls.find(({ method }) => method === 'sendVideo');
    expect(call?.fields.supports_streaming).toBe('true');
  });
});
