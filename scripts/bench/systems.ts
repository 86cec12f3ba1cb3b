/** What is compared: the bot with each engine, and doing it by hand with yt-dlp and curl. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bot, startBot } from '../../tests/support/bot.ts';
import { cpuOfEndedChildren, cpuOfTree, treeOf } from './process-tree.ts';
import { startTelegram } from './stand-ins.ts';

export interface System {
  name: string;
  /** One job from the person's message to the file in the chat; answers its ms. */
  job(link: string): Promise<number>;
  /** Processes whose trees are this system. */
  roots(): number[];
  /** CPU seconds so far, once everything a job started has ended. */
  cpu(): Promise<number>;
  close(): Promise<void>;
}

export interface Tools {
  ytdlp: string;
  ffmpeg: string;
  sitePort: number;
  /** Size of the site's `clip.mp4`. */
  clipBytes: number;
}

export interface BotSystem extends System {
  bot: Bot;
  /** The same, by a person chosen by the caller. */
  jobOf(user: number, link: string): Promise<number>;
}

/** Each job is asked for by another person: Telegram lets a chat have one message a second. */
let lastPerson = 10_000;
export const nextPerson = (): number => {
  lastPerson += 1;
  return lastPerson;
};

export async function botSystem(
  engine: 'warm' | 'spawn',
  tools: Tools,
  env: Record<string, string> = {},
): Promise<BotSystem> {
  const telegram = await startTelegram();
  const bot = await startBot({
    env: {
      ENGINE: engine,
      BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.root,
      EGRESS_ALLOW: `127.0.0.1:${tools.sitePort}`,
      YTDLP_PATH: tools.ytdlp,
      FFMPEG_PATH: tools.ffmpeg,
      RATE_LIMIT_GLOBAL_PER_MIN: '0',
      RATE_LIMIT_USER_PER_MIN: '0',
      ...env,
    },
  });
  if (engine === 'warm') await bot.logged('fork server ready');
  const resting = treeOf(bot.pid).length;
  return {
    name: `bot, ENGINE=${engine}`,
    bot,
    job: (link) => telegram.ask(nextPerson(), link),
    jobOf: (user, link) => telegram.ask(user, link),
    roots: () => [bot.pid],
    async cpu() {
      for (let tries = 0; tries < 50 && treeOf(bot.pid).length > resting; tries += 1)
        await sleep(100);
      return cpuOfTree(bot.pid);
    },
    async close() {
      await bot.dispose();
      await telegram.stop();
    },
  };
}

/** `yt-dlp LINK`, then `curl -F` of what it wrote: what a person would type. */
export async function byHand({ ytdlp, ffmpeg }: Tools): Promise<System> {
  const telegram = await startTelegram();
  const running = new Set<number>();

  function step(file: string, args: string[], cwd: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = execFile(file, args, { cwd }, (error, _stdout, stderr) => {
        if (child.pid) running.delete(child.pid);
        if (error) reject(new Error(`${file}: ${stderr.slice(-300)}`));
        else resolve();
      });
      if (child.pid) running.add(child.pid);
    });
  }

  return {
    name: 'yt-dlp, then curl',
    async job(link) {
      const user = nextPerson();
      telegram.person(user);
      const dir = await mkdtemp(join(tmpdir(), 'postchi-bench-'));
      const from = performance.now();
      const out = ['-o', 'file.mp4', '--merge-output-format', 'mp4', '--ffmpeg-location', ffmpeg];
      await step(ytdlp, ['--ignore-config', '-q', ...out, '--', link], dir);
      const form = ['-F', `chat_id=${user}`, '-F', 'video=@file.mp4'];
      const url = `${telegram.root}/bot${telegram.token}/sendVideo`;
      await step('curl', ['-sS', '--fail', '-o', 'answer', ...form, url], dir);
      const ms = performance.now() - from;
      await rm(dir, { recursive: true });
      return ms;
    },
    roots: () => [...running],
    cpu: async () => cpuOfEndedChildren(),
    close: () => telegram.stop(),
  };
}
