/**
 * An embedded Telegram Bot API, honest about Telegram's limits and errors: what the sandbox and
 * the end-to-end tests run the bot against. The world it holds lives in memory, uploads on disk.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Hono } from 'hono';
import type { Log } from '../../log.ts';
import { Commands } from './commands.ts';
import { Dispatcher } from './dispatcher.ts';
import { Driver } from './driver.ts';
import { Files } from './files.ts';
import { Flood } from './flood.ts';
import type { Context } from './methods/context.ts';
import { createRoutes } from './routes.ts';
import type { Message, User } from './shapes.ts';
import { Updates } from './updates.ts';
import { type VisibleMessage, visibleMessage } from './visible.ts';
import { waitFor } from './wait-for.ts';
import { Webhook } from './webhook.ts';
import { World } from './world.ts';

export interface BotApiOptions {
  /** `<bot id>:<secret>`, as BotFather gives it. */
  token: string;
  /** Folder for uploads; made when missing. */
  dir: string;
  /** Bytes of one file; 50 MB unless told, 2000 MB in local mode. */
  maxUploadBytes?: number;
  local?: boolean;
  /** Enforce Telegram's flood limits; off unless told. */
  floodLimits?: boolean;
  /** ms since the epoch. */
  now?: () => number;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  log?: Log;
}

export interface FileOnDisk {
  path: string;
  sha256: string;
  bytes: number;
}

const MB = 1024 * 1024;

export class BotApi {
  readonly token: string;
  readonly app: Hono;
  readonly world: World;
  readonly files: Files;
  readonly driver: Driver;
  readonly commands = new Commands();
  readonly updates: Updates;
  readonly webhook: Webhook;
  readonly maxUploadBytes: number;
  readonly dir: string;
  private readonly dispatcher: Dispatcher;
  private readonly closing = new AbortController();

  constructor(options: BotApiOptions) {
    const { local = false, now = Date.now } = options;
    this.token = options.token;
    this.dir = resolve(options.dir);
    this.maxUploadBytes = options.maxUploadBytes ?? (local ? 2000 : 50) * MB;
    mkdirSync(this.dir, { recursive: true });
    this.files = new Files(join(this.dir, 'ledger.jsonl'));
    this.world = new World(botUser(options.token), now);
    this.updates = new Updates(now);
    this.webhook = this.createWebhook(options, now);
    const { world, files, updates, webhook, commands } = this;
    this.driver = new Driver(world, updates, files);
    const context: Context = { world, files, updates, webhook, commands, local, now };
    this.dispatcher = new Dispatcher(context, options.floodLimits ? new Flood(now) : undefined);
    this.app = this.createApp();
  }

  /** Every call so far, oldest first. */
  get calls() {
    return this.dispatcher.calls;
  }

  /** Faults to order for calls to come. */
  get faults() {
    return this.dispatcher.faults;
  }

  /** `change`, `call` (taken) and `called` (answered) of the world. */
  get events() {
    return this.world.events;
  }

  get chats() {
    return this.world.chats;
  }

  say = (...args: Parameters<Driver['say']>) => this.driver.say(...args);
  press = (...args: Parameters<Driver['press']>) => this.driver.press(...args);
  inline = (...args: Parameters<Driver['inline']>) => this.driver.inline(...args);
  choose = (...args: Parameters<Driver['choose']>) => this.driver.choose(...args);
  sendDocument = (...args: Parameters<Driver['sendDocument']>) => this.driver.sendDocument(...args);
  blockBot = (...args: Parameters<Driver['blockBot']>) => this.driver.blockBot(...args);
  unblockBot = (...args: Parameters<Driver['unblockBot']>) => this.driver.unblockBot(...args);
  addBotToGroup = (...args: Parameters<Driver['addBotToGroup']>) =>
    this.driver.addBotToGroup(...args);

  /** The messages of a chat as Telegram holds them, deleted ones left out. */
  messages = (chatId: number): Message[] => [...this.world.chat(chatId).messages.values()];

  /** The same as a person sees them. */
  visible = (chatId: number): VisibleMessage[] =>
    this.messages(chatId).map((message) => visibleMessage(message, this.files));

  /** @throws ApiError for an id nobody was given */
  fileOf = (fileId: string): FileOnDisk => {
    const { path, sha256, bytes } = this.files.get(fileId);
    return { path, sha256, bytes };
  };

  /** Resolves with the first truthy value of `look`, tried now and at every call and change. */
  waitFor = <T>(
    look: () => T | undefined | null | false | 0 | '',
    timeoutMs = 20_000,
  ): Promise<T> => waitFor(this.events, look, timeoutMs, () => this.lastCalls());

  /** Ends polls, deliveries and calls that hang. */
  close(): void {
    this.closing.abort();
    this.webhook.stop();
    this.updates.stopPolling();
  }

  private lastCalls(): string {
    return this.calls
      .slice(-20)
      .map(
        (c) =>
          `${c.method} ${JSON.stringify(c.fields).slice(0, 200)} ${c.error?.description ?? ''}`,
      )
      .join('\n');
  }

  private createWebhook({ sleep = wait, log }: BotApiOptions, now: () => number): Webhook {
    const execute = (method: string, fields: Record<string, unknown>) =>
      this.dispatcher.run(method, { fields, uploads: new Map() }, 'webhook');
    return new Webhook({ updates: this.updates, now, sleep, execute, log });
  }

  private createApp(): Hono {
    const { token, dir, dispatcher, files, maxUploadBytes } = this;
    const closing = this.closing.signal;
    return createRoutes({
      token,
      dir,
      dispatcher,
      files,
      maxUploadBytes,
      closing,
    }) as unknown as Hono;
  }
}

export const createBotApi = (options: BotApiOptions): BotApi => new BotApi(options);

function botUser(token: string): User {
  const id = Number(token.split(':')[0]);
  return { id, is_bot: true, first_name: 'Postchi', username: 'postchi_bot' };
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  // Being woken early is no fault: whoever fired the signal looks at it.
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
