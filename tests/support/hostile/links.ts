/**
 * Three hundred links that want something on this machine or its network: spellings, ranges,
 * schemes, redirects, rebinding names, and addresses inside pages, HLS, DASH, subtitles and
 * thumbnails.
 */
import type { DownloadPlan } from '../../../node/engine/download-run.ts';
import { DASH, HLS, PAGES } from './site.ts';
import { SPELLINGS } from './spellings.ts';

export interface HostileLink {
  /** What is tried, for the list of what went wrong. */
  name: string;
  url: string;
  /** The address itself is hostile: yt-dlp gets it as it is, many in one run. */
  direct: boolean;
  plan: DownloadPlan;
}

export const BEST: DownloadPlan = { format: 'bv*+ba/b', mergeTo: 'mp4' };
/** ffmpeg fetches instead of yt-dlp. */
const CUT: DownloadPlan = { ...BEST, clip: { start: 0, end: 1 } };
/** The picture of the page is fetched as well. */
const SOUND: DownloadPlan = { format: 'ba/b', audio: { format: 'mp3', cover: true } };
export const SUBTITLES: DownloadPlan = { format: 'b', subtitles: { language: 'en', auto: false } };

export const LINKS = 300;

/** @param site `host:port` of the hostile site; `canary` is the port that nobody may reach */
export function hostileLinks(site: string, canary: number): HostileLink[] {
  const here = `127.0.0.1:${canary}`;
  const targets = [`http://${here}/x.mp4`, `http://[::1]:${canary}/x.mp4`];
  const more = [`http://in.test:${canary}/x.mp4`, `http://0x7f.1:${canary}/x.mp4`];
  const all = [
    ...rebinding(canary),
    ...schemes(site, here),
    ...embedded(site, targets, more),
    ...redirects(site, [...targets, ...more, 'http://169.254.169.254/latest/meta-data/']),
    ...SPELLINGS.map((host) => direct('spelling', `http://${host}:${canary}/x.mp4`)),
    ...SPELLINGS.map((host) => direct('https', `https://${host}:${canary}/x`)),
  ];
  return all.slice(0, LINKS);
}

const direct = (name: string, url: string): HostileLink => ({
  ...{ name, url, direct: true },
  plan: BEST,
});

const REBOUND = ['127.0.0.1', '::1', '10.0.0.1', '169.254.169.254', '64:ff9b::7f00:1'];

/** Names whose second look-up, and third, answers otherwise; see `hostileLookup`. */
const rebinding = (canary: number): HostileLink[] =>
  REBOUND.flatMap((_, index) => [
    ...['a', 'b'].map((n) =>
      direct('rebinding', `http://rebind-${index}${n}.test:${canary}/x.mp4`),
    ),
    direct('private name', `http://private-${index}.test:${canary}/x.mp4`),
  ]);

const PUBLIC = '93.184.216.34';

/** The addresses of the names above. Each look-up of a rebinding name turns it over. */
export function hostileLookup() {
  const asked = new Map<string, number>();
  return async (host: string) => {
    const [, kind, digit] = /^(rebind|private)-(\d)/.exec(host) ?? [];
    const times = asked.get(host) ?? 0;
    asked.set(host, times + 1);
    const bad = kind ? (REBOUND[Number(digit)] ?? '127.0.0.1') : '127.0.0.1';
    const turned = kind === 'private' || host === 'in.test' || (kind && times % 2 === 1);
    const address = turned ? bad : PUBLIC;
    if (!turned && !kind && host !== 'site.test')
      throw Object.assign(new Error(host), { code: 'ENOTFOUND' });
    return [{ address, family: address.includes(':') ? 6 : 4 }];
  };
}

const SCHEMES = [
  'ftp',
  'ftps',
  'rtmp',
  'rtmpe',
  'rtsp',
  'mms',
  'ws',
  'wss',
  'tcp',
  'gopher',
  'file',
];

function schemes(site: string, here: string): HostileLink[] {
  const inside = (kind: string, scheme: string, plan: DownloadPlan): HostileLink => ({
    name: `${scheme} in ${kind}`,
    url: `http://${site}/${kind}?to=${encodeURIComponent(`${scheme}://${here}/x.mp4`)}`,
    direct: false,
    plan,
  });
  return [
    ...SCHEMES.map((scheme) => direct(scheme, `${scheme}://${here}/x.mp4`)),
    ...['ftp', 'rtmp', 'rtmpe', 'rtsp', 'tcp'].flatMap((scheme) => [
      inside('page/src', scheme, CUT),
      inside('hls/segment.m3u8', scheme, CUT),
      inside('hls/variant.m3u8', scheme, CUT),
    ]),
    inside('page/src', 'ftp', BEST),
    inside('page/poster', 'ftp', SOUND),
    inside('page/track', 'ftp', SUBTITLES),
    ...ODD.map((text) => direct('odd', text.replaceAll('HERE', here).replaceAll('SITE', site))),
  ];
}

/** Parsers disagree about where these lead. */
const ODD = [
  'http://HERE\\@SITE/x.mp4',
  'http://SITE\\@HERE/x.mp4',
  'http://SITE@HERE/x.mp4',
  'http://SITE:80@HERE/x.mp4',
  'http://HERE#@SITE/x.mp4',
  'http:HERE/x.mp4',
  'http:/HERE/x.mp4',
  'http:\\\\HERE/x.mp4',
  '//HERE/x.mp4',
  'HERE/x.mp4',
  ' http://HERE/x.mp4',
  'HTTP://HERE/x.mp4',
  'http://SITE/redirect/302/0?to=//HERE/x.mp4',
  'http://SITE/good.mp4#__youtubedl_smuggle=%7B%22http_headers%22%3A%7B%22Ytdl-request-proxy%22%3A%22http%3A%2F%2FHERE%22%7D%7D',
  'http://HERE/x.mp4#__youtubedl_smuggle=%7B%22to_generic%22%3Atrue%7D',
];

function embedded(site: string, targets: string[], more: string[]): HostileLink[] {
  const at = (path: string, to: string, plan: DownloadPlan): HostileLink => ({
    name: path,
    url: `http://${site}/${path}?to=${encodeURIComponent(to)}`,
    direct: false,
    plan,
  });
  const through = (to: string) => `http://${site}/redirect/302/1?to=${encodeURIComponent(to)}`;
  const [first = '', second = ''] = targets;
  const [name = ''] = more;
  const pages = Object.keys(PAGES).flatMap((place) => {
    const plan = place === 'track' ? SUBTITLES : /poster|image|json/.test(place) ? SOUND : BEST;
    return [at(`page/${place}`, first, plan), at(`page/${place}`, through(second), plan)];
  });
  const hls = Object.keys(HLS).flatMap((place) => {
    const plan = place === 'subtitles' ? SUBTITLES : BEST;
    const path = `hls/${place}.m3u8`;
    return [at(path, first, plan), at(path, second, CUT), at(path, through(name), CUT)];
  });
  const dash = Object.keys(DASH).flatMap((place) => {
    const plan = place === 'text' ? SUBTITLES : BEST;
    return [at(`dash/${place}.mpd`, first, plan), at(`dash/${place}.mpd`, through(name), plan)];
  });
  const disguised = ['segment', 'key', 'map', 'concat'].map((place) =>
    at(`disguised/${place}.mp4`, first, SOUND),
  );
  return [...pages, ...hls, ...dash, ...disguised];
}

const redirects = (site: string, targets: string[]): HostileLink[] =>
  ['301/0', '302/0', '303/0', '307/0', '308/0', '302/4'].flatMap((way) =>
    targets.map((to) => ({
      name: `redirect ${way}`,
      url: `http://${site}/redirect/${way}?to=${encodeURIComponent(to)}`,
      direct: true,
      plan: BEST,
    })),
  );
