/** Several nodes on one PostgreSQL, with stand-ins for Telegram and a web site around them. */
import { type Bot, startBot } from '../../tests/support/bot.ts';
import { emptyDatabase, type Server, startPostgres } from '../../tests/support/postgres.ts';
import { benchMedia } from '../bench/media.ts';
import { startSite } from '../bench/stand-ins.ts';
import { findTools } from '../bench/tools.ts';
import { createSender, type Sender } from './sender.ts';

/** The Telegram of a fleet, wherever it runs. */
export interface TelegramAt {
  root: string;
  token: string;
  stop(): Promise<void>;
}

export interface Fleet<T extends TelegramAt> {
  telegram: T;
  database: Server;
  /** Of the database the nodes share. */
  databaseUrl: string;
  site: { pid: number };
  nodes: Bot[];
  sender: Sender;
  /** A link nobody asked for before; `rate` in bytes a second. */
  link(name: string, rate?: number): string;
  /** Starts a node again on the data folder of the one in that place. */
  replace(at: number): Promise<void>;
  close(): Promise<void>;
}

export interface FleetPlan<T extends TelegramAt> {
  telegram: T;
  nodes: number;
  /** Downloads at once on each. */
  slots: number;
  env?: Record<string, string>;
}

export const SECRET = 'node-secret-of-the-fleet-0123456789abcdef';

/** As an operator would run it: every commit that was promised waits for the disk. */
const DURABLE = { fsync: 'on', shared_buffers: '128MB' };

export async function startFleet<T extends TelegramAt>(plan: FleetPlan<T>): Promise<Fleet<T>> {
  const { telegram } = plan;
  const tools = await findTools();
  const site = await startSite(await benchMedia(tools.ffmpeg.ffmpeg));
  const database = await startPostgres(DURABLE);
  const { url } = await emptyDatabase(database.url);
  const env = (at: number) => ({
    ...{ BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.root, MAX_FILE_MB: '50' },
    ...{ UPDATES: 'edge', NODE_SECRET: SECRET, DATABASE_URL: url, NODE_NAME: `node-${at + 1}` },
    ...{ EGRESS_ALLOW: `127.0.0.1:${site.port}`, ADMIN_IDS: '900' },
    ...{ RATE_LIMIT_GLOBAL_PER_MIN: '0', RATE_LIMIT_USER_PER_MIN: '0' },
    ...{ YTDLP_PATH: tools.ytdlp.bin, FFMPEG_PATH: tools.ffmpeg.ffmpeg, ENGINE: 'warm' },
    MAX_CONCURRENT_DOWNLOADS: String(plan.slots),
    ...plan.env,
  });
  const nodes: Bot[] = [];
  for (let at = 0; at < plan.nodes; at += 1)
    nodes.push(await up(startBot({ env: env(at), session: true })));
  const sender = createSender({ urls: () => nodes.map((node) => node.url), secret: SECRET });
  return {
    ...{ telegram, database, databaseUrl: url, site, nodes, sender },
    link: (name, rate) =>
      `http://127.0.0.1:${site.port}/j/${name}/small.mp4${rate ? `?rate=${rate}` : ''}`,
    async replace(at) {
      const old = nodes[at] as Bot;
      const port = { PORT: new URL(old.url).port };
      nodes[at] = await startBot({
        ...{ env: { ...env(at), ...port }, session: true },
        dataDir: old.dataDir,
      });
    },
    async close() {
      sender.stop();
      await Promise.all(nodes.map((node) => node.dispose()));
      await telegram.stop();
      await site.stop();
      await database.stop();
    },
  };
}

async function up(starting: Promise<Bot>): Promise<Bot> {
  const bot = await starting;
  await bot.logged('fork server ready');
  return bot;
}
