import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesIn } from '../../node/jobs/leftovers.ts';
import { ALI, EMMA } from '../../node/sandbox/bot-api/personas.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { type Conversation, conversation } from '../support/conversation.ts';
import { seeded } from '../support/random.ts';
import { type Scene, startScene } from '../support/scene.ts';

/** How many of the random cancels run; `CANCELS=1000` for the long measurement. */
const CANCELS = Number(process.env.CANCELS ?? 30);

let scene: Scene;
let chat: Conversation;
beforeAll(async () => {
  scene = await startScene({ MAX_CONCURRENT_DOWNLOADS: '2' });
  chat = conversation(scene, EMMA);
});
afterAll(() => scene?.close());

const jobsDir = () => join(scene.bot.dataDir, 'jobs');

/** Waits until no process and no folder of a job is left. */
async function nothingLeft(): Promise<void> {
  for (;;) {
    const processes = await processesIn(jobsDir());
    const folders = await readdir(jobsDir());
    const health = await fetch(`${scene.bot.url}/healthz`).then((r) => r.json());
    const { running } = health as { running: number };
    if (processes.length + folders.length + running === 0) return;
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Presses cancel under the status message that answers `asked` and waits for the last words. */
async function cancel(asked: number, by = chat, lang: 'en' | 'fa' = 'en'): Promise<void> {
  const t = textsFor(lang);
  const status = await by.sees({ button: new RegExp(t.buttons.cancel), replyTo: asked });
  expect(await by.press(status, new RegExp(t.buttons.cancel))).toBe(t.toast.cancelled);
  await by.sees({ text: new RegExp(t.status.cancelled), replyTo: asked }, 5000);
  await nothingLeft();
  expect(by.seen().filter((m) => m.replyTo === asked && m.kind !== 'text')).toHaveLength(0);
}

describe('cancel takes everything back within five seconds', () => {
  it('while the link is looked at', async () => {
    const asked = chat.say(`${scene.site.url}/slow.mp4?rate=1000&stage=extract`);
    await chat.sees({ text: /Looking at the link|next/, replyTo: asked });
    await cancel(asked);
  });

  it('while it downloads', async () => {
    const asked = chat.say(`${scene.site.url}/slow.mp4?rate=40000&stage=download`);
    await chat.sees({ text: /Downloading/, replyTo: asked });
    await cancel(asked);
  });

  it('while it is converted', async () => {
    const asked = chat.say(`${scene.site.url}/clip.mp4?stage=convert 0:00-0:05`);
    await chat.sees({ text: /Cutting|Downloading|Looking/, replyTo: asked });
    await cancel(asked);
  });

  it('while it is sent', async () => {
    scene.telegram.api.faults.add({ method: 'sendVideo', kind: 'hang' });
    const asked = chat.say(`${scene.site.url}/clip.mp4?stage=upload`);
    await chat.sees({ text: /Sending/, replyTo: asked });
    await cancel(asked);
  });

  it('while it waits behind others, by button and by /cancel, in Persian as well', async () => {
    const busy = [1, 2].map((n) => chat.say(`${scene.site.url}/slow.mp4?rate=5000&stage=busy${n}`));
    await scene.site.asked('/slow.mp4', 3);
    const ali = conversation(scene, ALI);
    const t = textsFor('fa');
    const waiting = ali.say(`${scene.site.url}/clip.mp4?stage=queued`);
    const status = await ali.sees({ button: new RegExp(t.buttons.cancel), replyTo: waiting });
    await ali.press(status, new RegExp(t.buttons.cancel));
    await ali.sees({ text: new RegExp(t.status.cancelled), replyTo: waiting }, 5000);
    const command = chat.say('/cancel');
    await chat.sees({ text: /Stopped 2 downloads/, replyTo: command }, 5000);
    await Promise.all(busy.map((asked) => chat.sees({ text: /Stopped/, replyTo: asked }, 5000)));
    await nothingLeft();
  });
});

it(`leaves nothing behind after ${CANCELS} cancels at random moments`, async () => {
  const random = seeded(20261123);
  const paths = ['/clip.mp4', '/hls/master.m3u8', '/slow.mp4', '/clip.webm', '/song.mp3'];
  let stopped = 0;
  for (let n = 0; n < CANCELS; n++) {
    const path = random.pick(paths);
    chat.say(`${scene.site.url}${path}?n=${n}`);
    await new Promise((done) => setTimeout(done, random.below(600)));
    const command = chat.say('/cancel');
    const words = await chat.sees({ replyTo: command, text: /Stopped|Nothing/ });
    if (/Stopped/.test(words.text)) stopped += 1;
  }
  await nothingLeft();
  expect(stopped).toBeGreaterThan(CANCELS / 4);
  // Every place is free again: as many as ever download at once.
  const asked = [1, 2].map((n) => chat.say(`${scene.site.url}/small.mp4?after=${n}`));
  await Promise.all(asked.map((replyTo) => chat.sees({ kind: 'video', replyTo })));
}, 900_000);
