/** Builds elements; text always goes in as text, never as markup. */

export const $ = (id) => document.getElementById(id);

/** Arrow keys go through the buttons of a box; Escape calls `leave`. */
export function arrowKeys(box, leave) {
  box.addEventListener('keydown', (event) => {
    const items = [...box.querySelectorAll('button')];
    const at = items.indexOf(document.activeElement);
    if (event.key === 'ArrowDown') items[(at + 1) % items.length]?.focus();
    else if (event.key === 'ArrowUp') items.at(at - 1)?.focus();
    else if (event.key === 'Escape') leave();
    else return;
    event.preventDefault();
  });
}

/** What the keyboard can be at. */
const STOPS = 'a[href], button, audio, video';

/**
 * Draws something anew by `draw` and leaves the keyboard where it was in it: whoever presses a key
 * of a message that is then edited would otherwise begin at the top of the page again.
 * @param find gives the element before and after
 */
export function redraw(find, draw) {
  const stops = () => [...(find()?.querySelectorAll(STOPS) ?? [])];
  const at = stops().indexOf(document.activeElement);
  draw();
  if (at >= 0 && document.activeElement === document.body) {
    const now = stops();
    (now[at] ?? now.at(-1))?.focus({ preventScroll: true });
  }
}

export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== 'role') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}
