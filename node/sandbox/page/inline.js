/** Inline mode: `@bot link` typed in any chat, and what the bot found for it. */
import { $, arrowKeys, el } from './dom.js';
import { glyph } from './glyphs.js';
import { act, store } from './store.js';

/** Milliseconds without a key before the bot is asked, as Telegram's apps wait. */
const PAUSE_MS = 300;
const GLYPHS = { video: 'video', mpeg4_gif: 'video', audio: 'song', photo: 'picture' };

/**
 * @param deps `where()` the chat and person of the moment; `open(chat, text)` goes to a chat and says
 * a text there; `done()` after a result was sent; `fail(error)`
 */
export function inlineMode({ where, open, done, fail }) {
  let timer;
  /** The query that is waited for; an answer may come before its id does. */
  let asked;
  let expecting = false;
  const box = $('results');
  const hide = () => {
    asked = undefined;
    expecting = false;
    box.hidden = true;
  };
  const line = $('text');
  arrowKeys(box, () => line.focus());
  line.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowUp' || box.hidden) return;
    event.preventDefault();
    box.querySelector('button:last-child').focus();
  });
  const ask = async (query) => {
    expecting = true;
    try {
      asked = await act({ act: 'inline', user: where().me, query });
    } catch (error) {
      fail(error);
    }
  };
  const choose = async (result) => {
    const { chat, topic } = where();
    const query = asked;
    hide();
    try {
      await act({ act: 'choose', query, result: result.id, chat, threadId: topic });
      done();
    } catch (error) {
      fail(error);
    }
  };
  const item = (result) =>
    el(
      'button',
      { type: 'button', role: 'option', onclick: () => choose(result) },
      el(
        'span',
        { className: 'icon', 'aria-hidden': 'true' },
        glyph(GLYPHS[result.type] ?? 'empty'),
      ),
      el('span', { dir: 'auto' }, result.title ?? result.caption?.split('\n')[0] ?? result.type),
    );
  const toPrivate = ({ text, start_parameter }) => {
    const go = () => {
      hide();
      open(where().me, `/start ${start_parameter}`);
    };
    const props = { type: 'button', role: 'option', className: 'switch', dir: 'auto' };
    return el('button', { ...props, onclick: go }, text);
  };

  return {
    /** Called with whatever stands in the line now. */
    typed(text) {
      clearTimeout(timer);
      hide();
      const name = `@${store.bot?.username} `;
      if (!text.startsWith(name)) return;
      timer = setTimeout(() => void ask(text.slice(name.length).trim()), PAUSE_MS);
    },
    /** The bot's answer to the query asked last; others are too late. */
    answered({ queryId, results, button }) {
      if (!expecting || (asked !== undefined && queryId !== asked)) return;
      const rows = results.map(item);
      box.replaceChildren(...(button ? [toPrivate(button)] : []), ...rows);
      asked = queryId;
      box.hidden = box.children.length === 0;
    },
    hide,
  };
}
