/** A bot, a Bot API and a web site together: what most end-to-end tests need. */
import type { VisibleMessage } from '../../node/sandbox/bot-api/visible.ts';
import { type Bot, startBot } from './bot.ts';
import { type RunningBotApi, startBotApi } from './bot-api.ts';
import { type Origin, startOrigin } from './media-origin.ts';

export interface Scene {
  telegram: RunningBotApi;
  site: Origin;
  bot: Bot;
  /** What the bot was started with, to start it again. */
  env: Record<string, string>;
  /** Sends a text in the person's private chat and answers the message's id. */
  say(userId: number, text: string): number;
  /** The bot's answers to a message of a private chat, as they stand. */
  answers(userId: number, messageId: number): VisibleMessage[];
  /** Waits for media that answers the message. */
  delivery(userId: number, messageId: number, timeoutMs?: number): Promise<VisibleMessage>;
  /** Waits for a text of the bot that fits. */
  words(userId: number, text: RegExp, timeoutMs?: number): Promise<VisibleMessage>;
  close(): Promise<void>;
}

export async function startScene(
  env: Record<string, string> = {},
  api: Parameters<typeof startBotApi>[0] = {},
): Promise<Scene> {
  const telegram = await startBotApi(api);
  const site = await startOrigin();
  const all = {
    BOT_TOKEN: telegram.token,
    TELEGRAM_API_ROOT: telegram.root,
    MAX_FILE_MB: '50',
    EGRESS_ALLOW: site.host,
    RATE_LIMIT_GLOBAL_PER_MIN: '0',
    RATE_LIMIT_USER_PER_MIN: '0',
    ...env,
  };
  const bot = await startBot({ env: all });
  const { api: world } = telegram;
  const mine = (userId: number) => world.visible(userId).filter((message) => message.bot);
  const answers = (userId: number, messageId: number) =>
    mine(userId).filter((message) => message.replyTo === messageId);
  const scene: Scene = {
    ...{ telegram, site, bot, answers },
    env: all,
    say: (userId, text) => world.say(userId, userId, text).message_id,
    delivery: (userId, messageId, timeoutMs) =>
      world.waitFor(
        () => answers(userId, messageId).find(({ kind }) => kind !== 'text'),
        timeoutMs,
      ),
    words: (userId, text, timeoutMs) =>
      world.waitFor(() => mine(userId).find((message) => text.test(message.text)), timeoutMs),
    async close() {
      // A test may have started it again.
      await scene.bot.dispose();
      await site.close();
      await telegram.stop();
    },
  };
  return scene;
}
