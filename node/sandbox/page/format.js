/** Words and numbers for people. */

export function clock(seconds, { locale }) {
  const parts = { hour: '2-digit', minute: '2-digit' };
  return new Date(seconds * 1000).toLocaleTimeString(locale, parts);
}

/** Counted in 1024, as the bot and Telegram do: the same file must not have two sizes. */
export function bytes(count = 0, { units, locale }) {
  const unit = units.findIndex((_, i) => count < 1024 ** (i + 1));
  const power = unit < 0 ? units.length - 1 : unit;
  const value = count / 1024 ** power;
  const digits = power > 1 && value < 100 ? 1 : 0;
  const number = value.toLocaleString(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${number} ${units[power]}`;
}

export function duration(seconds = 0, { locale }) {
  const number = (value, width) =>
    Math.floor(value).toLocaleString(locale, { minimumIntegerDigits: width, useGrouping: false });
  return `${number(seconds / 60, 1)}:${number(seconds % 60, 2)}`;
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
