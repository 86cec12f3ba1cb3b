/** Telegram updates as the Bot API sends them, with fields nobody here reads. */

export const SARA = {
  id: 11,
  is_bot: false,
  first_name: 'Sara',
  last_name: 'Ahmadi',
  username: 'sara',
  language_code: 'fa',
};
export const PRIVATE = { id: 11, type: 'private', first_name: 'Sara' };
export const GROUP = { id: -1001, type: 'supergroup', title: 'Films', is_forum: true };
export const LINK = 'https://example.com/a';

/** A link's entity over the whole text. */
export const linkEntity = (url: string, offset = 0) => ({
  type: 'url',
  offset,
  length: url.length,
});

/** A message update; `fields` are laid over the message. */
export const message = (fields: object = {}, updateId = 1) => ({
  update_id: updateId,
  message: {
    message_id: 5,
    date: 1_700_000_000,
    from: SARA,
    chat: PRIVATE,
    text: LINK,
    entities: [linkEntity(LINK)],
    link_preview_options: { is_disabled: true },
    ...fields,
  },
});

/** A message of plain words, without the link. */
export const words = (text: string, fields: object = {}, updateId = 1) =>
  message({ text, entities: [], ...fields }, updateId);

export const button = (fields: object = {}, updateId = 1) => ({
  update_id: updateId,
  callback_query: {
    id: 'q1',
    chat_instance: '1',
    from: SARA,
    message: { message_id: 6, date: 0, chat: PRIVATE },
    data: 'x:1',
    ...fields,
  },
});

export const inline = (query = LINK, updateId = 1) => ({
  update_id: updateId,
  inline_query: { id: 'i1', from: SARA, query, offset: '' },
});

export const member = (status = 'member', updateId = 1) => ({
  update_id: updateId,
  my_chat_member: {
    chat: GROUP,
    from: SARA,
    date: 1,
    old_chat_member: { status: 'left' },
    new_chat_member: { status },
  },
});
