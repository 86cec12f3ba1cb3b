/** A cancel whose words Telegram does not hear, or whose press comes twice. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { cancelData } from '../../../node/chat/button-data.ts';
import { cancelJob } from '../../../node/chat/cancel-job.ts';
import { owedWords } from '../../../node/jobs/unsaid.ts';
import type { User } from '../../../node/sandbox/bot-api/shapes.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { type Conversation, conversation } from '../../support/conversation.ts';
import { type Desk, newcomer, startDesk } from '../../support/desk.ts';

const { status, buttons, toast } = textsFor('en');
const CANCELLED = new RegExp(status.cancelled);

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk({ ffmpeg: inject('ffmpeg'), env: { MAX_CONCURRENT_DOWNLOADS: '1' } });
});
afterAll(() => desk?.close());

describe('a job that waits in the queue', () => {
  let person: User;
  let chat: Conversation;
  let letGo = () => {};
  let begun: Promise<void>;
  beforeEach(() => {
    person = newcomer('en');
    chat = conversation(desk, person);
    const held = new Promise<void>((go) => {
      letGo = go;
    });
    begun = new Promise((yes) => {
      desk.beforeDownload.run = () => {
        yes();
        return held;
      };
    });
    return () => letGo();
  });

  /** The only place is taken by somebody else. */
  async function waiting() {
    const other = newcomer('en');
    conversation(desk, other).say(`https://site.example/long/${other.id}`);
    await begun;
    chat.say(`https://site.example/waits/${person.id}`);
    const message = await chat.sees({ button: new RegExp(buttons.cancel) });
    const [job] = await desk.store.jobs.ofUser(person.id, ['queued'], 1);
    return { message, job: job as JobRow };
  }

  const collect = async () => {
    const { work, store, chat: parts } = desk;
    const owed = owedWords({ ...parts, store, board: work.board, words: work.words });
    await owed.say();
    await owed.close();
  };

  it('is told of later when Telegram does not hear the word, and once', async () => {
    const { message, job } = await waiting();
    desk.telegram.api.faults.add({ method: 'editMessageText', kind: 'error' });
    expect(await cancelJob(desk.chat, job)).toBe(true);
    expect((await desk.store.jobs.unsaid()).map(({ id }) => id)).toEqual([job.id]);
    await collect();
    await collect();
    const seen = chat.seen();
    expect(seen.map(({ id, text, buttons: left }) => [id, text, left])).toEqual([
      [message.id, status.cancelled, []],
    ]);
    expect(await desk.store.jobs.unsaid()).toEqual([]);
  });

  it('keeps its last word when the press comes again, after a crash say', async () => {
    const { message, job } = await waiting();
    expect(await chat.press(message, new RegExp(buttons.cancel))).toBe(toast.cancelled);
    await chat.sees({ text: CANCELLED });
    expect(await chat.forge(message, cancelData(job.id))).toBe(toast.tooLate);
    expect(chat.seen().map(({ text }) => text)).toEqual([status.cancelled]);
  });
});
