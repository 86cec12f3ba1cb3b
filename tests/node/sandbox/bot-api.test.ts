import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GrammyError, HttpError, InputFile } from 'grammy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBotApi } from '../../../node/sandbox/bot-api/bot-api.ts';
import { type RunningBotApi, startBotApi } from '../../support/bot-api.ts';

const EMMA = 1001;
const GROUP = -1000000000001;
/** The smallest JPEG that has a frame header: 2×3 pixels. */
const JPEG = Buffer.from('ffd8ffc0000b080003000201011100ffd9', 'hex');

let running: RunningBotApi;
beforeEach(async () => {
  running = await startBotApi({ maxUploadBytes: 1_000_000 });
});
afterEach(() => running.stop());

/** The description of the error a call must end with. */
async function refusal(call: Promise<unknown>): Promise<GrammyError> {
  const error = await call.then(
    () => new Error('it was accepted'),
    (cause: unknown) => cause,
  );
  if (error instanceof GrammyError) return error;
  throw error;
}
const describing = async (call: Promise<unknown>) => (await refusal(call)).description;

describe('text', () => {
  it('shows a message without its markup and with its entities', async () => {
    const sent = await running.client.sendMessage(EMMA, ' <b>Hi</b> &lt;you&gt; ', {
      parse_mode: 'HTML',
    });
    expect(sent.text).toBe('Hi <you>');
    expect(sent.entities).toEqual([{ type: 'bold', offset: 0, length: 2 }]);
    expect(running.api.visible(EMMA).map((m) => m.text)).toEqual(['Hi <you>']);
  });

  it('refuses what Telegram refuses, in its words', async () => {
    const { client } = running;
    const key = (data: string) => ({
      reply_markup: { inline_keyboard: [[{ text: 'x', callback_data: data }]] },
    });
    expect(await describing(client.sendMessage(EMMA, '  '))).toBe(
      'Bad Request: message text is empty',
    );
    expect(await describing(client.sendMessage(EMMA, 'x'.repeat(4097)))).toBe(
      'Bad Request: message is too long',
    );
    expect(await describing(client.sendMessage(77, 'x'))).toBe('Bad Request: chat not found');
    expect(await describing(client.sendMessage(EMMA, 'x', key('x'.repeat(65))))).toBe(
      'Bad Request: BUTTON_DATA_INVALID',
    );
    expect(await describing(client.sendMessage(EMMA, 'a <b', { parse_mode: 'HTML' }))).toContain(
      "can't parse entities",
    );
    expect(await describing(client.editMessageText(EMMA, 5, 'x'))).toBe(
      'Bad Request: message to edit not found',
    );
    expect(await describing(client.deleteMessage(EMMA, 5))).toBe(
      'Bad Request: message to delete not found',
    );
  });

  it('refuses an edit that changes nothing and takes one that does', async () => {
    const { client, api } = running;
    const { message_id } = await client.sendMessage(EMMA, 'one');
    const same = await describing(client.editMessageText(EMMA, message_id, 'one'));
    expect(same).toMatch(/^Bad Request: message is not modified/);
    await client.editMessageText(EMMA, message_id, 'two');
    await client.deleteMessage(EMMA, message_id);
    expect(api.visible(EMMA)).toEqual([]);
  });

  it('answers 403 after a block, 401 for a wrong token, 404 for an unknown method', async () => {
    running.api.blockBot(EMMA);
    const blocked = await refusal(running.client.sendMessage(EMMA, 'x'));
    expect([blocked.error_code, blocked.description]).toEqual([
      403,
      'Forbidden: bot was blocked by the user',
    ]);
    expect((await fetch(`${running.root}/bot1:x/getMe`)).status).toBe(401);
    expect((await fetch(`${running.root}/bot${running.token}/makeTea`)).status).toBe(404);
  });

  it('takes urlencoded and query parameters', async () => {
    const url = `${running.root}/bot${running.token}/sendMessage`;
    await fetch(`${url}?chat_id=${EMMA}&text=query`);
    await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ chat_id: `${EMMA}`, text: 'form' }),
    });
    expect(running.api.visible(EMMA).map((m) => m.text)).toEqual(['query', 'form']);
  });
});

describe('files', () => {
  it('keeps every byte of an upload and its attributes', async () => {
    const bytes = randomBytes(700_000);
    const sent = await running.client.sendVideo(EMMA, new InputFile(bytes, 'فیلم.mp4'), {
      width: 640,
      height: 360,
      duration: 12,
      supports_streaming: true,
      thumbnail: new InputFile(JPEG, 't.jpg'),
      caption: 'c',
    });
    const file = running.api.fileOf(sent.video.file_id);
    expect(file.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(readFileSync(file.path).equals(bytes)).toBe(true);
    expect(sent.video).toMatchObject({
      width: 640,
      height: 360,
      duration: 12,
      file_name: 'فیلم.mp4',
    });
    expect(sent.video.thumbnail).toMatchObject({ width: 2, height: 3 });
  });

  it('sends a known file_id again without an upload, but only as its own type', async () => {
    const { client, api } = running;
    const { video } = await client.sendVideo(EMMA, new InputFile(Buffer.from('abc'), 'a.mp4'));
    const again = await client.sendVideo(GROUP, video.file_id);
    expect(again.video.file_unique_id).toBe(video.file_unique_id);
    expect(api.calls.at(-1)?.uploads).toEqual([]);
    expect(await describing(client.sendPhoto(EMMA, video.file_id))).toBe(
      "Bad Request: can't use file of type Video as Photo",
    );
    expect(await describing(client.sendVideo(EMMA, 'BAACnothing'))).toBe(
      'Bad Request: wrong file identifier/HTTP URL specified',
    );
  });

  it('refuses a file past the limit and leaves nothing of it behind', async () => {
    const big = new InputFile(Buffer.alloc(1_000_001), 'big.mp4');
    const error = await refusal(running.client.sendVideo(EMMA, big));
    expect([error.error_code, error.description]).toEqual([413, 'Request Entity Too Large']);
    expect(readdirSync(running.api.dir)).toEqual([]);
    expect(running.api.visible(EMMA)).toEqual([]);
  });

  it('refuses a thumbnail that is no JPEG and a photo that is no picture', async () => {
    const text = () => new InputFile(Buffer.from('words'), 'x.jpg');
    const video = new InputFile(Buffer.from('abc'), 'a.mp4');
    expect(
      await describing(running.client.sendVideo(EMMA, video, { thumbnail: text() })),
    ).toContain('thumbnail');
    expect(await describing(running.client.sendPhoto(EMMA, text()))).toBe(
      'Bad Request: IMAGE_PROCESS_FAILED',
    );
    expect(
      await describing(
        running.client.sendPhoto(EMMA, new InputFile(JPEG), { caption: 'x'.repeat(1025) }),
      ),
    ).toBe('Bad Request: message caption is too long');
  });

  it('sends an album of 2 to 10 as one group', async () => {
    const photo = () => ({ type: 'photo' as const, media: new InputFile(JPEG, 'p.jpg') });
    await running.client.sendMediaGroup(EMMA, [photo(), { ...photo(), caption: 'two' }]);
    expect(new Set(running.api.visible(EMMA).map((m) => m.albumId)).size).toBe(1);
    expect(running.api.visible(EMMA).map((m) => [m.kind, m.text])).toEqual([
      ['photo', ''],
      ['photo', 'two'],
    ]);
    expect(await describing(running.client.sendMediaGroup(EMMA, [photo()]))).toContain(
      'wrong number of media',
    );
  });

  it('serves a file in ranges', async () => {
    const { document } = await running.client.sendDocument(
      EMMA,
      new InputFile(Buffer.from('0123456789'), 'n.txt'),
    );
    const { file_path } = await running.client.getFile(document.file_id);
    const url = `${running.root}/file/bot${running.token}/${file_path}`;
    expect(await (await fetch(url)).text()).toBe('0123456789');
    const part = await fetch(url, { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
      206,
      '234',
      'bytes 2-4/10',
    ]);
    expect((await fetch(url, { headers: { range: 'bytes=10-' } })).status).toBe(416);
  });

  it('takes file:// paths in local mode alone', async () => {
    const path = join(running.dir, 'local.mp4');
    writeFileSync(path, 'local bytes');
    expect((await refusal(running.client.sendVideo(EMMA, `file://${path}`))).error_code).toBe(400);
    const local = await startBotApi({ local: true });
    const { video } = await local.client.sendVideo(EMMA, `file://${path}`);
    expect(local.api.fileOf(video.file_id).bytes).toBe(11);
    await local.stop();
  });

  it('knows its file_ids after a restart', async () => {
    const { video } = await running.client.sendVideo(
      EMMA,
      new InputFile(Buffer.from('abc'), 'a.mp4'),
    );
    const next = createBotApi({ token: running.token, dir: running.api.dir });
    expect(next.fileOf(video.file_id).bytes).toBe(3);
  });
});

describe('faults and limits', () => {
  it('answers 429 with retry_after as often as ordered, then works again', async () => {
    running.api.faults.add({ method: 'sendMessage', kind: 'flood', retryAfter: 7, times: 2 });
    for (let i = 0; i < 2; i += 1) {
      const error = await refusal(running.client.sendMessage(EMMA, 'x'));
      expect([error.error_code, error.parameters.retry_after]).toEqual([429, 7]);
    }
    await running.client.sendMessage(EMMA, 'x');
    expect(running.api.visible(EMMA)).toHaveLength(1);
  });

  it('cuts the connection before or after the message is there', async () => {
    const { api, client } = running;
    api.faults.add({ method: 'sendMessage', kind: 'cut-before' });
    await expect(client.sendMessage(EMMA, 'before')).rejects.toBeInstanceOf(HttpError);
    api.faults.add({ method: 'sendMessage', kind: 'cut-after' });
    await expect(client.sendMessage(EMMA, 'after')).rejects.toBeInstanceOf(HttpError);
    expect(api.visible(EMMA).map((m) => m.text)).toEqual(['after']);
  });

  it('holds groups to 20 messages a minute when told to', async () => {
    const strict = await startBotApi({ floodLimits: true });
    for (let i = 0; i < 20; i += 1) await strict.client.sendMessage(GROUP, `${i}`);
    const error = await refusal(strict.client.sendMessage(GROUP, 'one more'));
    expect(error.error_code).toBe(429);
    await strict.client.sendMessage(EMMA, 'another chat');
    await strict.stop();
  });
});

describe('updates', () => {
  it('hands out updates in order and forgets them once the offset passes', async () => {
    const { api, client } = running;
    api.say(EMMA, EMMA, 'https://example.com/a');
    api.say(EMMA, EMMA, '/help');
    const [first, second] = await client.getUpdates();
    expect(second?.update_id).toBe((first?.update_id ?? 0) + 1);
    expect(first?.message?.entities?.[0]).toMatchObject({ type: 'url', length: 21 });
    expect(second?.message?.entities?.[0]).toMatchObject({ type: 'bot_command', length: 5 });
    const rest = await client.getUpdates({ offset: (first?.update_id ?? 0) + 1 });
    expect(rest.map((u) => u.update_id)).toEqual([second?.update_id]);
  });

  it('wakes a long poll and ends the one before with 409', async () => {
    const { api, client } = running;
    const older = describing(client.getUpdates({ timeout: 20 }));
    await api.waitFor(() => api.calls.length === 1);
    const newer = client.getUpdates({ timeout: 20 });
    expect(await older).toMatch(/^Conflict: terminated by other getUpdates/);
    api.say(EMMA, EMMA, 'hello');
    expect((await newer)[0]?.message?.text).toBe('hello');
  });

  it('shows the answer to a pressed button, and refuses one that comes too late', async () => {
    let time = 1_800_000_000_000;
    const late = await startBotApi({ now: () => time });
    const { message_id } = await late.client.sendMessage(EMMA, 'x', {
      reply_markup: { inline_keyboard: [[{ text: 'go', callback_data: 'go' }]] },
    });
    const id = late.api.press(message_id, 'go', EMMA);
    expect((await late.client.getUpdates())[0]?.callback_query).toMatchObject({ id, data: 'go' });
    await late.client.answerCallbackQuery(id, { text: 'done', show_alert: true });
    expect(late.api.world.callbackAnswers.get(id)).toMatchObject({ text: 'done', alert: true });
    time += 151_000;
    expect(await describing(late.client.answerCallbackQuery(id))).toMatch(/query is too old/);
    await late.stop();
  });

  it('sends an inline result into a chat', async () => {
    const { api, client } = running;
    const id = api.inline(EMMA, 'cats');
    await client.answerInlineQuery(id, [
      { type: 'article', id: 'r', title: 'Cats', input_message_content: { message_text: 'meow' } },
    ]);
    api.driver.choose(id, 'r', GROUP);
    expect(api.visible(GROUP).map((m) => m.text)).toEqual(['meow']);
    const kinds = (await client.getUpdates()).map((u) => Object.keys(u)[1]);
    expect(kinds).toEqual(['inline_query', 'chosen_inline_result']);
  });
});
