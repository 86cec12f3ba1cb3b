import { expect, test } from 'vitest';
import { parseUpdate } from '../../shared/update.ts';
import { button, inline, member, message, SARA } from '../support/updates.ts';

const parse = (update: unknown) => parseUpdate(JSON.stringify(update));

test.each([
  ['message', message()],
  ['callback_query', button()],
  ['inline_query', inline()],
  ['my_chat_member', member()],
  ['business_message', { update_id: 1, business_message: message().message }],
])('reads a %s', (kind, update) => {
  expect(parse(update)).toHaveProperty(['update', kind]);
});

test('keeps the fields that are used and leaves the others out', () => {
  const parsed = parse(message({ photo: [{ file_id: 'x' }] }));
  expect(parsed).toMatchObject({ update: { message: { message_id: 5, from: { id: 11 } } } });
  expect(parsed).not.toHaveProperty('update.message.photo');
  expect(parsed).not.toHaveProperty('update.message.link_preview_options');
});

test('a field that is not used may change its shape', () => {
  expect(parse({ ...message({ date: 'yesterday', photo: 7 }), poll: null })).toHaveProperty(
    'update',
  );
});

test('edits and channel posts are read as no kind at all', () => {
  const { message: post } = message();
  for (const kind of ['edited_message', 'channel_post', 'edited_channel_post', 'from_the_future']) {
    expect(parse({ update_id: 3, [kind]: post })).toEqual({ update: { update_id: 3 } });
  }
});

test('ids of 52 bits keep every digit, longer ones are refused', () => {
  const id = 2 ** 52 - 1;
  expect(parse(message({ chat: { id: -id, type: 'supergroup' } }))).toMatchObject({
    update: { message: { chat: { id: -id } } },
  });
  expect(parse({ ...message(), update_id: 2 ** 53 })).toHaveProperty('problem');
});

test.each([
  ['nothing', ''],
  ['half of an update', '{"update_id":1,'],
  ['a list', '[]'],
  ['null', 'null'],
  ['an update without id', '{}'],
  ['a text as id', '{"update_id":"1"}'],
  ['a message that is a text', '{"update_id":1,"message":"hi"}'],
  ['100,000 brackets', '['.repeat(100_000)],
  ['deep nesting', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
])('says what is wrong with %s', (_, json) => {
  expect(parseUpdate(json)).toEqual({ problem: expect.any(String) });
});

test('a prototype in the JSON stays data', () => {
  const json = `{"update_id":1,"__proto__":{"polluted":1},"message":${JSON.stringify(
    message({ from: SARA }).message,
  ).replace('{', '{"__proto__":{"text":"x"},"constructor":{"prototype":{"polluted":1}},')}}`;
  const parsed = parseUpdate(json);
  expect(parsed).toHaveProperty('update.message');
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});
