import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CrashScene, nextPerson, seenBy, startCrashScene } from '../support/crash.ts';

describe('partial is not success', () => {
  let scene: CrashScene;
  beforeAll(async () => {
    scene = await startCrashScene({ MAX_FILE_MB: '8' });
  });
  afterAll(() => scene?.close());

  const explained = async (path: string, ms = 100_000) => {
    const user = nextPerson();
    scene.telegram.api.say(user, user, scene.site.url + path);
    await scene.telegram.api.waitFor(() => seenBy(scene.telegram, user).failure, ms);
    return { ...seenBy(scene.telegram, user), code: await codeFor(user) };
  };
  /** The code stands in the log under the id the person was told. */
  const codeFor = async (user: number) => {
    const id = /\b[0-9a-f]{8}\b/.exec(seenBy(scene.telegram, user).failure?.text ?? '')?.[0];
    const line = await scene.bot.logged(
      ({ errorId, msg }) => errorId === id && msg === 'job ended',
    );
    return line.code;
  };
  const retries = (path: string) => scene.site.count(path);

  it.concurrent('an HLS fragment is missing: tried again, then explained', async () => {
    const { media, code } = await explained('/missing-fragment/master.m3u8');
    expect(media).toEqual([]);
    expect(['incomplete', 'site_error', 'not_found']).toContain(code);
    expect(retries('/missing-fragment/1_001.ts')).toBeGreaterThan(1);
  });

  it.concurrent('an endless file, with and without a length, is stopped at the limit', async () => {
    const [known, unknown] = await Promise.all([
      explained('/large.mp4'),
      explained('/nolength-large.mp4'),
    ]);
    expect([known.code, unknown.code]).toEqual(['too_large', 'too_large']);
    expect([...known.media, ...unknown.media]).toEqual([]);
  });
});
