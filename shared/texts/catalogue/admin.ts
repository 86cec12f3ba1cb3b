/**
 * What an admin reads. Command names, error codes, ids and what a tool said stay as they are in
 * both languages: they are looked up elsewhere by exactly these letters.
 */

import type { HealthDetails } from './health.ts';
import type { UpdateTexts } from './update.ts';

export type State = 'ok' | 'warn' | 'bad';

export interface SiteFigures {
  site: string;
  jobs: number;
  /** Percent of the jobs that were delivered; undefined when all were cancelled. */
  rate?: number | undefined;
  /** Seconds from the message to the file, undefined when none was fetched. */
  p50?: number | undefined;
  p95?: number | undefined;
}

export interface FiguresFacts {
  /** Persons who wrote, and those of them who were new. */
  people: number;
  fresh: number;
  jobs: number;
  delivered: number;
  failed: number;
  cancelled: number;
  /** Percent; undefined without an ended job. */
  rate?: number | undefined;
  cached: number;
  bytes: number;
  sites: SiteFigures[];
  errors: { code: string; jobs: number }[];
}

export interface StatsTexts {
  /** `since`: the last reset, ms since the epoch; undefined when there was none. */
  page(p: {
    day: FiguresFacts;
    all: FiguresFacts;
    since?: number | undefined;
    people: { all: number; blocked: number; banned: number };
  }): string;
  picture: {
    title: string;
    jobs: string;
    rate: string;
    bySite: string;
    nothing: string;
    delivered: string;
    failed: string;
    /** Labels of the hours: how many hours ago, 0 = now. */
    ago(hours: number): string;
  };
}

export type HealthName =
  | 'configuration'
  | 'versions'
  | 'native'
  | 'data'
  | 'disk'
  | 'memory'
  | 'cpu'
  | 'queue'
  | 'workers'
  | 'success'
  | 'database'
  | 'backup'
  | 'dns'
  | 'clock'
  | 'egress'
  | 'telegram'
  | 'webhook'
  | 'ytdlp'
  | 'ffmpeg'
  | 'gallery'
  | 'js'
  | 'engine'
  | 'cookies'
  | 'breakers'
  | 'edge'
  | 'services'
  | 'nodes';

export interface HealthTexts {
  title: string;
  /** What each check found. */
  details: HealthDetails;
  line(p: { name: HealthName; state: State; detail: string }): string;
  /** `step` is written in English by the check itself. */
  verdict(p: { state: State; name?: HealthName | undefined; step?: string | undefined }): string;
}

export interface CircuitFacts {
  site: string;
  phase: 'closed' | 'open' | 'half_open';
  /** Failures among the last 20 within the hour. */
  failures: number;
  until?: number | undefined;
  /** An error code, or `hand`. */
  why?: string | undefined;
  waiting: number;
}

export interface CircuitTexts {
  page(p: { sites: CircuitFacts[] }): string;
  pause(site: string): string;
  resume(site: string): string;
}

export interface CleanupTexts {
  plan(p: { items: { what: string; count: number; bytes: number }[] }): string;
  nothing: string;
  go(bytes: number): string;
  done(p: { count: number; bytes: number }): string;
}

export interface ResetTexts {
  ask(p: { jobs: number; since?: number | undefined }): string;
  yes: string;
  no: string;
  done: string;
  kept: string;
}

export interface QueueFacts {
  queued: number;
  running: number;
  sending: number;
  places: number;
  /** When the oldest waiting job came, ms since the epoch. */
  oldest?: number | undefined;
  now: {
    id: number;
    site: string;
    stage?: string | undefined;
    seconds: number;
    /** Where it runs, when there are several nodes. */
    node?: string | undefined;
  }[];
  waiting: { site: string; jobs: number }[];
  held: boolean;
}

export interface PersonFacts {
  id: number;
  name?: string | undefined;
  username?: string | undefined;
  since: number;
  seen: number;
  banned: boolean;
  blocked: boolean;
  waiting: number;
  last: { at: number; site: string; state: string; code?: string | undefined }[];
}

export interface PersonTexts {
  page(p: PersonFacts): string;
  usage: string;
  unknown(id: number): string;
  banned(id: number): string;
  unbanned(id: number): string;
  admin: string;
  ban: string;
  unban: string;
}

export interface BroadcastFacts {
  of: number;
  sent: number;
  blocked: number;
  failed: number;
}

export interface BroadcastTexts {
  usage: string;
  preview(p: { of: number; seconds: number }): string;
  send(of: number): string;
  cancel: string;
  cancelled: string;
  running(p: BroadcastFacts): string;
  finished(p: BroadcastFacts): string;
  stopped(p: BroadcastFacts): string;
  stop: string;
}

export interface CookieFacts {
  site: string;
  account: string;
  signedIn: boolean;
  /** When the first cookie that matters ends, ms since the epoch. */
  expires?: number | undefined;
  restingUntil?: number | undefined;
  /** The last time something behind the login was asked for, ms since the epoch. */
  probed?: { at: number; alive: boolean } | undefined;
}

export interface CookieTexts {
  /** `untried`: sites that are judged by the cookies alone. */
  page(p: { jars: CookieFacts[]; untried: string[] }): string;
  how: string;
  added(p: { jars: CookieFacts[] }): string;
  notCookies: string;
  tooLarge: string;
  noSite: string;
  remove(p: { site: string; account: string }): string;
  removed: string;
  /** Where a login is tried, by site. */
  probes(p: { links: { site: string; url: string }[] }): string;
  probeUsage: string;
  probeSet(site: string): string;
}

export interface LogFacts {
  errorId: string;
  at?: number | undefined;
  job: number;
  user: number;
  site: string;
  url: string;
  code: string;
  detail: string;
  attempts: number;
  seconds: number;
}

export interface LogTexts {
  usage: string;
  unknown: string;
  page(p: LogFacts): string;
}

export interface MaintenanceTexts {
  usage: string;
  on(p: { running: number }): string;
  off(p: { queued: number }): string;
  is(on: boolean): string;
}

export interface LimitsFacts {
  /** Per minute; 0 is off. */
  user: number;
  global: number;
  /** MB. */
  size: number;
  downloads: number;
}

export interface LimitsTexts {
  page(p: LimitsFacts & { changed: readonly string[]; remoteEdge: boolean }): string;
  usage: string;
  set(p: { name: string; value: number }): string;
  bad(p: { name: string; min: number; max: number }): string;
  reset: string;
}

export interface ChannelsTexts {
  page(p: { channels: { name: string; title: string }[] }): string;
  usage: string;
  added(name: string): string;
  removed(name: string): string;
  unknown: string;
  cannotSee: string;
}

export interface NodeFacts {
  id: string;
  /** The one that answers. */
  here: boolean;
  alive: boolean;
  draining: boolean;
  version?: string | undefined;
  /** `warm` or `spawn`. */
  engine?: string | undefined;
  ytdlp?: string | undefined;
  running: number;
  places: number;
  /** Percent. */
  cpu?: number | undefined;
  memory?: number | undefined;
  /** Bytes. */
  diskFree?: number | undefined;
  startedAt: number;
  seenAt: number;
  /** Checks that are not well. */
  trouble: readonly string[];
}

export interface NodesTexts {
  page(p: { nodes: readonly NodeFacts[]; shared: boolean }): string;
  drain(id: string): string;
  resume(id: string): string;
}

export interface AlertTexts {
  /** One of several nodes says it of itself. */
  atNode(p: { node: string; words: string }): string;
  nodeGone(p: { node: string; seenAt: number; left: number }): string;
  nodeBack(p: { node: string }): string;
  cpu(p: { percent: number }): string;
  memory(p: { percent: number }): string;
  success(p: { percent: number }): string;
  queue(p: { percent: number }): string;
  disk(p: { detail: string }): string;
  breaker(p: { site: string; code: string; until: number }): string;
  cookies(p: { detail: string }): string;
  ytdlp(p: { detail: string }): string;
  webhook(p: { detail: string }): string;
  crashed(p: { requeued: number; dead: number; uncertain: number }): string;
  over: {
    [kind in
      | 'cpu'
      | 'memory'
      | 'success'
      | 'queue'
      | 'disk'
      | 'cookies'
      | 'ytdlp'
      | 'webhook']: string;
  } & { breaker(p: { site: string }): string };
}

/** What everybody reads because of something an admin set. */
export interface NoticeTexts {
  maintenance: string;
  join(p: { channels: string[] }): string;
  checkAgain: string;
}

export interface AdminTexts {
  stats: StatsTexts;
  health: HealthTexts;
  circuit: CircuitTexts;
  cleanup: CleanupTexts;
  reset: ResetTexts;
  queue(p: QueueFacts): string;
  person: PersonTexts;
  broadcast: BroadcastTexts;
  cookies: CookieTexts;
  log: LogTexts;
  maintenance: MaintenanceTexts;
  limits: LimitsTexts;
  channels: ChannelsTexts;
  alerts: AlertTexts;
  update: UpdateTexts;
  nodes: NodesTexts;
  notices: NoticeTexts;
}
