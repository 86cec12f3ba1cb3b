/** What the bot says outside a job. */
import { formatFor, isolate } from '../../format.ts';
import type { Texts } from '../catalogue.ts';

const f = formatFor('en');

export const start: Texts['start'] = ({ name }) =>
  [
    name
      ? `Hello ${isolate(name, 64)}! I'm Postchi, the postman.`
      : "Hello! I'm Postchi, the postman.",
    'Send me a link to a video, a song or a picture, and I bring you the file.',
    'Try it now: paste a link. /help tells what else I can do.',
  ].join('\n');

export const help: Texts['help'] = ({ limitMb, maxLinks }) =>
  [
    'Send me a link (YouTube, Instagram, TikTok, X, Aparat and many more) and the file comes back.',
    '',
    `• Up to ${f.int(maxLinks)} links in one message.`,
    `• Files up to ${f.int(limitMb)} MB; I choose the best quality that fits.`,
    '• Only a part? Write the range after the link: link 1:20-2:45',
    '• Audio, a height or the file as it is? Write it beside the link: link mp3, link 720, link file',
    '• Audio, another quality or the original file: use the buttons under what I send.',
    '• A list? I ask how many of it you want.',
    '• In another chat: write my @name there, then the link.',
    '',
    '/settings – quality, audio, language',
    '/history – your last files, again at once',
    '/cancel – stop what is running',
    '/forget_me – delete what I know about you',
  ].join('\n');

export const noLink =
  "I don't see a link in that. Send me the address of a video, song or picture, like https://youtu.be/…";

export const unknownCommand = "I don't know that command. /help shows what I can do.";

export const tooManyLinks: Texts['tooManyLinks'] = ({ found, taken }) =>
  `Your message holds ${f.int(found)} links. I take the first ${f.int(taken)}; please send the rest in another message.`;

export const uncertain =
  'The connection broke while I was sending your file, so I cannot tell whether it arrived. Did you get it?';
