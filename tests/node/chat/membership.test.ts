/** Channels that have to be joined first are asked about at every way to a download. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { User } from '../../../node/sandbox/bot-api/shapes.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { type Conversation, conversation } from '../../support/conversation.ts';
import { type Desk, newcomer, startDesk } from '../../support/desk.ts';

const SITE = 'https://site.example';
const CHANNEL = { name: '@postchi_news', title: 'News' };
let desk: Desk;
beforeAll(async () => {
  desk = await startDesk({ ffmpeg: inject('ffmpeg') });
});
afterAll(() => desk?.close());

/** Who is a member, in place of a channel the emulator does not have. */
const members = new Set<number>();
beforeAll(() => {
  const api = desk.chat.api;
  api.config.use(async (prev, method, payload, signal) => {
    if (method !== 'getChatMember') return prev(method, payload, signal);
    const { user_id } = payload as { user_id: number };
    const status = members.has(user_id) ? 'member' : 'left';
    return { ok: true, result: { status, user: { id: user_id } } as never };
  });
});

describe.each(['en', 'fa'] as const)('whoever has yet to join, in %s', (lang) => {
  const t = textsFor(lang);
  const { join, checkAgain } = t.admin.notices;
  const ask = new RegExp(join({ channels: [] }).split('\n')[0] ?? '');
  const label = new RegExp(checkAgain);
  let chat: Conversation;
  let person: User;
  beforeEach(async () => {
    await desk.work.settings.setChannels([]);
    person = newcomer(lang);
    chat = conversation(desk, person);
  });
  const close = () => desk.work.settings.setChannels([CHANNEL]);
  /** Is asked to join, says so too early, joins, and gets what was wanted. */
  async function joins(): Promise<void> {
    const question = await chat.sees({ text: ask, button: label });
    expect(chat.seen().filter(({ kind }) => kind !== 'text')).toHaveLength(0);
    expect(await chat.press(question, label)).toBe(t.toast.notYet);
    members.add(person.id);
    expect(await chat.press(question, label)).toBe(t.toast.working);
    await chat.sees({ kind: 'video' });
    await chat.gone(question.id);
  }

  it('is asked to before a link is fetched, and gets it by itself afterwards', async () => {
    await close();
    chat.say(`${SITE}/plain/${person.id}`);
    await joins();
  });

  it('is asked to after inline mode led into the private chat, and is led back', async () => {
    const { api } = desk.telegram;
    await close();
    const query = `${SITE}/inline/${person.id}`;
    const id = api.inline(person, query);
    const answer = await api.waitFor(() => api.world.inlineAnswers.get(id));
    const button = answer.button as { start_parameter: string } | undefined;
    chat.say(`/start ${button?.start_parameter}`);
    await joins();
    await chat.sees({ button: new RegExp(t.inline.goBackButton) });
  });

  it('gets no known file through inline mode', async () => {
    const { api } = desk.telegram;
    const query = `${SITE}/known/${person.id}`;
    await chat.sees({ kind: 'video', replyTo: chat.say(query) });
    await close();
    const id = api.inline(person, query);
    const answer = await api.waitFor(() => api.world.inlineAnswers.get(id));
    expect(answer.results ?? []).toEqual([]);
  });

  it('is asked to before a list is fetched that was looked up earlier', async () => {
    const entries = [1, 2].map((n) => ({ url: `${SITE}/entry/${person.id}-${n}` }));
    desk.pages.set('list', () => ({ entries, entryCount: 2, formats: [] }));
    const asked = chat.say(`${SITE}/list/${person.id}`);
    const picker = await chat.sees({ button: new RegExp(t.list.all(2)), replyTo: asked });
    await close();
    expect(await chat.press(picker, new RegExp(t.list.all(2)))).toBe('');
    await joins();
  });
});
