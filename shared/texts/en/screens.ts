/** Menus, settings, lists, groups and inline mode. */
import { formatFor, isolate } from '../../format.ts';
import type { ScreenTexts, Size } from '../catalogue/screens.ts';

const f = formatFor('en');
/** A plain file does not tell its height before it is fetched. */
const rung = (lines: number) => (lines === 0 ? 'Video' : f.height(lines));
const size = (s: Size | undefined) =>
  s === undefined ? 'size unknown' : `${s.exact ? '' : '≈ '}${f.bytes(s.bytes)}`;
const files = (n: number) => (n === 1 ? '1 file' : `${f.int(n)} files`);
const FORMS = { media: '🎬', audio: '🎵', file: '📄', subtitles: '💬', clip: '✂️' } as const;
const RANGE_EXAMPLE = 'like 3-12';

const menu: ScreenTexts['menu'] = {
  title: ({ title, duration, limit }) =>
    [
      duration === undefined
        ? isolate(title, 300)
        : `${isolate(title, 300)} · ${f.duration(duration)}`,
      `Which one would you like? I can send up to ${f.bytes(limit)}. ≈ marks an estimate.`,
    ].join('\n'),
  video: ({ height, size: s, fits }) =>
    `${fits ? '🎬' : '⚠️'} ${rung(height)} · ${size(s)}${fits ? '' : ' · in parts'}`,
  audio: ({ format, size: s }) => `🎵 ${format} · ${size(s)}`,
  subtitlesTitle: ({ title }) =>
    `${isolate(title, 300)}\nSubtitles in which language? They come as a file of their own.`,
  subtitles: ({ language, auto }) => `💬 ${isolate(language, 24)}${auto ? ' (automatic)' : ''}`,
  original: ({ size: s }) => `📄 Original file · ${size(s)}`,
  subtitlesMenu: '💬 Subtitles',
};

const settings: ScreenTexts['settings'] = {
  title: 'Your settings. Tap a line to change it.',
  mode: 'When a link comes',
  modes: { send: 'send at once', ask: 'always ask', audio: 'always audio' },
  highest: 'Highest quality',
  height: (lines) => (lines === 0 ? 'no limit' : f.height(lines)),
  audioFormat: 'Audio format',
  captions: 'Captions',
  asFile: 'Send as file',
  language: 'Language',
  on: 'on',
  off: 'off',
  row: ({ name, value }) => `${name}: ${value}`,
  saved: 'Saved.',
};

const list: ScreenTexts['list'] = {
  ask: ({ title, total, max }) => {
    const what = title === undefined ? 'This is a list' : `${isolate(title)} is a list`;
    const count = total === undefined ? '' : ` of ${f.int(total)}`;
    return `${what}${count}. How many shall I bring? I take up to ${f.int(max)} at a time.`;
  },
  first: (n) => `First ${f.int(n)}`,
  all: (n) => `All ${f.int(n)}`,
  typeRange: 'Choose a range…',
  askRange: ({ total, max }) =>
    total === undefined
      ? `Send me the range, ${RANGE_EXAMPLE}. Up to ${f.int(max)} at a time.`
      : `Send me the range, ${RANGE_EXAMPLE}. The list has ${f.int(total)}; up to ${f.int(max)} at a time.`,
  badRange: ({ total, max }) =>
    total === undefined
      ? `Please write two numbers, ${RANGE_EXAMPLE}. Up to ${f.int(max)} at a time.`
      : `Please write two numbers between 1 and ${f.int(total)}, ${RANGE_EXAMPLE}. Up to ${f.int(max)} at a time.`,
  pause: '⏸ Pause',
  resume: '▶️ Go on',
  paused: ({ done, of }) =>
    `⏸ Paused: ${f.int(done)} of ${f.int(of)} have arrived. Press “Go on” for the rest.`,
  finished: ({ done, failed, of }) =>
    failed === 0
      ? `✅ All done: ${f.int(done)} of ${f.int(of)}.`
      : `Done: ${f.int(done)} of ${f.int(of)}; ${f.int(failed)} failed.`,
};

export const screens: ScreenTexts = {
  menu,
  settings,
  list,
  history: {
    title: 'Your last files. Tap one to get it again at once.',
    empty: 'Nothing here yet. Send me a link and it will be.',
    row: ({ title, form, at }) => `${FORMS[form]} ${isolate(title, 36)} · ${f.date(at)}`,
  },
  privacy: {
    ask: 'Shall I delete everything I keep about you: settings, history and links? This cannot be undone.',
    yes: 'Yes, delete it',
    no: 'No, keep it',
    done: ({ jobs, settings: had }) =>
      `Deleted: ${files(jobs)} from your history${had ? ' and your settings' : ''}. I know nothing about you now.`,
    kept: 'Good, everything stays as it is.',
  },
  language: {
    ask: 'Which language shall I speak?',
    names: { en: 'English', fa: 'فارسی' },
    set: 'I speak English with you now.',
  },
  cancel: {
    nothing: 'Nothing is running, so there is nothing to stop.',
    done: ({ jobs }) => `Stopped ${jobs === 1 ? 'one download' : `${f.int(jobs)} downloads`}.`,
  },
  offer: {
    title: ({ size: bytes, limit }) =>
      bytes === undefined
        ? `This is larger than the ${f.bytes(limit)} I can send. What would you like instead?`
        : `This is ${f.bytes(bytes)}, and I can send up to ${f.bytes(limit)}. What would you like instead?`,
    largest: ({ height, size: s }) => `🎬 ${rung(height)} · ${size(s)}, the largest that fits`,
    audio: ({ size: s }) => `🎵 Only the audio · ${size(s)}`,
    parts: ({ height, parts }) => `✂️ ${rung(height)} in ${f.int(parts)} parts`,
  },
  clip: {
    ask: ({ duration }) =>
      duration === undefined
        ? 'Which part? Send me the range, like 1:20-2:45'
        : `Which part? Send me the range, like 1:20-2:45. The video is ${f.duration(duration)} long.`,
    example: '1:20-2:45',
    badFormat: "I can't read that as a range. Write start and end, like 1:20-2:45",
  },
  group: {
    added:
      'Hello everybody! Post a link and I answer with the file. Admins: /settings sets how I behave here.',
    privacyMode:
      "I can't see links in this group, because Telegram's privacy mode hides messages from me. Make me an admin of the group, and I can.",
    title: 'Settings of this group. Only its admins can change them.',
    links: 'Answer links',
    quiet: 'Quiet (a reaction only)',
    adminsOnly: 'Only the admins of this group can change that.',
    inPrivate: 'That is between the two of us. Please send me the command in our private chat.',
  },
  inline: {
    hint: 'Paste a link after my name',
    cached: ({ title }) => `Send ${isolate(title)}`,
    fetch: 'Fetch this file first',
    goBack: 'Here it is. Press the button to send it in the other chat.',
    goBackButton: 'Back to the chat',
  },
  profile: {
    short: 'Send a link, get the video, song or picture as a file.',
    description:
      'I am Postchi, the postman. Send me a link from YouTube, Instagram, TikTok, X, Aparat and many other sites, and I bring you the video, the song or the pictures as a file. No ads, and /forget_me deletes what I know about you.',
    commands: {
      start: 'Say hello',
      help: 'What I can do',
      settings: 'Quality, audio, captions, language',
      history: 'Your last files, again at once',
      lang: 'Change the language',
      cancel: 'Stop what is running',
      forget_me: 'Delete what I know about you',
    },
    adminCommands: {
      stats: 'Figures of the last day and in all',
      health: 'Is everything well?',
      circuit: 'Which sites are paused',
      queue: 'What is running and waiting',
      cleanup: 'Free disk space',
      reset_stats: 'Start the figures anew',
      nodes: 'The servers and their load',
      user: 'Look up a person',
      ban: 'Close the bot for a person',
      unban: 'Open it again',
      broadcast: 'Write to everybody',
      cookies: 'Logins of the sites',
      log: 'Look up an error number',
      maintenance: 'Maintenance on or off',
      limits: 'Change rates and sizes',
      channels: 'Membership required before use',
      update: 'A newer yt-dlp, or the one before',
    },
  },
};
