/** One message as a bubble: sender, quote, file, words, buttons. */
import { el } from './dom.js';
import { formatted } from './entities.js';
import { clock, summary } from './format.js';
import { media } from './media.js';

/**
 * @param view who looks (`me`), in which `words`, whether names are shown (`group`), what was reacted
 * @param on what a click does: `press`, `reply`, `command`, `jump`
 */
export function bubble(message, view, on) {
  const mine = message.from?.id === view.me;
  if (view.album.length === 0)
    return el('div', { hidden: true, id: `message-${message.message_id}` });
  const file = files(view.album, view.words);
  const words = message.text ?? message.caption;
  const marks = message.entities ?? message.caption_entities;
  const keys = keyboard(message, view.words, on);
  const box = el(
    'div',
    { className: `bubble${keys ? ' keyed' : ''}` },
    view.group && !mine
      ? el('div', { className: 'from', dir: 'auto' }, nameOf(message))
      : undefined,
    quote(message, view.words, on),
    file,
    words ? formatted(words, marks, on.command) : undefined,
    reactions(view.reactions),
    meta(message, view.words),
    replyButton(message, view.words, on),
  );
  return el(
    'article',
    {
      'aria-label': mine ? view.words.you : nameOf(message),
      className: `row${mine ? ' mine' : ''}${view.first ? ' first' : ''}${view.last ? ' last' : ''}`,
      id: `message-${message.message_id}`,
      'data-from': mine ? 'me' : message.from?.is_bot ? 'bot' : 'other',
    },
    box,
    keys,
  );
}

/** One file as it is, an album as a grid of pictures or a stack of documents. */
function files(album, words) {
  const one = (message) => media(message, words);
  if (album.length === 1) return one(album[0]);
  const flat = album[0].photo || album[0].video;
  return el('div', { className: flat ? 'album' : 'stack' }, ...album.map(one));
}

const nameOf = (message) => message.from?.first_name ?? '';

function quote(message, words, on) {
  const replied = message.reply_to_message;
  if (!replied) return undefined;
  return el(
    'button',
    { type: 'button', className: 'reply', onclick: () => on.jump(replied.message_id) },
    el('strong', { dir: 'auto' }, nameOf(replied)),
    el('span', { dir: 'auto' }, message.quote?.text ?? summary(replied, words)),
  );
}

function meta(message, words) {
  const edited = message.edit_date ? el('span', {}, words.edited) : undefined;
  const when = new Date(message.date * 1000).toISOString();
  return el(
    'div',
    { className: 'meta' },
    edited,
    el('time', { dateTime: when }, clock(message.date, words)),
  );
}

function replyButton(message, words, on) {
  const go = () => on.reply(message);
  return el(
    'button',
    { type: 'button', className: 'act', 'aria-label': words.reply, onclick: go },
    '↩',
  );
}

function reactions(list = []) {
  if (list.length === 0) return undefined;
  return el('div', { className: 'reactions' }, ...list.map((r) => el('span', {}, r.emoji ?? '★')));
}

function keyboard(message, words, on) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows) return undefined;
  const line = (row) => el('div', {}, ...row.map((button) => key(message, button, on)));
  return el(
    'div',
    { className: 'keys', role: 'group', 'aria-label': words.buttons },
    ...rows.map(line),
  );
}

function key(message, button, on) {
  if (button.url) {
    const rel = 'noopener noreferrer';
    return el(
      'a',
      { className: 'key', href: button.url, target: '_blank', rel },
      `${button.text} ↗`,
    );
  }
  const press = (event) => on.press(message, button, event.currentTarget);
  const disabled = button.callback_data === undefined && button.switch_inline_query === undefined;
  return el('button', { type: 'button', className: 'key', onclick: press, disabled }, button.text);
}
