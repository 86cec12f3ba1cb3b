/** `/update`, in English. */
import { formatFor, isolate } from '../../format.ts';
import type { TriedFacts, UpdateRate, UpdateTexts } from '../catalogue/update.ts';

const f = formatFor('en');
const lines = (...all: (string | false | undefined)[]) =>
  all.filter((line) => line !== false && line !== undefined).join('\n');
const rate = ({ good, judged }: UpdateRate) =>
  judged === 0 ? 'none yet' : `${f.int(good)} of ${f.int(judged)}`;
const tool = (version: string) => `yt-dlp ${version}`;
const follow = (others: number) =>
  others > 0 &&
  `${others === 1 ? 'The other node does' : `The other ${f.int(others)} nodes do`} the same; /nodes shows when.`;
const outcome = (code: string) => (code === 'ok' ? '✅' : `❌ ${code}`);
const tries = (tried: TriedFacts[]) =>
  tried.map((t) => `• ${isolate(t.url, 80)}: ${outcome(t.old)} → ${outcome(t.next)}`);

const REFUSED = {
  canary: 'It was tried and turned down: links that work now failed with it.',
  watch: 'It was in use and taken back: fewer links succeeded with it.',
  hand: 'It was in use and taken back by hand.',
};

export const update: UpdateTexts = {
  page: (p) =>
    lines(
      '📦 yt-dlp, which reads the sites',
      `In use: ${p.version}, ${f.int(p.days)} days old`,
      p.newer ? `Newer: ${p.newer}` : 'A newer one is looked for every night.',
      p.refused && REFUSED[p.refused],
      p.previous && `Before it: ${p.previous}`,
      p.behind &&
        `⚠️ The other nodes use ${p.behind}, which this one could not get; its log says why.`,
      ...p.elsewhere.map((o) => `At ${isolate(o.node, 32)}: ${o.version}`),
      p.trial &&
        `On trial over ${f.int(p.trial.of)} downloads: ${rate(p.trial.after)} succeeded; before it ${rate(p.trial.before)}.`,
      '',
      'A new one is tried on some links first (/update links), taken when it is not worse, and given back by itself when fewer links succeed with it.',
    ),
  fixed: (version) =>
    lines(
      `📦 yt-dlp ${version} is in use, chosen with YTDLP_PATH.`,
      'Put a newer one there, or take YTDLP_PATH out of the settings and restart: then I look after it myself.',
    ),
  now: (version) => (version ? `⬆️ Update now to ${version}` : '⬆️ Update now'),
  back: (version) => `↩️ Go back to ${version}`,
  looking: '🔎 Looking for a newer yt-dlp…',
  trying: ({ version, done, of }) =>
    `🧪 Trying ${tool(version)}: ${f.int(done)} of ${f.int(of)} links…`,
  busy: 'An update is under way already.',
  newest: (version) => `✅ ${tool(version)} is the newest that can be had.`,
  failed: (version) =>
    `❌ ${tool(version)} does not start here. The one in use stays; the log says why.`,
  worse: ({ from, to, tried }) =>
    lines(`❌ ${tool(to)} is worse than ${from}, which stays in use.`, ...tries(tried)),
  switched: ({ from, to, tried, others }) =>
    lines(
      `✅ ${tool(to)} is in use. What runs ends with ${from}.`,
      follow(others),
      tried.length === 0 ? 'There was no link to try it on.' : undefined,
      ...tries(tried),
      'I watch the next downloads and go back by myself when fewer succeed.',
    ),
  wentBack: ({ from, to, others }) =>
    lines(`↩️ yt-dlp ${to} is in use again in place of ${from}.`, follow(others)),
  cannotGoBack: 'The one before is no longer there. Nothing was changed.',
  news: {
    offered: ({ version, using }) => `📦 A newer yt-dlp is there: ${version} (in use: ${using}).`,
    wentBack: ({ from, to, before, after }) =>
      `↩️ yt-dlp ${from} was worse: ${rate(after)} downloads succeeded, ${rate(before)} before it. I went back to ${to}.`,
    proved: ({ version, after }) =>
      `✅ yt-dlp ${version} has proved itself: ${rate(after)} downloads succeeded.`,
  },
  links: {
    page: ({ links, chosen }) =>
      lines(
        '🧪 A new yt-dlp is tried on:',
        ...links.map((link) => `• ${isolate(link, 300)}`),
        links.length === 0 && 'Nothing was delivered yet.',
        chosen ? 'Chosen by an admin.' : 'The last delivered link of each of the busiest sites.',
        '',
        'Choose with /update links and addresses, undo with /update links default.',
      ),
    usage: (most) => `Write /update links and one to ${f.int(most)} addresses, or default.`,
    set: (count) =>
      `✅ A new yt-dlp is tried on ${count === 1 ? 'this link' : `these ${f.int(count)} links`}.`,
    reset: '✅ The links are chosen by what is delivered.',
  },
};
