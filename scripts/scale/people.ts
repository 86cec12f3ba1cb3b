/** People who send links to a fleet, and what their chats show of it. */
import type { CallRecord } from '../../node/sandbox/bot-api/dispatcher.ts';
import type { RunningBotApi } from '../../tests/support/bot-api.ts';
import { answerQuestion, isSettled, type Seen, seenBy } from '../../tests/support/crash.ts';
import type { Fleet } from './fleet.ts';

export interface Asked {
  user: number;
  /** ms from the hand-over to the first file in the chat. */
  delivered?: number;
  /** ms of the call that took the update. */
  taken?: number;
  from: number;
}

export interface People {
  /** Somebody new sends a link; resolves once a node has taken it. */
  ask(link: string): Promise<void>;
  /** Resolves once so many files were delivered, whoever asked for them. */
  delivered(count: number): Promise<void>;
  /** Everybody who asked so far. */
  readonly all: readonly Asked[];
}

const MEDIA = /^send(Video|Document|Audio|Animation|Photo)$/;

let lastUser = 20_000;
let lastUpdate = 1;

export function createPeople({ telegram, sender }: Fleet<RunningBotApi>): People {
  const byUser = new Map<number, Asked>();
  const waiting: { count: number; done(): void }[] = [];
  let files = 0;
  telegram.api.events.on('called', (call: CallRecord) => {
    const asked = byUser.get(Number(call.fields.chat_id));
    if (!asked || call.error || !MEDIA.test(call.method)) return;
    if (asked.delivered === undefined) files += 1;
    asked.delivered ??= performance.now() - asked.from;
    for (const one of waiting.filter(({ count }) => files >= count)) one.done();
  });
  return {
    async ask(link) {
      lastUser += 1;
      lastUpdate += 1;
      const user = lastUser;
      const message = telegram.api.say(user, user, link);
      const asked: Asked = { user, from: performance.now() };
      byUser.set(user, asked);
      asked.taken = await sender.send({
        ...{ v: 1, updateId: lastUpdate, receivedAt: Date.now() },
        chat: { id: user, type: 'private' },
        user: { id: user, languageCode: 'en' },
        messageId: message.message_id,
        ask: { kind: 'download', found: 1, links: [{ url: link }] },
      });
    },
    delivered: (count) =>
      new Promise((done) => {
        if (files >= count) done();
        else waiting.push({ count, done });
      }),
    get all() {
      return [...byUser.values()];
    },
  };
}

export interface Outcome {
  asked: number;
  delivered: number;
  lost: number;
  twice: number;
  /** Asked about, because Telegram's answer was lost. */
  questions: number;
  explained: number;
  /** Status messages that stayed. */
  leftovers: number;
}

/** Half a minute of silence tells that a node is gone; then another one takes away what it left. */
const TIDY_MS = 60_000;

/** Looks at every chat once everybody has an answer, or after `patienceMs`. */
export async function outcomeOf(
  { telegram }: Fleet<RunningBotApi>,
  people: People,
  patienceMs: number,
): Promise<Outcome> {
  const users = people.all.map(({ user }) => user);
  const look = () => users.map((user) => seenBy(telegram, user));
  await until(() => look().every(isSettled), patienceMs);
  const questions = users.filter((user) => seenBy(telegram, user).question);
  for (const user of questions) await answerQuestion(telegram, user).catch(() => {});
  await until(() => look().every(({ leftover }) => leftover.length === 0), TIDY_MS);
  const seen = look();
  for (const [at, { leftover }] of seen.entries())
    for (const { text } of leftover) console.error(`left in the chat of ${users[at]}: ${text}`);
  const count = (fits: (one: Seen) => boolean) => seen.filter(fits).length;
  return {
    asked: users.length,
    delivered: count(({ media }) => media.length > 0),
    lost: count((one) => !isSettled(one)),
    twice: count(({ media }) => media.length > 1),
    questions: questions.length,
    explained: count(({ failure }) => failure !== undefined),
    leftovers: count(({ leftover }) => leftover.length > 0),
  };
}

/** Looked at twice a second: thousands of chats cannot be looked at with every call. */
async function until(holds: () => boolean, patienceMs: number): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!holds() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 500));
}
