/** What the start says, line by line: an operator compares it with the checklist. */
import type { Config } from '../config/config.ts';
import { size } from '../health/words.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings/settings.ts';
import type { Running } from './every.ts';

export interface BannerFacts {
  config: Config;
  /** As they are now, and which of them an admin changed. */
  settings: Pick<Settings, 'limits' | 'changed'>;
  url: string;
  places: number;
  databaseBytes: number;
  /** Why this engine. */
  engine: string;
  ytdlp: string;
  ffmpeg: string;
  /** Of gallery-dl; undefined until the first post of pictures brings it. */
  gallery: string | undefined;
  admins: number;
  breakersOpen: number;
  services: readonly Running[];
  bot: string | undefined;
  sandbox: boolean;
}

export function sayBanner(facts: BannerFacts, log: Log): void {
  for (const line of bannerLines(facts)) log.info(line);
  for (const { name } of facts.services) log.info(`Service started: ${name}`);
  log.info(facts.bot ? `Bot: @${facts.bot}` : 'Bot: name not known yet, Telegram is out of reach');
  if (facts.sandbox) log.info(`Sandbox, no BOT_TOKEN is set. Open ${facts.url}/ in a browser`);
  log.info({ url: facts.url, bot: facts.bot, engine: facts.engine }, 'Postchi is up');
}

function bannerLines(facts: BannerFacts): string[] {
  const { config, settings, places, url } = facts;
  return [
    `Downloads at once: ${places} (${chosenBy(facts)})`,
    `Workers: ${config.workers}`,
    `Database ready: ${size(facts.databaseBytes)}`,
    `Rate limits ready: ${limits(settings.limits)}`,
    `Metrics ready: ${url}/metrics`,
    `Automatic clean-up ready: every ${Math.round(config.cleanupIntervalMs / 60_000)} min`,
    `Circuit breakers ready: ${facts.breakersOpen} of them open`,
    `Admin commands loaded: ${facts.admins} ${facts.admins === 1 ? 'admin' : 'admins'}`,
    `Engine: ${facts.engine}; yt-dlp ${facts.ytdlp}, ffmpeg ${facts.ffmpeg}`,
    `Pictures: ${facts.gallery ? `gallery-dl ${facts.gallery}` : 'gallery-dl is fetched for the first post'}`,
    `Updates: ${updates(config)}`,
  ];
}

function chosenBy({ config, settings }: BannerFacts): string {
  if (settings.changed.includes('downloads')) return '/limits';
  return config.downloads.auto ? 'automatic' : 'MAX_CONCURRENT_DOWNLOADS';
}

function limits({ global, user }: Settings['limits']): string {
  const say = (n: number, whom: string) => (n > 0 ? `${n} a minute ${whom}` : `none ${whom}`);
  return `${say(global, 'in all')}, ${say(user, 'for each person')}`;
}

function updates({ updates: { mode } }: Config): string {
  if (mode === 'polling') return 'polling, Telegram is asked';
  return mode === 'webhook'
    ? 'webhook, Telegram calls this node'
    : 'edge, a remote edge sends jobs';
}
