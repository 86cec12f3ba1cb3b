/**
 * The whole bot as an operator runs it: `node dist/node.js` as a process of its own, talking to
 * the embedded Bot API over HTTP.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const NODE_JS = resolve(import.meta.dirname, '../../dist/node.js');

type LineTest = (line: Record<string, unknown>) => boolean;

export interface Bot {
  url: string;
  dataDir: string;
  pid: number;
  /** Everything it logged, one JSON object a line. */
  log: Record<string, unknown>[];
  /** Resolves with the first log line that fits, those already written included. */
  logged(message: string | RegExp | LineTest): Promise<Record<string, unknown>>;
  kill(signal: NodeJS.Signals): void;
  /** Exit code, or null after a signal. */
  exited: Promise<number | null>;
  /** SIGTERM, then waits; the data folder stays. */
  stop(): Promise<number | null>;
  /** Stops and removes the data folder. */
  dispose(): Promise<void>;
}

export interface BotOptions {
  env: Record<string, string>;
  /** Of an earlier bot, to start on what it left. */
  dataDir?: string;
  /** Command line after `dist/node.js`. */
  args?: string[];
  /** A session of its own, as systemd gives one: Linux shares the processor among sessions. */
  session?: boolean;
}

/** Free just now; the bot is told so that a second start gets the same address. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}

/** Starts the bot; resolves when it says that it is up. */
export async function startBot(options: BotOptions): Promise<Bot> {
  const bot = await launchBot(options);
  await Promise.race([bot.logged('Postchi is up'), failedStart(bot)]);
  return bot;
}

/** Starts the process and waits for nothing: it may well refuse to start. */
export async function launchBot(options: BotOptions): Promise<Bot> {
  const { env, dataDir, args = [], session: detached = false } = options;
  const dir = dataDir ?? mkdtempSync(join(tmpdir(), 'postchi-bot-'));
  const port = env.PORT ?? String(await freePort());
  const child = spawn(process.execPath, [NODE_JS, ...args], {
    env: { ...toolsOnly(process.env), LOG_FORMAT: 'json', PORT: port, DATA_DIR: dir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached,
  });
  return watch(child, dir, port);
}

/** The bot's environment is what a test says, and the tools the set-up found. */
function toolsOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['PATH', 'HOME', 'YTDLP_PATH', 'FFMPEG_PATH'];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

async function failedStart(bot: Bot): Promise<never> {
  const code = await bot.exited;
  throw new Error(
    `the bot ended with ${code}:\n${bot.log.map((l) => JSON.stringify(l)).join('\n')}`,
  );
}

function watch(child: ChildProcess, dataDir: string, port: string): Bot {
  const log: Record<string, unknown>[] = [];
  const waiting: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      log.push(parse(line));
      for (const look of [...waiting]) look();
    });
  }
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const bot: Bot = {
    url: `http://127.0.0.1:${port}`,
    ...{ dataDir, log, exited },
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    logged: (message) =>
      new Promise((found) => {
        const look = () => {
          const line = log.find((one) => fits(one, message));
          if (!line) return;
          waiting.splice(waiting.indexOf(look) >>> 0, 1);
          found(line);
        };
        waiting.push(look);
        look();
      }),
    async stop() {
      child.kill('SIGTERM');
      return exited;
    },
    async dispose() {
      await bot.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return bot;
}

function fits(line: Record<string, unknown>, message: string | RegExp | LineTest): boolean {
  if (typeof message === 'function') return message(line);
  return typeof message === 'string' ? line.msg === message : message.test(String(line.msg));
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { msg: line };
  }
}
