import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ALI, EMMA } from '../../node/sandbox/bot-api/personas.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { cancelRun, everyPlaceFree, nothingLeft } from '../support/cancels.ts';
import { type Conversation, conversation } from '../support/conversation.ts';
import { type Scene, startScene } from '../support/scene.ts';

let scene: Scene;
let tools: string;
let chat: Conversation;
beforeAll(async () => {
  tools = await slowConverter();
  const FFMPEG_PATH = join(tools, 'ffmpeg');
  scene = await startScene({ MAX_CONCURRENT_DOWNLOADS: '2', FFMPEG_PATH });
  chat = conversation(scene, EMMA);
});
afterAll(async () => {
  await scene?.close();
  await rm(tools, { recursive: true });
});

/** The real ffmpeg, but a conversion never ends: a cancel finds it under way for sure. */
async function slowConverter(): Promise<string> {
  const { ffmpeg, ffprobe } = inject('ffmpeg');
  const dir = await mkdtemp(join(tmpdir(), 'postchi-ffmpeg-'));
  const lines = ['#!/bin/sh', 'case "$*" in *libx264*) sleep 600 ;; esac', `exec ${ffmpeg} "$@"`];
  await writeFile(join(dir, 'ffmpeg'), lines.join('\n'), { mode: 0o755 });
  await symlink(ffprobe, join(dir, 'ffprobe'));
  return dir;
}

/** Presses cancel under the status message that answers `asked` and waits for the last words. */
async function cancel(asked: number, by = chat, lang: 'en' | 'fa' = 'en'): Promise<void> {
  const t = textsFor(lang);
  const status = await by.sees({ button: new RegExp(t.buttons.cancel), replyTo: asked });
  expect(await by.press(status, new RegExp(t.buttons.cancel))).toBe(t.toast.cancelled);
  await by.sees({ text: new RegExp(t.status.cancelled), replyTo: asked }, 5000);
  expect(await nothingLeft(scene)).toEqual({ processes: 0, folders: 0, running: 0 });
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
    const asked = chat.say(`${scene.site.url}/clip.webm?stage=convert`);
    await chat.sees({ text: /Converting/, replyTo: asked });
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
    expect(await nothingLeft(scene)).toEqual({ processes: 0, folders: 0, running: 0 });
  });
});

it('leaves nothing behind after cancels at random moments', async () => {
  // A thousand of them: scripts/reliability/cancels.ts
  const figures = await cancelRun(scene, { cancels: 10, seed: 20_261_123, people: [7001, 7002] });
  expect(figures.left).toEqual({ processes: 0, folders: 0, running: 0 });
  expect(figures.stopped).toBeGreaterThan(3);
  expect(await everyPlaceFree(scene, 2, [7001, 7002])).toBe(true);
}, 300_000);
