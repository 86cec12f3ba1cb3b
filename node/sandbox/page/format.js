/** Words and numbers for people. */

export function clock(seconds, { locale }) {
  const parts = { hour: '2-digit', minute: '2-digit' };
  return new Date(seconds * 1000).toLocaleTimeString(locale, parts);
}

/** Counted and rounded as the bot does in its captions: one file must not have two sizes. */
export function bytes(count = 0, { units, locale }) {
  let [value, power] = [count, 0];
  while (Math.round(value) >= 1024 && power < units.length - 1) {
    value /= 1024;
    power += 1;
  }
  const maximumFractionDigits = power > 1 && value < 10 ? 1 : 0;
  return `${value.toLocaleString(locale, { maximumFractionDigits })} ${units[power]}`;
}

export function duration(seconds = 0, { locale }) {
  const number = (value, width) =>
    Math.floor(value).toLocaleString(locale, { minimumIntegerDigits: width, useGrouping: false });
  const rest = `${number((seconds / 60) % 60, seconds < 3600 ? 1 : 2)}:${number(seconds % 60, 2)}`;
  return seconds < 3600 ? rest : `${number(seconds / 3600, 1)}:${rest}`;
}

const COLOURS = [
  ['#ffb06b', '#f2784b'],
  ['#a3d977', '#4caf62'],
  ['#8ec5fc', '#3f86e0'],
  ['#d3a4f5', '#9258d6'],
  ['#f7a6bd', '#dd5b86'],
];

export function avatar(element, name, id) {
  const [a, b] = COLOURS[Math.abs(id) % COLOURS.length];
  element.style.setProperty('--a', a);
  element.style.setProperty('--b', b);
  element.textContent = [...name][0] ?? '?';
  return element;
}

/** One line that stands for a message in a quote or a list of chats. */
export function summary(message, { kinds }) {
  if (message.text) return message.text;
  const kind = Object.keys(kinds).find((name) => message[name]) ?? 'document';
  const file = message[kind];
  const words = message.caption ?? file?.title ?? file?.file_name;
  return words ? `${kinds[kind]}: ${words}` : kinds[kind];
}
