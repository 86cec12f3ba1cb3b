/** What `/health` says of each check, in English. */
import { formatFor, isolate } from '../../format.ts';
import { siteTitle } from '../../sites.ts';
import type { HealthDetails } from '../catalogue/health.ts';

const f = formatFor('en');
const span = (ms: number) => f.span(ms / 1000);
const count = (n: number, one: string, many: string) => `${f.int(n)} ${n === 1 ? one : many}`;
const accounts = (names: { site: string; account: string }[]) =>
  names.map((n) => `${siteTitle(n.site, 'en')} (${n.account})`).join(', ');
const answered = (ago: number | undefined) =>
  ago === undefined ? 'no answer yet' : `last answer ${span(ago)} ago`;

const SOURCES = {
  env: 'YTDLP_PATH',
  path: 'from PATH',
  release: 'official release',
  debian: 'Debian package',
} as const;

export const details: HealthDetails = {
  cpu: (percent) => `${f.percent(percent)} busy`,
  memory: (p) =>
    `${f.percent(p.percent)} used, ${f.bytes(p.available)} of ${f.bytes(p.total)} free`,
  disk: (p) =>
    `${f.bytes(p.free)} of ${f.bytes(p.total)} free, ${f.bytes(p.needed)} may be needed at once`,
  queue: (p) =>
    `${f.int(p.queued)} waiting (${f.percent(p.percent)} full), ${f.int(p.running)} running, ${f.int(p.taken)} of ${count(p.places, 'download', 'downloads')} at once`,
  workers: (p) =>
    `${f.int(p.busy)} of ${f.int(p.limit)} busy, ${count(p.waiting, 'task', 'tasks')} waiting`,
  success: (p) => `${f.int(p.done)} of ${count(p.of, 'job', 'jobs')} of the last hour succeeded`,
  database: {
    sound: (bytes) => `sound, ${f.bytes(bytes)}`,
    damaged: 'damaged',
    answers: (bytes) => `PostgreSQL answers, ${f.bytes(bytes)}`,
    silent: 'PostgreSQL does not answer',
  },
  backup: {
    last: (ms) => `last one ${span(ms)} ago`,
    none: 'none yet',
  },
  telegram: {
    answered,
    failing: (p) => `${answered(p.agoMs)}; ${count(p.failures, 'call', 'calls')} failed in a row`,
  },
  webhook: {
    unused: 'not used: updates are polled',
    leftOver: 'set, although updates are polled',
    unset: 'not set: no update arrives',
    elsewhere: 'set to another address',
    waiting: (n) => `${count(n, 'update', 'updates')} waiting at Telegram`,
    failing: (p) =>
      `${count(p.pending, 'update', 'updates')} waiting at Telegram; last error: ${p.why}`,
  },
  ytdlp: (p) =>
    `${p.version} (${SOURCES[p.source]}), ${count(p.days, 'day', 'days')} old${p.newer ? `, ${p.newer} is available` : ''}${p.behind ? `; the other nodes use ${p.behind}, which this one could not get` : ''}`,
  version: (name) => isolate(name),
  gallery: {
    later: 'none yet, it is fetched for the first post of pictures',
    none: (lacks) =>
      `none, and ${lacks} is not there to fetch it: posts without a video are refused`,
  },
  js: {
    found: (name) => name,
    none: 'none: YouTube may fail',
  },
  engine: {
    warm: (p) =>
      `warm, ${p.alive ? 'running' : 'not running'}${p.restarts > 0 ? `, restarted ${count(p.restarts, 'time', 'times')}` : ''}`,
    spawn: 'a fresh process for each link',
  },
  cookies: {
    dead: (names) => `not signed in: ${accounts(names)}`,
    ending: (names) => `the login ends within 3 days: ${accounts(names)}`,
    fine: (jars) => `${f.int(jars)} signed in`,
    none: 'none, everything is fetched without signing in',
  },
  edge: {
    last: (ms) => `last job ${span(ms)} ago`,
    never: 'not heard of yet',
  },
  services: {
    fine: (next) => next.map((one) => `${one.name} in ${span(one.ms)}`).join(', '),
    failing: (names) => `failed: ${names.map((name) => isolate(name)).join(', ')}`,
  },
  nodes: ({ alive, draining, gone, worried }) => {
    const named = (what: string, names: readonly string[]) =>
      names.length > 0 && `${what}: ${names.map((name) => isolate(name, 32)).join(', ')}`;
    return [
      `${f.int(alive)} alive`,
      named('draining', draining),
      named('gone', gone),
      named('not well', worried),
    ]
      .filter(Boolean)
      .join('; ');
  },
  unknown: 'could not be looked at',
};
