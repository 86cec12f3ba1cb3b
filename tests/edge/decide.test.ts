import { describe, expect, test } from 'vitest';
import { decide } from '../../edge/decide.ts';
import { parseUpdate } from '../../shared/update.ts';
import { MAX_LINKS } from '../../shared/wire.ts';
import {
  button,
  GROUP,
  inline,
  LINK,
  linkEntity,
  member,
  message,
  PRIVATE,
  SARA,
  words,
} from '../support/updates.ts';

const NOW = 1_700_000_000_000;

function decided(update: unknown, botName?: string) {
  const parsed = parseUpdate(JSON.stringify(update));
  if ('problem' in parsed) throw new Error(parsed.problem);
  return decide(parsed.update, { now: NOW, botName });
}

/** The job made of an update; fails when it was ignored. */
function job(update: unknown, botName?: string) {
  const decision = decided(update, botName);
  if (decision.kind === 'ignore') throw new Error(`ignored: ${decision.why}`);
  return decision;
}

const ignored = { kind: 'ignore', why: expect.any(String) };
const inGroup = { chat: GROUP };
const bot = { id: 99, is_bot: true, first_name: 'Bot', username: 'postchi_bot' };

test('a link becomes a download with who asks, where, and what to reply to', () => {
  expect(job(message())).toEqual({
    kind: 'job',
    charged: true,
    request: {
      v: 1,
      updateId: 1,
      receivedAt: NOW,
      chat: { id: 11, type: 'private' },
      user: { id: 11, name: 'Sara Ahmadi', username: 'sara', languageCode: 'fa' },
      messageId: 5,
      ask: { kind: 'download', links: [{ url: LINK }], found: 1 },
    },
  });
});

describe('links', () => {
  test('are found in a caption and behind words', () => {
    const caption = { text: undefined, entities: undefined, caption: `see ${LINK}` };
    const entities = [{ type: 'text_link', offset: 0, length: 4, url: LINK }];
    const expected = { kind: 'download', links: [{ url: LINK }], found: 1 };
    expect(
      job(message({ ...caption, caption_entities: [linkEntity(LINK, 4)] })).request.ask,
    ).toEqual(expected);
    expect(job(words('here', { entities })).request.ask).toEqual(expected);
  });

  test('above ten are counted and left out', () => {
    const urls = Array.from({ length: 13 }, (_, i) => `https://example.com/${i}`);
    const { ask } = job(words(urls.join('\n'))).request;
    expect(ask).toMatchObject({ kind: 'download', found: 13 });
    expect(ask.kind === 'download' && ask.links.map((l) => l.url)).toEqual(
      urls.slice(0, MAX_LINKS),
    );
  });

  test('count in a group, a topic and a business chat, and the answer goes back there', () => {
    expect(job(message(inGroup)).request.chat).toEqual({
      id: -1001,
      type: 'supergroup',
      title: 'Films',
    });
    const topic = { ...inGroup, is_topic_message: true, message_thread_id: 7 };
    expect(job(message(topic)).request.chat).toMatchObject({ threadId: 7 });
    const business = { ...message({ business_connection_id: 'b1' }).message };
    expect(job({ update_id: 1, business_message: business }).request.chat).toEqual({
      id: 11,
      type: 'private',
      businessConnectionId: 'b1',
    });
  });

  test('a thread that is only a chain of replies is no topic', () => {
    const reply = { ...inGroup, message_thread_id: 7 };
    expect(job(message(reply)).request.chat).not.toHaveProperty('threadId');
  });
});

describe('commands', () => {
  const ask = (text: string, fields: object = {}, botName?: string) =>
    job(words(text, fields), botName).request.ask;

  test('are parsed with their arguments, over several lines', () => {
    expect(ask('/Help')).toEqual({ kind: 'command', name: 'help', args: '' });
    expect(ask('/audio  a b\nc ')).toEqual({ kind: 'command', name: 'audio', args: 'a b\nc' });
  });

  test('go before the links beside them', () => {
    expect(ask(`/audio ${LINK}`)).toEqual({ kind: 'command', name: 'audio', args: LINK });
  });

  test('keep the message they reply to', () => {
    const fields = { reply_to_message: { message_id: 3, from: SARA } };
    expect(ask('/broadcast', fields)).toMatchObject({ replyTo: 3 });
  });

  test('for another bot are ignored where the own name is known', () => {
    expect(decided(words('/help@other_bot', inGroup), 'postchi_bot')).toEqual(ignored);
    expect(ask('/help@Postchi_Bot', inGroup, 'postchi_bot')).toMatchObject({ name: 'help' });
  });

  test('carry the name they call where the own name is not known', () => {
    expect(ask('/help@other_bot me', inGroup)).toEqual({
      kind: 'command',
      name: 'help',
      args: 'me',
      mention: 'other_bot',
    });
  });

  test.each(['/home/me', '/', '/ help', 'say /help', '/سلام', `/${'a'.repeat(33)}`])(
    '%s is none',
    (text) => {
      expect(ask(text)).toMatchObject({ kind: 'text' });
    },
  );

  test('that somebody else wrote are not obeyed when they are forwarded', () => {
    const forward_origin = { type: 'user', sender_user: SARA, date: 1 };
    expect(ask('/broadcast hi', { forward_origin })).toMatchObject({ kind: 'text' });
    expect(job(message({ forward_origin })).request.ask).toMatchObject({ kind: 'download' });
  });
});

describe('plain words', () => {
  test('are handed over in a private chat', () => {
    expect(job(words('hello')).request.ask).toEqual({ kind: 'text', text: 'hello' });
  });

  test('are left alone in a group and in a business chat', () => {
    expect(decided(words('hello', inGroup))).toEqual(ignored);
    const { message: business } = words('hello', { business_connection_id: 'b1' });
    expect(decided({ update_id: 1, business_message: business })).toEqual(ignored);
  });

  test('are handed over in a group only when they answer the bot', () => {
    const to = (from: object) => ({ ...inGroup, reply_to_message: { message_id: 3, from } });
    expect(job(words('10:20', to(bot))).request.ask).toEqual({
      kind: 'text',
      text: '10:20',
      replyTo: 3,
    });
    expect(job(words('10:20', to(bot)), 'postchi_bot').request.ask).toMatchObject({ replyTo: 3 });
    expect(decided(words('10:20', to(bot)), 'another_bot')).toEqual(ignored);
    expect(decided(words('10:20', to(SARA)))).toEqual(ignored);
  });

  test('are cut at 4096 without splitting a character', () => {
    const { ask } = job(words(`a${'😀'.repeat(3000)}`)).request;
    expect(ask.kind === 'text' && ask.text.length).toBe(4095);
  });

  test('that are missing make a message nothing to answer', () => {
    expect(decided(message({ text: undefined, sticker: {} }))).toEqual(ignored);
  });
});

test('a file sent in private is a document with its caption, and none in a group', () => {
  const document = { file_id: 'F1', file_name: 'cookies.txt', file_size: 10, thumbnail: {} };
  const fields = { text: undefined, entities: undefined, document, caption: 'c'.repeat(2000) };
  expect(job(message(fields)).request.ask).toEqual({
    kind: 'document',
    file: { fileId: 'F1', name: 'cookies.txt', size: 10 },
    caption: 'c'.repeat(1024),
  });
  expect(decided(message({ ...fields, ...inGroup }))).toEqual(ignored);
});

test('a link beside a file or a GIF is a link; beside a text file it may be about cookies', () => {
  const post = (file_name: string) =>
    job(
      message({
        ...{ text: undefined, entities: undefined },
        document: { file_id: 'F1', file_name },
        caption: 'Look: https://youtu.be/dQw4w9WgXcQ',
      }),
    ).request.ask;
  expect(post('animation.mp4')).toMatchObject({
    kind: 'download',
    links: [{ url: 'https://youtu.be/dQw4w9WgXcQ' }],
  });
  expect(post('cookies.txt').kind).toBe('document');
});

describe('buttons', () => {
  test('carry their data and the message they stand under', () => {
    expect(job(button()).request).toMatchObject({
      chat: { id: 11, type: 'private' },
      user: { id: 11 },
      ask: { kind: 'button', queryId: 'q1', messageId: 6, data: 'x:1' },
    });
  });

  test('under an inline result have no message', () => {
    const { request } = job(button({ message: undefined, inline_message_id: 'm' }));
    expect(request.chat).toEqual({ id: 11, type: 'private' });
    expect(request.ask).toEqual({ kind: 'button', queryId: 'q1', data: 'x:1' });
  });

  test('of a game are ignored', () => {
    expect(decided(button({ data: undefined, game_short_name: 'g' }))).toEqual(ignored);
  });
});

test('an inline query is handed over', () => {
  expect(job(inline('cats')).request).toMatchObject({
    chat: { id: 11, type: 'private' },
    ask: { kind: 'inline', queryId: 'i1', query: 'cats' },
  });
});

test('being added, blocked or removed is handed over', () => {
  expect(job(member('kicked')).request).toMatchObject({
    chat: { id: -1001 },
    ask: { kind: 'member', status: 'kicked' },
  });
  expect(decided(member('creator'))).toEqual(ignored);
});

describe('who asks', () => {
  test('no bot is answered', () => {
    expect(decided(message({ from: bot }))).toEqual(ignored);
    expect(decided(message({ sender_business_bot: bot }))).toEqual(ignored);
    expect(decided(message({ from: undefined }))).toEqual(ignored);
  });

  test('an anonymous admin asks as the group, with a limit of its own', () => {
    const as = { from: { ...bot, username: 'GroupAnonymousBot' }, sender_chat: GROUP };
    expect(job(message({ ...inGroup, ...as })).request.user).toEqual({ id: -1001, name: 'Films' });
  });

  test('a channel is not answered, in itself or in its discussion group', () => {
    expect(decided(message({ chat: { id: -5, type: 'channel', title: 'C' } }))).toEqual(ignored);
    expect(decided(message({ ...inGroup, is_automatic_forward: true }))).toEqual(ignored);
    expect(decided({ update_id: 1, channel_post: message().message })).toEqual(ignored);
    expect(decided({ update_id: 1, edited_message: message().message })).toEqual(ignored);
  });
});

test.each([
  ['a download', message(), true],
  ['a command', words('/help'), true],
  ['plain words', words('hello'), true],
  ['a document', message({ document: { file_id: 'F' } }), true],
  ['/start', words('/start'), false],
  ['/cancel', words('/cancel 7'), false],
  ['a button', button(), false],
  ['an inline query', inline(), false],
  ['a membership', member(), false],
])('%s is charged: %s', (_, update, charged) => {
  expect(job(update).charged).toBe(charged);
});

test('what the node could not accept is ignored instead of being sent for a day', () => {
  expect(decided(button({ data: 'x'.repeat(65) }))).toEqual(ignored);
  expect(decided(message({ document: { file_id: 'F'.repeat(300) }, chat: PRIVATE }))).toEqual(
    ignored,
  );
});
