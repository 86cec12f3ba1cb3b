/**
 * Kills the node with SIGKILL and starts it again on the same data folder, then counts what the
 * chats show: what was lost, what stands there twice, what the person was asked about.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { processesIn } from '../../node/jobs/leftovers.ts';
import type { VisibleMessage } from '../../node/sandbox/bot-api/visible.ts';
import { Database } from '../../node/store/sqlite.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { type Bot, startBot } from './bot.ts';
import { type RunningBotApi, startBotApi } from './bot-api.ts';
import { type Origin, startOrigin } from './media-origin.ts';

export interface CrashScene {
  telegram: RunningBotApi;
  site: Origin;
  wire: Wire;
  bot: Bot;
  env: Record<string, string>;
  /** SIGKILL; answers the engine processes that ran at that moment. */
  kill(): Promise<number[]>;
  /** Starts the next one; answers ms from its start to "up". */
  restart(): Promise<number>;
  engines(): Promise<number[]>;
  close(): Promise<void>;
}

/** A bot whose way to Telegram can be watched and held, byte by byte. */
export async function startCrashScene(
  env: Record<string, string> = {},
  dataDir?: string,
  allow: (site: Origin) => string[] = ({ host }) => [host],
): Promise<CrashScene> {
  const telegram = await startBotApi();
  const site = await startOrigin();
  const wire = await startWire(Number(new URL(telegram.root).port));
  const all = {
    BOT_TOKEN: telegram.token,
    TELEGRAM_API_ROOT: wire.root,
    MAX_FILE_MB: '50',
    EGRESS_ALLOW: allow(site).join(','),
    RATE_LIMIT_GLOBAL_PER_MIN: '0',
    RATE_LIMIT_USER_PER_MIN: '0',
    ...env,
  };
  const bot = await startBot({ env: all, ...(dataDir && { dataDir }) });
  const scene: CrashScene = {
    ...{ telegram, site, wire, bot, env: all },
    engines: () => processesIn(join(bot.dataDir, 'jobs')),
    async kill() {
      scene.bot.kill('SIGKILL');
      await scene.bot.exited;
      return scene.engines();
    },
    async restart() {
      const since = Date.now();
      scene.bot = await startBot({ env: all, dataDir: scene.bot.dataDir });
      return Date.now() - since;
    },
    async close() {
      await scene.bot.dispose();
      await wire.close();
      await site.close();
      await telegram.stop();
    },
  };
  return scene;
}

const SEND_AGAIN = textsFor('en').buttons.sendAgain;

/** What the private chat of one person shows of one request. */
export interface Seen {
  media: VisibleMessage[];
  question: VisibleMessage | undefined;
  /** A failure with its error id. */
  failure: VisibleMessage | undefined;
  /** Words of the bot that are neither: progress that nobody took away. */
  leftover: VisibleMessage[];
}

export function seenBy(telegram: RunningBotApi, user: number): Seen {
  const all = telegram.api.visible(user).filter(({ bot }) => bot);
  const texts = all.filter(({ kind }) => kind === 'text');
  const question = texts.find(({ buttons }) => buttons.flat().includes(SEND_AGAIN));
  const failure = texts.find(({ text }) => /\b[0-9a-f]{8}\b/.test(text));
  const leftover = texts.filter((one) => one !== question && one !== failure);
  return { media: all.filter(({ kind }) => kind !== 'text'), question, failure, leftover };
}

/** Everything the person was promised has arrived, was asked about or was explained. */
export const isSettled = ({ media, question, failure }: Seen): boolean =>
  media.length > 0 || question !== undefined || failure !== undefined;

/** Answers the question as a person who looks at the chat does. */
export async function answerQuestion(telegram: RunningBotApi, user: number): Promise<void> {
  const { media, question } = seenBy(telegram, user);
  if (!question) return;
  const wanted = media.length > 0 ? 'ok:' : 're:';
  const message = telegram.api.messages(user).find(({ message_id }) => message_id === question.id);
  const buttons = message?.reply_markup?.inline_keyboard.flat() ?? [];
  const data = buttons.find((one) => one.callback_data?.startsWith(wanted))?.callback_data;
  if (!data) throw new Error(`the question has no button ${wanted}`);
  telegram.api.press(question.id, data, user);
  await telegram.api.waitFor(() => {
    const seen = seenBy(telegram, user);
    return seen.media.length > 0 && !seen.question;
  }, 60_000);
}

/** A TCP relay before the Bot API: tells when a call begins, and can hold what follows. */
export interface Wire {
  root: string;
  /** Calls back at the first bytes of a call of this method; with `hold` nothing goes on then. */
  onStart(method: string, run: () => void, hold: boolean): void;
  /** Cuts every connection and lets no new one stand, until it is taken back. */
  refuse(on: boolean): void;
  close(): Promise<void>;
}

async function startWire(port: number): Promise<Wire> {
  let watch: { text: string; run: () => void; hold: boolean } | undefined;
  const sockets = new Set<Socket>();
  let refusing = false;
  const server: Server = createServer((near) => {
    if (refusing) return void near.destroy();
    const far = connect(port, '127.0.0.1');
    let held = false;
    for (const socket of [near, far]) {
      sockets.add(socket);
      // The killed side resets; the other one is closed with it.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    far.pipe(near);
    near.on('data', (chunk: Buffer) => {
      if (watch && chunk.includes(watch.text)) {
        held = watch.hold;
        const { run } = watch;
        watch = undefined;
        run();
      }
      if (!held) far.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return {
    root: `http://127.0.0.1:${address.port}`,
    onStart(method, run, hold) {
      watch = { text: `/${method} HTTP/1.1`, run, hold };
    },
    refuse(on) {
      refusing = on;
      if (on) for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface CrashFigures {
  jobs: number;
  delivered: number;
  lost: number;
  duplicates: number;
  asked: number;
  explained: number;
  /** Status messages that stayed although their job had ended. */
  leftovers: number;
  /** ms from the last answer until none was left. */
  tidyMs: number;
  orphans: number;
  /** ms from the second start to "up". */
  upMs: number;
}

const FILES = ['small.mp4', 'song.mp3', 'silent.mp4'];
let nextUser = 10_000;

/** Somebody who never wrote before. */
export const nextPerson = (): number => nextUser++;
/** Who writes next. */
export const comingPerson = (): number => nextUser;

/**
 * One run: so many people send a link each, the node is killed after `afterCalls` calls to
 * Telegram, started again, and everything is counted once all of them have an answer.
 */
export async function crashRun(
  scene: CrashScene,
  { jobs, afterCalls, tag }: { jobs: number; afterCalls: number; tag: string },
): Promise<CrashFigures> {
  const { telegram, site } = scene;
  const users = Array.from({ length: jobs }, nextPerson);
  const dead = afterTelegramCalls(telegram, afterCalls).then(() => scene.kill());
  for (const [at, user] of users.entries()) {
    telegram.api.say(user, user, `${site.url}/${FILES[at % FILES.length]}?run=${tag}-${at}`);
  }
  const leftBehind = await dead;
  const upMs = await scene.restart();
  const running = await scene.engines();
  await telegram.api.waitFor(
    () => users.every((user) => isSettled(seenBy(telegram, user))),
    240_000,
  );
  const asked = users.filter((user) => seenBy(telegram, user).question);
  for (const user of asked) await answerQuestion(telegram, user);
  const tidyMs = await tidied(scene, users);
  const seen = users.map((user) => seenBy(telegram, user));
  const count = (fits: (one: Seen) => boolean) => seen.filter(fits).length;
  return {
    jobs,
    delivered: count(({ media }) => media.length > 0),
    lost: count((one) => !isSettled(one)),
    duplicates: seen.reduce((sum, { media }) => sum + Math.max(0, media.length - 1), 0),
    asked: asked.length,
    explained: count(({ failure }) => failure !== undefined),
    leftovers: seen.reduce((sum, { leftover }) => sum + leftover.length, 0),
    tidyMs,
    orphans: leftBehind.filter((pid) => running.includes(pid)).length,
    upMs,
  };
}

function afterTelegramCalls({ api }: RunningBotApi, calls: number): Promise<void> {
  return new Promise((done) => {
    let left = calls;
    const count = (call: { method: string }) => {
      if (call.method === 'getUpdates') return;
      left -= 1;
      if (left > 0) return;
      api.events.off('call', count);
      done();
    };
    api.events.on('call', count);
  });
}

/** A search asks a chat once a second: that one which nobody heard of is gone may take a while. */
const TIDY_MS = 60_000;

/** Status messages are taken away after the delivery; answers ms until they were, or gave up. */
async function tidied({ telegram }: CrashScene, users: number[]): Promise<number> {
  const since = Date.now();
  const gone = () => users.every((user) => seenBy(telegram, user).leftover.length === 0);
  await telegram.api.waitFor(gone, TIDY_MS).catch(() => {
    // Counted and reported by the caller.
  });
  return Date.now() - since;
}

/** What is known of the messages that stayed: as they stand, their jobs, and the chat's calls. */
export function stories({ telegram, bot }: CrashScene, from: number): unknown[] {
  const database = new Database(join(bot.dataDir, 'postchi.db'), { readonly: true });
  const rows = database.prepare('SELECT * FROM jobs WHERE user_id = ?');
  const people = Array.from({ length: nextUser - from }, (_, n) => from + n);
  const told = people.flatMap((user) =>
    seenBy(telegram, user).leftover.map((message) => ({
      message,
      jobs: rows.all(user),
      calls: telegram.api.calls
        .filter(({ fields }) => Number(fields.chat_id) === user)
        .map(({ id, at, method, fields, error, doneAt }) => ({
          ...{ id, at, method, message: fields.message_id, doneAt, error: error?.description },
        })),
    })),
  );
  database.close();
  return told;
}
