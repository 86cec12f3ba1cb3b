/** Each failure: what happened, then what the person can do. Nobody is blamed. */
import { formatFor, isolate } from '../../format.ts';
import { siteTitle } from '../../sites.ts';
import type { Texts } from '../catalogue.ts';

const f = formatFor('en');
const site = (name: string | undefined) => (name ? isolate(siteTitle(name, 'en')) : 'The site');
const inSite = (name: string | undefined) => (name ? isolate(siteTitle(name, 'en')) : 'the site');

export const errors: Texts['errors'] = {
  bad_link: () =>
    "I can't read that as a web address. Please copy the link again and send it whole.",
  private_address: () =>
    'That address is inside a private network, and I only fetch from the public internet. Please send a public link.',
  unsupported_link: () =>
    "I don't know how to get media from that page yet. If it shows a video, try the link of the video itself.",
  no_media: () =>
    'There is no video, sound or picture on that page. Please send the link of the post itself.',
  too_large: ({ size, smallest, limit }) =>
    [
      size === undefined
        ? 'This is too large to send'
        : `This is ${f.bytes(size)}, too large to send`,
      limit === undefined ? '' : ` (I can send up to ${f.bytes(limit)})`,
      '. ',
      smallest === undefined
        ? 'Try the audio, or a part of it: link 1:20-2:45'
        : `Even the smallest version has ${f.bytes(smallest)}. Try the audio, or a part of it: link 1:20-2:45`,
    ].join(''),
  live: () => 'This is being broadcast live right now. Send me the link again when it is over.',
  upcoming: ({ until }) =>
    until === undefined
      ? "This hasn't started yet. Send me the link again after it has ended."
      : `This hasn't started yet; its start is set for ${f.when(until)}. Send me the link again after it has ended.`,
  bad_clip: () =>
    "That range doesn't fit this video. Write start and end inside its length, like 1:20-2:45.",
  playlist_link: () => 'That is a whole list. Please send the link of one video in it.',
  no_subtitles: () =>
    'This video has no subtitles in that language. Another language may be in the menu.',
  no_audio: () => 'This has no sound, so there is no audio to send. The video itself still works.',
  cancelled: () => 'Stopped. Send the link again whenever you like.',
  drm: ({ site: s }) =>
    `${site(s)} protects this with copy protection (DRM), and nobody can download it. Perhaps it is free to watch somewhere else.`,
  private_video: () =>
    'This is private: only people its owner invited can see it. Ask the owner for a public link.',
  removed: () =>
    'This was removed by its owner or by the site. Perhaps somebody posted it elsewhere.',
  not_found: () => 'There is nothing at that address. Please check the link in your browser.',
  age_restricted: ({ site: s }) =>
    `${site(s)} shows this only to adults who are signed in, and I am not. A copy on another site may work.`,
  geo_blocked: () =>
    "This can't be watched in the country my server stands in. A copy on another site may work.",
  members_only: () =>
    'This is for paying members of the channel only. A public video of the channel will work.',
  login_required: ({ site: s }) =>
    `${site(s)} shows this only to people who are signed in. A public post will work.`,
  bot_check: ({ site: s }) =>
    `${site(s)} wants proof that I am not a robot, and I can't give it. Please try again later; other sites work meanwhile.`,
  rate_limited: ({ site: s, until }) =>
    until === undefined
      ? `${site(s)} asks me to slow down. Please try again in a while.`
      : `${site(s)} asks me to slow down. Please try again after ${f.when(until)}.`,
  site_error: ({ site: s }) =>
    `${site(s)} answered with an error of its own. Please try again in a few minutes.`,
  site_unreachable: ({ site: s }) =>
    `I can't reach ${inSite(s)} right now. Please try again in a few minutes.`,
  no_such_host: () => 'There is no site with that name. Please check the spelling of the link.',
  redirect_loop: () =>
    'That page sends me round in circles. Open it in your browser and copy the address you end at.',
  extractor_broken: ({ site: s }) =>
    `${site(s)} changed something, and I can't read it until I am updated. Please try again in a day or two.`,
  stalled: ({ site: s }) => `${site(s)} stopped sending halfway. Please try again later.`,
  incomplete: () => 'The file arrived incomplete. Please try once more.',
  timed_out: () => 'This took too long, so I stopped. A lower quality or only the audio is faster.',
  site_paused: ({ site: s, until }) =>
    until === undefined
      ? `${site(s)} has been failing for everybody, so I am giving it a rest. Please try again in a while.`
      : `${site(s)} has been failing for everybody, so I am giving it a rest. Please try again after ${f.when(until)}.`,
  telegram_rejected: () =>
    "Telegram didn't accept the file. Another quality, or sending it as a file, may work.",
  telegram_unreachable: () =>
    "I couldn't reach Telegram to send your file. Please try again in a few minutes.",
  blocked_by_user: () =>
    "I can't write in this chat. Unblock me, or let me send media here, and try again.",
  uncertain: () =>
    'The connection broke while sending, and I cannot tell whether the file arrived. If it did not, send the link again.',
  disk_full: () => 'My disk is full at the moment. Please try again in a few minutes.',
  out_of_memory: () => 'My server ran out of memory on this one. A lower quality may work.',
  engine_failed: () => 'My downloader did not start. Please try again in a few minutes.',
  convert_failed: () =>
    "I got the file but couldn't convert it. Try another quality, or the original file.",
  crashed: () => 'This one made me crash several times, so I gave it up. Another quality may work.',
  busy: ({ until }) =>
    until === undefined
      ? 'So many people are waiting that I take nothing new just now. Please try again in a few minutes.'
      : `So many people are waiting that I take nothing new just now. Please try again after ${f.when(until)}.`,
  queue_full_user: () =>
    'You have many links waiting already. Please send more when some of them are done.',
  banned: () =>
    'The admin of this bot has closed it for you. If you think that is a mistake, please ask the admin.',
  internal: () =>
    'Something went wrong on my side. Please try again; if it happens again, tell the admin the error number below.',
};

export const failed: Texts['failed'] = ({ sentence, errorId }) =>
  `${sentence}\n\nError ${isolate(errorId, 40)}`;
