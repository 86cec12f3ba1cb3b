/** Telegram as it answers, and the way updates take. */
import type { WebhookInfo } from 'grammy/types';
import type { HealthDetails } from '../../shared/texts/catalogue/health.ts';
import type { TelegramSeen } from '../observe/telegram-watch.ts';
import { type Check, found, type HealthSource } from './check.ts';
import { span } from './words.ts';

export const telegramSource = (seen: Readonly<TelegramSeen>, now: () => number): HealthSource => ({
  name: 'telegram',
  check: () => telegramCheck(seen, now()),
});

/** One lost call is the weather; several in a row are an outage. */
const FAILURES = { warn: 2, bad: 5 };

export function telegramCheck(
  { lastOkAt, failures, lastFailure }: Readonly<TelegramSeen>,
  now: number,
): Check {
  const answered =
    lastOkAt === undefined ? 'no answer yet' : `last answer ${span(now - lastOkAt)} ago`;
  const trouble = failures > 0 && lastFailure;
  const state = failures >= FAILURES.bad ? 'bad' : failures >= FAILURES.warn ? 'warn' : 'ok';
  const detail = trouble
    ? `${answered}; ${failures} calls failed in a row, ${lastFailure.method}: ${lastFailure.outcome.replace('_', ' ')}`
    : answered;
  const facts = { failures, ...(lastOkAt !== undefined && { lastOkAt }) };
  const agoMs = lastOkAt === undefined ? undefined : now - lastOkAt;
  const say: Check['say'] = ({ telegram }) =>
    trouble ? telegram.failing({ agoMs, failures }) : telegram.answered(agoMs);
  return found({ name: 'telegram', state, detail, say, facts }, nextStep(lastFailure?.outcome));
}

function nextStep(
  outcome: NonNullable<TelegramSeen['lastFailure']>['outcome'] | undefined,
): string {
  if (outcome === 'unauthorized') return 'BOT_TOKEN is not valid any more: copy it from @BotFather';
  if (outcome === 'conflict') return 'another program uses this BOT_TOKEN: stop it';
  return 'check the network: `node dist/node.js doctor` tells whether Telegram can be reached';
}

type Hook = Pick<
  WebhookInfo,
  'url' | 'pending_update_count' | 'last_error_date' | 'last_error_message'
>;

/** An error this long ago is over: Telegram shows the last one for ever. */
const RECENT_MS = 15 * 60_000;
const MANY_PENDING = 100;

type Say = (words: HealthDetails['webhook']) => string;

/** @param expected the URL that should be registered; undefined when updates are polled */
export function webhookCheck(hook: Hook, expected: string | undefined, now: number): Check {
  const { url, pending_update_count: pending, last_error_date: at, last_error_message: why } = hook;
  const facts = { pending, ...(at !== undefined && { lastErrorAt: at * 1000 }) };
  const check = (state: Check['state'], say: Say, detail: string, step = ''): Check =>
    found({ name: 'webhook', state, detail, say: (d) => say(d.webhook), facts }, step);
  if (expected === undefined && url)
    return check(
      'warn',
      (w) => w.leftOver,
      'set, although updates are polled',
      'run `node dist/node.js webhook delete`',
    );
  if (expected === undefined) return check('ok', (w) => w.unused, 'not used: updates are polled');
  if (!url)
    return check(
      'bad',
      (w) => w.unset,
      'not set: no update arrives',
      'run `node dist/node.js webhook set`',
    );
  if (expected !== '' && url !== expected)
    return check(
      'bad',
      (w) => w.elsewhere,
      `set to another address: ${url}`,
      'run `node dist/node.js webhook set`',
    );
  const failing = at !== undefined && now - at * 1000 < RECENT_MS;
  const waiting = `${pending} updates waiting at Telegram`;
  if (failing)
    return check(
      'warn',
      (w) => w.failing({ pending, why: why ?? '?' }),
      `${waiting}; last error: ${why ?? 'unknown'}`,
      'check the address, its certificate and the tunnel in front of the node',
    );
  return check(
    pending > MANY_PENDING ? 'warn' : 'ok',
    (w) => w.waiting(pending),
    waiting,
    'see whether the node keeps up: `/health`',
  );
}
