/** Words and numbers for people. */

export const isPersian = (person) => person?.language_code === 'fa';

/** What the page itself says beside the bot. */
const WORDS = {
  en: { today: 'Today', edited: 'edited', bot: 'bot', empty: 'No messages yet', locale: [] },
  fa: {
    today: 'امروز',
    edited: 'ویرایش‌شده',
    bot: 'ربات',
    empty: 'هنوز پیامی نیست',
    locale: 'fa-IR',
  },
};

export const wordsFor = (person) => WORDS[isPersian(person) ? 'fa' : 'en'];

export function clock(seconds, { locale }) {
  const parts = { hour: '2-digit', minute: '2-digit' };
  return new Date(seconds * 1000).toLocaleTimeString(locale, parts);
}

/** Counted in 1024, as the bot and Telegram do: the same file must not have two sizes. */
export function bytes(count = 0) {
  const unit = ['B', 'KB', 'MB', 'GB'].findIndex((_, i) => count < 1024 ** (i + 1));
  const power = unit < 0 ? 3 : unit;
  const value = count / 1024 ** power;
  return `${value.toFixed(power > 1 && value < 100 ? 1 : 0)} ${['B', 'KB', 'MB', 'GB'][power]}`;
}

export function duration(seconds = 0) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
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
export function summary(message) {
  if (message.text) return message.text;
  const kind = ['video', 'audio', 'photo', 'animation', 'document'].find((k) => message[k]);
  const file = message[kind];
  const name = { video: 'Video', audio: 'Audio', photo: 'Photo', animation: 'GIF' }[kind] ?? 'File';
  const words = message.caption ?? file?.title ?? file?.file_name;
  return words ? `${name}: ${words}` : name;
}
