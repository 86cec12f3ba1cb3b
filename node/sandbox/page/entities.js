/** Turns a text and its entities into nodes. */
import { el } from './dom.js';

const TAGS = {
  bold: 'b',
  italic: 'i',
  underline: 'u',
  strikethrough: 's',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
};

/** @param onCommand called with a command when it is clicked */
export function formatted(text, entities = [], onCommand = () => {}) {
  const box = el('div', { className: 'text', dir: 'auto' });
  box.append(...nodes(text, entities, 0, text.length, onCommand));
  return box;
}

/** The nodes of a stretch; entities inside the outermost ones come by recursion. */
function nodes(text, entities, from, to, onCommand) {
  const out = [];
  let at = from;
  const inside = entities.filter((e) => e.offset >= from && e.offset + e.length <= to);
  while (inside.length > 0) {
    const entity = inside.shift();
    if (entity.offset < at) continue;
    const end = entity.offset + entity.length;
    out.push(text.slice(at, entity.offset));
    const inner = nodes(text, inside, entity.offset, end, onCommand);
    out.push(wrap(entity, text.slice(entity.offset, end), inner, onCommand));
    at = end;
  }
  out.push(text.slice(at, to));
  return out;
}

function wrap(entity, plain, inner, onCommand) {
  const { type } = entity;
  if (type === 'url' || type === 'text_link') return link(entity.url ?? plain, inner);
  if (type === 'bot_command') {
    const go = (event) => {
      event.preventDefault();
      onCommand(plain);
    };
    return el('a', { href: '#', onclick: go }, ...inner);
  }
  if (type === 'spoiler') {
    const show = (event) => event.currentTarget.classList.add('shown');
    return el('span', { className: 'spoiler', onclick: show }, ...inner);
  }
  return el(TAGS[type] ?? 'span', {}, ...inner);
}

function link(target, inner) {
  const href = /^https?:\/\//i.test(target) ? target : `https://${target}`;
  return el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, ...inner);
}
