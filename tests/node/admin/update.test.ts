import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AdminParts } from '../../../node/admin/parts.ts';
import { pressUpdate, runUpdate, update } from '../../../node/admin/update.ts';
import type { Talk } from '../../../node/chat/parts.ts';
import { createLog } from '../../../node/log.ts';
import type { Result } from '../../../node/ytdlp-update/attempt.ts';
import { updateRecords } from '../../../node/ytdlp-update/records.ts';
import type { Updater } from '../../../node/ytdlp-update/updater.ts';
import { type Lang, textsFor } from '../../../shared/texts/index.ts';
import { downloadRequest, tempStore } from '../../support/store.ts';

const NOW = Date.UTC(2026, 10, 23);
const PLACE = { chatId: 1, messageId: 5, userId: 900, lang: 'en' as const };
const PRESS = { kind: 'button', queryId: 'q', messageId: 5, data: '' } as const;
const ask = (args: string) => ({ kind: 'command', name: 'update', args }) as const;

interface Shown {
  text: string;
  buttons: string[];
}

describe('/update', () => {
  let temp: ReturnType<typeof tempStore>;
  let shown: Shown[];
  let result: Result;
  let steps: Parameters<Parameters<Updater['update']>[1]>[0][];
  let others: { id: string; facts: { ytdlp: string } }[];
  let back: { from: string; to: string } | undefined;

  beforeEach(() => {
    temp = tempStore();
    shown = [];
    steps = [];
    others = [];
    result = { kind: 'newest', version: '2026.10.26' };
    back = { from: '2026.11.20', to: '2026.10.26' };
  });
  afterEach(() => temp.close());

  const keep = (
    text: string,
    extra: { reply_markup?: { inline_keyboard: { text: string }[][] } },
  ) =>
    void shown.push({
      text,
      buttons: (extra.reply_markup?.inline_keyboard ?? []).flat().map((one) => one.text),
    });
  function parts(view: object = {}): AdminParts {
    const records = updateRecords(temp.store.state, () => NOW);
    const using = { version: '2026.10.26', source: 'release', bin: '', ejs: false };
    return {
      api: {
        sendMessage: async (_chat: number, text: string, extra: object) => {
          keep(text, extra);
          return { message_id: 5 };
        },
        editMessageText: async (_chat: number, _id: number, text: string, extra: object) =>
          keep(text, extra),
      },
      store: temp.store,
      log: createLog({ level: 'silent', format: 'json' }),
      now: () => NOW,
      cluster: { living: () => [{ id: 'a', here: true, facts: {} }, ...others] },
      ytdlp: {
        records,
        links: async () => (await records.links()) ?? ['https://a.example/1'],
        updater: {
          view: async () => ({ using, fixed: false, ...view }),
          async update(_place: unknown, onStep: (step: never) => Promise<void>) {
            for (const step of steps) await onStep(step as never);
            return result;
          },
          goBack: async () => back,
        },
      },
    } as unknown as AdminParts;
  }
  const talk = (lang: Lang = 'en') =>
    ({
      ...{ request: downloadRequest(1), user: { id: 900 }, lang, texts: textsFor(lang) },
    }) as unknown as Talk;

  it('shows what is in use, what is newer and what was before, with a button for each way', async () => {
    const trial = { of: 50, after: { good: 9, judged: 10 }, before: { good: 95, judged: 100 } };
    await update(
      parts({ candidate: '2026.11.20', previous: '2026.09.01', trial }),
      talk(),
      ask(''),
    );
    expect(shown[0]?.text).toMatch(/In use: 2026\.10\.26, 28 days old\nNewer: 2026\.11\.20/);
    expect(shown[0]?.text).toMatch(/9 of 10 succeeded; before it 95 of 100/);
    expect(shown[0]?.buttons).toEqual(['⬆️ Update now to 2026.11.20', '↩️ Go back to 2026.09.01']);
    await update(parts({ fixed: true }), talk('fa'), ask(''));
    expect(shown[1]).toMatchObject({ text: expect.stringContaining('YTDLP_PATH'), buttons: [] });
  });

  it('tells each step in the pressed message, then the result with a way back', async () => {
    steps = [{ step: 'looking' }, { step: 'trying', version: '2026.11.20', done: 1, of: 2 }];
    const tried = [{ url: 'https://a.example/1', old: 'ok', next: 'ok' } as const];
    result = { kind: 'switched', from: '2026.10.26', to: '2026.11.20', tried };
    await runUpdate(parts(), PLACE);
    expect(shown.map(({ text }) => text.split('\n')[0])).toEqual([
      expect.stringMatching(/Looking/),
      expect.stringMatching(/Trying yt-dlp 2026\.11\.20: 1 of 2/),
      expect.stringMatching(/2026\.11\.20 is in use/),
    ]);
    expect(shown.at(-1)?.buttons).toEqual(['↩️ Go back to 2026.10.26']);
  });

  it('says which links were lost when the new one is worse', async () => {
    const tried = [{ url: 'https://a.example/1', old: 'ok', next: 'extractor_broken' } as const];
    result = { kind: 'worse', from: '2026.10.26', to: '2026.11.20', tried };
    await runUpdate(parts(), { ...PLACE, lang: 'fa' });
    expect(shown[0]?.text).toMatch(/بدتر[\s\S]*a\.example\/1[\s\S]*✅[\s\S]*extractor_broken/);
    expect(shown[0]?.buttons).toEqual([]);
  });

  it('says which nodes are not there yet, and how many follow', async () => {
    others = [
      { id: 'b', facts: { ytdlp: '2026.09.01' } },
      { id: 'c', facts: { ytdlp: '2026.10.26' } },
    ];
    await update(parts({ behind: '2026.11.20' }), talk(), ask(''));
    expect(shown[0]?.text).toMatch(/other nodes use 2026\.11\.20[\s\S]*At .b.: 2026\.09\.01/);
    expect(shown[0]?.text).not.toMatch(/At .c./);
    result = { kind: 'switched', from: '2026.10.26', to: '2026.11.20', tried: [] };
    await runUpdate(parts(), { ...PLACE, lang: 'fa' });
    expect(shown[1]?.text).toMatch(/۲ گره دیگر/);
    await pressUpdate(parts(), talk(), 'back', PRESS);
    expect(shown[2]?.text).toMatch(/other 2 nodes do the same/);
  });

  it('goes back at a press, or says that there is nothing to go back to', async () => {
    await pressUpdate(parts(), talk(), 'back', PRESS);
    expect(shown[0]?.text).toMatch(/2026\.10\.26 is in use again/);
    back = undefined;
    await pressUpdate(parts(), talk(), 'back', PRESS);
    expect(shown[1]?.text).toMatch(/Nothing was changed/);
  });

  it('takes links to try a new one on, only addresses, and gives them up again', async () => {
    const said = async (args: string) => {
      await update(parts(), talk(), ask(args));
      return shown.at(-1)?.text;
    };
    expect(await said('links')).toMatch(/a\.example\/1[\s\S]*busiest sites/);
    expect(await said('links https://b.example/2 --exec=x')).toMatch(/one to 5 addresses/);
    expect(await said('links https://b.example/2 https://c.example/3')).toMatch(/these 2 links/);
    expect(await said('links')).toMatch(/b\.example\/2[\s\S]*by an admin/);
    expect(await said('links default')).toMatch(/chosen by what is delivered/);
    expect(await said('links')).toMatch(/a\.example\/1/);
    expect((await temp.store.audit.last(9)).map(({ action }) => action)).toEqual([
      'ytdlp_links',
      'ytdlp_links',
    ]);
  });
});
