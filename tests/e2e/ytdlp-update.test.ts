/** An admin changes yt-dlp under a running bot; a release that is worse goes by itself. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Scene, startScene } from '../support/scene.ts';
import { failsAt, placeRelease } from '../support/ytdlp-release.ts';

const ADMIN = 900;
const PERSON = 1001;
const OLD = '2098.01.01';
const NEXT = '2099.01.01';

describe('/update', () => {
  let dir: string;
  let scene: Scene;
  /** A folder of PATH, where an operator or a package puts a newer one. */
  let later: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'postchi-update-'));
    later = join(dir, 'later');
    mkdirSync(later);
    const first = placeRelease(join(dir, 'first'), OLD);
    const bins = join(dir, 'bin');
    mkdirSync(bins);
    symlinkSync(first.bin, join(bins, 'yt-dlp'));
    scene = await startScene({
      ...{ ADMIN_IDS: String(ADMIN), ENGINE: 'spawn', YTDLP_PATH: '' },
      PATH: [later, bins, ...(process.env.PATH ?? '').split(':')].join(':'),
    });
  });
  afterAll(async () => {
    await scene?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const ask = (user: number, path: string) => scene.say(user, `${scene.site.url}${path}`);
  const inUse = async () => {
    const { ytdlp } = (await (await fetch(`${scene.bot.url}/healthz`)).json()) as { ytdlp: string };
    return ytdlp;
  };
  /** The answer may be a reading of some seconds ago. */
  const uses = (version: string) =>
    vi.waitFor(async () => expect(await inUse()).toBe(version), { timeout: 15_000, interval: 500 });
  async function press(label: RegExp): Promise<void> {
    const { api } = scene.telegram;
    const message = await api.waitFor(() =>
      api
        .messages(ADMIN)
        .find((one) => one.reply_markup?.inline_keyboard.flat().some((b) => label.test(b.text))),
    );
    const found = message.reply_markup?.inline_keyboard.flat().find(({ text }) => label.test(text));
    if (!found || !('callback_data' in found)) throw new Error(`no button ${label}`);
    api.press(message.message_id, found.callback_data ?? '', ADMIN);
  }

  it('tries, takes and uses a new one, and goes back by itself when fewer links succeed', async () => {
    await scene.delivery(PERSON, ask(PERSON, '/called/worse-with-the-old-one.mp4'), 60_000);
    await scene.delivery(PERSON, ask(PERSON, '/called/probe.mp4'), 60_000);
    await uses(OLD);

    const release = placeRelease(
      mkdtempSync(join(dir, 'next-')),
      NEXT,
      failsAt('worse', 'This video is private'),
    );
    symlinkSync(release.bin, join(later, 'yt-dlp'));
    scene.say(ADMIN, '/update');
    await press(/Update now/);
    const taken = await scene.words(ADMIN, /2099\.01\.01 is in use/, 90_000);
    expect(taken.text).toMatch(/probe\.mp4.*✅ → ✅/);
    await uses(NEXT);
    // Asked by the old and the new one, before anybody's job was.
    expect(scene.site.count('/called/probe.mp4')).toBeGreaterThanOrEqual(3);

    await scene.delivery(PERSON, ask(PERSON, '/called/good.mp4'), 60_000);
    // Ten are enough for a verdict, so that it cannot come before the last one has ended.
    for (let n = 1; n <= 9; n += 1) ask(PERSON, `/called/worse-${n}.mp4`);
    const said = await scene.words(ADMIN, /2099\.01\.01 was worse/, 110_000);
    expect(said.text).toMatch(/1 of 10 downloads succeeded[\s\S]*went back to 2098\.01\.01/);
    await uses(OLD);
    await scene.delivery(PERSON, ask(PERSON, '/called/worse-again.mp4'), 60_000);

    scene.say(ADMIN, '/update');
    expect((await scene.words(ADMIN, /In use: 2098/)).text).toContain('In use: 2098.01.01');
  }, 240_000);
});
