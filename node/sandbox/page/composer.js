/** The line at the bottom: words, a file, a command, a reply. */
import { $, arrowKeys, el } from './dom.js';
import { summary } from './format.js';
import { sendFile } from './store.js';
import { refusal, wordsFor } from './words.js';

/**
 * @param deps `say(text)`, `toast(text)`, `typed(text)` after every change, `where()` the chat and
 * person of the moment
 */
export function composer({ say, toast, typed, where }) {
  const text = $('text');
  let replyTo;
  let words = wordsFor();

  const grow = () => {
    // Only written text has a direction of its own; the placeholder follows the language.
    text.dir = text.value ? 'auto' : words.dir;
    text.style.height = 'auto';
    text.style.height = `${text.scrollHeight}px`;
  };
  const setReply = (message) => {
    replyTo = message?.message_id;
    $('replying').hidden = !message;
    $('replying').querySelector('span').textContent = message ? `↩ ${summary(message, words)}` : '';
    if (message) text.focus();
  };
  const write = (value) => {
    text.value = value;
    grow();
    typed(value);
  };
  const send = () => {
    const said = text.value.trim();
    if (!said) return;
    write('');
    say(said);
  };

  $('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  text.addEventListener('input', () => {
    grow();
    typed(text.value);
  });
  text.addEventListener('keydown', (event) => {
    // While a word is being composed Enter belongs to the input method.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
  $('replying')
    .querySelector('button')
    .addEventListener('click', () => setReply());
  $('file').addEventListener('change', async (event) => {
    const [file] = event.target.files;
    event.target.value = '';
    if (!file) return;
    const { chat, me } = where();
    await sendFile(chat, me, file).catch((error) => toast(refusal(error, words)));
  });
  const menu = commandMenu(text, say);

  return {
    reply: setReply,
    /** The message that was being replied to, once. */
    takeReply() {
      const id = replyTo;
      setReply();
      return id;
    },
    /** Begins a line for the person, who goes on with it. */
    begin(value) {
      write(value);
      text.focus();
    },
    language(now, commands) {
      words = now;
      grow();
      menu.set(commands);
    },
  };
}

function commandMenu(text, say) {
  const box = $('menu');
  const button = $('menu-button');
  const show = (visible) => {
    box.hidden = !visible;
    button.setAttribute('aria-expanded', String(visible));
    if (visible) box.querySelector('button')?.focus();
  };
  button.addEventListener('click', () => show(box.hidden));
  document.addEventListener('click', (event) => {
    if (!box.contains(event.target) && event.target !== button) show(false);
  });
  arrowKeys(box, () => {
    show(false);
    text.focus();
  });
  const item = ({ command, description }) => {
    const pick = () => {
      show(false);
      say(`/${command}`);
    };
    const words = [
      el('strong', { dir: 'ltr' }, `/${command}`),
      el('span', { dir: 'auto' }, description),
    ];
    return el('button', { type: 'button', role: 'menuitem', onclick: pick }, ...words);
  };
  return {
    set(commands) {
      box.replaceChildren(...commands.map(item));
      button.hidden = commands.length === 0;
    },
  };
}
