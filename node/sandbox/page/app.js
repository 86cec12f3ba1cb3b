/** The chat page: who speaks, which chat is open, and everything on screen. */
import { bubble } from './bubbles.js';
import { composer } from './composer.js';
import { $, el, redraw } from './dom.js';
import { avatar, summary } from './format.js';
import { glyph } from './glyphs.js';
import { inlineMode } from './inline.js';
import { act, connect, store } from './store.js';
import { dress, isPersian, refusal, wordsFor } from './words.js';

const GROUP_FIRST_NAMES = 3;
const GROUP = -1000000000001;
/** `from`: the chat an inline query led away from. */
const now = { me: 1001, chat: 1001, topic: undefined, from: undefined };
let actionTimer;

const me = () => store.personas.find((person) => person.id === now.me);
const words = () => wordsFor(me());
const open = () => store.chats.get(now.chat);
const inTopic = (message) => !open().topics.length || message.message_thread_id === now.topic;

const refill = (id, children) =>
  redraw(
    () => $(id),
    () => $(id).replaceChildren(...children),
  );

function showPersonas() {
  const one = (person) => {
    const checked = person.id === now.me;
    return el(
      'button',
      {
        type: 'button',
        className: 'persona',
        role: 'radio',
        'aria-checked': String(checked),
        tabIndex: checked ? 0 : -1,
        onclick: () => choosePersona(person.id),
        onkeydown: (event) => arrowKeys(event),
      },
      avatar(
        el('span', { className: 'avatar', 'aria-hidden': 'true' }),
        person.first_name,
        person.id,
      ),
      el('span', { dir: 'auto' }, person.first_name),
      el('small', {}, person.id === 1000 ? words().admin : isPersian(person) ? 'فارسی' : 'English'),
    );
  };
  refill('personas', store.personas.map(one));
}

function arrowKeys(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const at = store.personas.findIndex((person) => person.id === now.me);
  choosePersona(store.personas.at((at + step) % store.personas.length).id);
  $('personas').querySelector('[aria-checked=true]').focus();
}

function choosePersona(id) {
  if (now.chat === now.me) now.chat = id;
  now.me = id;
  // It was an answer to somebody else.
  $('toast').hidden = true;
  inline.hide();
  remember();
  showAll();
}

function showChats() {
  const mine = [...store.chats.values()].filter((c) => c.chat.id === now.me || c.chat.id < 0);
  refill('chats', mine.map(chatRow));
}

function chatRow(state) {
  const { chat } = state;
  const last = [...state.messages.values()].at(-1);
  const name = nameOf(chat);
  return el(
    'button',
    {
      type: 'button',
      className: 'chat-row',
      'aria-current': String(chat.id === now.chat),
      onclick: () => openChat(chat.id),
    },
    face(chat),
    el(
      'span',
      {},
      el('strong', { dir: 'auto' }, name),
      el('small', { dir: 'auto' }, last ? summary(last, words()).split('\n')[0] : words().empty),
    ),
  );
}

const nameOf = (chat) => (chat.id > 0 ? store.bot.first_name : chat.title);

function face(chat) {
  const element = el('span', { className: 'avatar', 'aria-hidden': 'true' });
  if (chat.id < 0) return avatar(element, chat.title, chat.id);
  element.append(el('img', { src: '/page/icon.svg', alt: '' }));
  return element;
}

function showHeader() {
  const { chat, bot } = open();
  $('chat-name').textContent = nameOf(chat);
  const fresh = face(chat);
  fresh.id = 'chat-avatar';
  $('chat-avatar').replaceWith(fresh);
  const blocked = bot === 'kicked';
  $('block').textContent = blocked ? words().unblock : words().block;
  $('block').hidden = chat.id < 0;
  showStatus();
}

function showStatus(action) {
  const { chat, bot } = open();
  const names = store.personas.slice(0, GROUP_FIRST_NAMES).map((person) => person.first_name);
  const calm =
    chat.id > 0
      ? bot === 'kicked'
        ? words().blocked
        : words().bot
      : [...names, store.bot.first_name].join(words().comma);
  $('chat-status').textContent = action ? `${action}…` : calm;
  $('chat-status').classList.toggle('busy', Boolean(action));
}

/** Telegram shows an action for five seconds, or until the bot's next message. */
function showAction(action) {
  clearTimeout(actionTimer);
  const { actions } = words();
  showStatus(actions[action] ?? actions.busy);
  actionTimer = setTimeout(showStatus, 5000);
}

function showTopics() {
  const { topics } = open();
  $('topics').hidden = topics.length === 0;
  const tab = (topic) => {
    const choose = () => {
      now.topic = topic.id;
      showTopics();
      showMessages();
    };
    const selected = String(now.topic === topic.id);
    const props = { type: 'button', role: 'tab', 'aria-selected': selected, dir: 'auto' };
    return el('button', { ...props, onclick: choose }, topic.name);
  };
  refill('topics', [{ id: undefined, name: words().general }, ...topics].map(tab));
}

const shown = () => [...open().messages.values()].filter(inTopic);

function showMessages() {
  const list = shown();
  const rows = list.map((message, i) => row(message, list[i - 1], list[i + 1]));
  const top = list.length > 0 ? el('div', { className: 'day' }, words().today) : welcome();
  $('messages').replaceChildren(top, ...rows);
  toEnd();
}

function row(message, before, after) {
  const same = (other) => other?.from?.id === message.from?.id;
  const view = {
    me: now.me,
    words: words(),
    group: now.chat < 0,
    first: !same(before),
    last: !same(after),
    reactions: open().reactions[message.message_id],
    album: albumOf(message),
  };
  return bubble(message, view, { press, reply: write.reply, command: say, jump });
}

/** The messages that are shown as one bubble; empty for all of them but the first. */
function albumOf(message) {
  if (!message.media_group_id) return [message];
  const all = shown().filter((one) => one.media_group_id === message.media_group_id);
  return all[0] === message ? all : [];
}

/** Only a private chat is begun with a button; in a group people just write. */
function welcome() {
  const { chat } = open();
  const start = () => say('/start');
  return el(
    'div',
    { className: 'empty' },
    el('img', { src: '/page/icon.svg', alt: '', width: 64, height: 64 }),
    el('strong', { dir: 'auto' }, nameOf(chat)),
    el('p', {}, chat.id < 0 ? words().welcomeGroup : words().welcome),
    chat.id > 0
      ? el('button', { type: 'button', className: 'start', onclick: start }, words().start)
      : undefined,
  );
}

/** Changes only what changed: a video that plays must not start again. */
function showChange(change) {
  const atEnd = isAtEnd();
  if (change.message?.media_group_id) return showMessages();
  const id = change.messageId ?? change.message?.message_id;
  const old = $(`message-${id}`);
  if (change.kind === 'deleted') old?.remove();
  else if (change.kind === 'reaction') old?.replaceWith(rowById(id));
  else if (inTopic(change.message) && old) renew(id);
  else if (inTopic(change.message)) append(change.message);
  if (atEnd || change.message?.from?.id === now.me) toEnd();
}

function renew(id) {
  const shownRow = () => $(`message-${id}`);
  redraw(shownRow, () => shownRow().replaceWith(rowById(id)));
}

/** What stood there already does not arrive once more. */
function rowById(id) {
  const list = shown();
  const at = list.findIndex((message) => message.message_id === id);
  const again = row(list[at], list[at - 1], list[at + 1]);
  again.classList.add('still');
  return again;
}

function append(message) {
  const list = shown();
  if (list.length === 1) return showMessages();
  const before = list.at(-2);
  if (before?.from?.id === message.from?.id)
    $(`message-${before.message_id}`)?.classList.remove('last');
  $('messages').append(row(message, before));
}

const isAtEnd = () => {
  const box = $('messages');
  return box.scrollHeight - box.scrollTop - box.clientHeight < 120;
};

function toEnd() {
  const box = $('messages');
  box.scrollTop = box.scrollHeight;
  // Pictures take their room later.
  for (const one of box.querySelectorAll('img, video')) {
    const again = () => {
      if (isAtEnd()) box.scrollTop = box.scrollHeight;
    };
    one.addEventListener('load', again, { once: true });
    one.addEventListener('loadedmetadata', again, { once: true });
  }
}

/** A keyboard that opens or a turned phone must not hide the newest message. */
function keepEnd() {
  const box = $('messages');
  let atEnd = true;
  box.addEventListener('scroll', () => {
    atEnd = isAtEnd();
  });
  new ResizeObserver(() => {
    if (atEnd) box.scrollTop = box.scrollHeight;
  }).observe(box);
}

function jump(id) {
  $(`message-${id}`)?.scrollIntoView({ block: 'center', behavior: 'smooth' });
}

async function say(text) {
  try {
    const where = { replyTo: write.takeReply(), threadId: now.topic };
    await act({ act: 'say', chat: now.chat, user: now.me, text, ...where });
  } catch (error) {
    fail(error);
  }
}

const fail = (error) => toast(refusal(error, words()));

async function press(message, button, element) {
  if (button.switch_inline_query !== undefined) return goBack(button.switch_inline_query);
  element.setAttribute('aria-busy', 'true');
  try {
    const data = button.callback_data;
    await act({ act: 'press', message: message.message_id, user: now.me, data });
  } catch (error) {
    fail(error);
  }
}

/** To where the inline query was typed; Telegram asks which chat, here the group is the other one. */
function goBack(query) {
  openChat(now.from ?? GROUP);
  write.begin(`@${store.bot.username} ${query}`);
}

function openChat(chat) {
  Object.assign(now, { chat, topic: undefined });
  remember();
  showAll();
}

function showAnswer({ userId, text, alert }) {
  for (const key of document.querySelectorAll('.key[aria-busy]')) key.removeAttribute('aria-busy');
  if (userId !== now.me || !text) return;
  if (!alert) return toast(text);
  $('alert-text').textContent = text;
  $('alert').showModal();
}

let toastTimer;
function toast(text) {
  clearTimeout(toastTimer);
  $('toast').textContent = text;
  $('toast').hidden = false;
  toastTimer = setTimeout(() => {
    $('toast').hidden = true;
  }, 4000);
}

/** On a narrow screen the links lie over the chat. */
function openLinks(visible) {
  $('links').classList.toggle('open', visible);
  $('links-toggle').setAttribute('aria-expanded', String(visible));
}

function showSamples() {
  const language = words().lang;
  const one = ({ url, icon, title, what }) => {
    const send = () => {
      openLinks(false);
      say(url);
    };
    const about = [el('strong', {}, title[language]), el('small', {}, what[language])];
    const mark = el('span', { className: 'icon', 'aria-hidden': 'true' }, glyph(icon));
    const props = { type: 'button', className: 'sample', title: url, 'data-url': url };
    return el('li', {}, el('button', { ...props, onclick: send }, mark, el('span', {}, ...about)));
  };
  $('samples').replaceChildren(...store.samples.map(one));
}

function showAll() {
  if (!open()) now.chat = now.me;
  dress(words());
  if (now.chat < 0) $('text').placeholder = words().pasteInline(store.bot.username);
  showPersonas();
  showChats();
  showHeader();
  showTopics();
  showSamples();
  showMessages();
  write.language(words(), store.menus[now.me]?.[now.chat] ?? []);
}

function onChange(change) {
  if (change.kind === 'answer') return showAnswer(change.answer);
  if (change.kind === 'message' || change.kind === 'deleted') showChats();
  if (change.kind === 'inline') {
    if (change.answer.userId === now.me) inline.answered(change.answer);
    return;
  }
  if (change.chatId !== now.chat) return;
  if (change.kind === 'action') return showAction(change.action);
  if (change.how === 'new' && change.message.from?.is_bot) showStatus();
  showChange(change);
}

const remember = () =>
  localStorage.setItem('postchi', JSON.stringify({ me: now.me, chat: now.chat }));

function start() {
  Object.assign(now, JSON.parse(localStorage.getItem('postchi') ?? '{}'));
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const wear = () => {
    root.dataset.theme = localStorage.getItem('postchi-theme') ?? (dark.matches ? 'dark' : 'light');
  };
  wear();
  dark.addEventListener('change', wear);
  $('theme').addEventListener('click', () => {
    root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
    localStorage.setItem('postchi-theme', root.dataset.theme);
  });
  $('block').addEventListener('click', () => {
    act({ act: 'block', user: now.me, blocked: open().bot !== 'kicked' });
  });
  $('links-toggle').addEventListener('click', () => {
    openLinks(!$('links').classList.contains('open'));
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !$('links').classList.contains('open')) return;
    openLinks(false);
    $('links-toggle').focus();
  });
  const offline = () => {
    if (store.bot) showStatus(words().actions.connecting);
  };
  keepEnd();
  connect({ state: showAll, change: onChange, offline });
}

const where = () => now;
const inline = inlineMode({
  where,
  open(chat, text) {
    now.from = now.chat;
    openChat(chat);
    write.begin('');
    say(text);
  },
  done: () => write.begin(''),
  fail,
});
const write = composer({ say, toast, typed: inline.typed, where });
start();
