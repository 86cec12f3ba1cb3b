/**
 * Telegram and ten thousand people in a process of its own: what it takes to play them must not
 * delay whoever measures the bot, nor be counted as the bot's.
 */
import type { CallRecord } from '../../node/sandbox/bot-api/dispatcher.ts';
import { startBotApi } from '../../tests/support/bot-api.ts';
import type { Asking, FromCrowd, Person, ToCrowd } from './crowd.ts';

/** The admin of the fleet, who has a chat with the bot. */
const ADMIN = 900;

const telegram = await startBotApi();
telegram.api.say(ADMIN, ADMIN, '/start');
const people = new Map<number, Person>();
let uploads = 0;
/** ms since the epoch when an admin was first told of the queue. */
let warnedAt: number | undefined;

const tell = (message: FromCrowd) => process.send?.(message);

function say(asking: readonly Asking[]): object[] {
  return asking.map(({ user, link }) => {
    const known = people.get(user);
    if (known) known.links += 1;
    else people.set(user, { user, links: 1, delivered: 0, explained: [] });
    return telegram.api.say(user, user, link);
  });
}

const MEDIA = /^send(Video|Document|Audio|Animation)$/;
const WORDS = /^(sendMessage|editMessageText)$/;
/** Words that end a request carry an id of eight hex digits. */
const EXPLAINED = /\b[0-9a-f]{8}\b/;
const LINE = /number ([\d,]+) in line/;
const WAIT = /About ([\d,]+) (s|min|h)\b/;
const SECONDS: Record<string, number> = { s: 1, min: 60, h: 3600 };

telegram.api.events.on('called', (call: CallRecord) => {
  if (call.error) return;
  const user = Number(call.fields.chat_id);
  const text = String(call.fields.text ?? '');
  if (user === ADMIN && /queue/i.test(text)) warnedAt ??= Date.now();
  const person = people.get(user);
  if (!person) return;
  if (MEDIA.test(call.method)) {
    person.delivered += 1;
    person.deliveredAt ??= Date.now();
    person.lastAt = Date.now();
    if (call.uploads.length > 0) uploads += 1;
  } else if (WORDS.test(call.method)) heard(person, call, text);
});

const whole = (digits: string): number => Number(digits.replaceAll(',', ''));

function heard(person: Person, call: CallRecord, text: string): void {
  person.firstWordAt ??= Date.now();
  if (EXPLAINED.test(text)) {
    person.lastAt = Date.now();
    const result = call.result as { message_id?: number } | undefined;
    const id = result?.message_id ?? Number(call.fields.message_id);
    if (!person.explained.includes(id)) person.explained.push(id);
    return;
  }
  const position = LINE.exec(text)?.[1];
  const [, count, unit = ''] = WAIT.exec(text) ?? [];
  if (position && !person.told) {
    const wait = count === undefined ? undefined : whole(count) * (SECONDS[unit] ?? 0);
    person.told = { at: Date.now(), position: whole(position), wait };
  }
}

/** Messages of the bot that are neither a file nor the end of a request. */
const left = ({ user, explained }: Person): string[] =>
  telegram.api
    .messages(user)
    .filter(({ from, text }) => from?.is_bot && text !== undefined)
    .filter(({ message_id }) => !explained.includes(message_id))
    .map(({ text = '' }) => text);

const open = ({ delivered, explained, links }: Person) => delivered + explained.length < links;

process.on('message', (message: ToCrowd) => {
  const all = [...people.values()];
  if ('say' in message) tell({ said: say(message.say) });
  else if (message.ask === 'open') tell({ open: all.filter(open).length });
  else if (message.ask === 'forget') {
    people.clear();
    uploads = 0;
    warnedAt = undefined;
    tell({ open: 0 });
  } else {
    tell({ seen: { people: all, uploads, warnedAt, leftovers: all.flatMap(left) } });
  }
});

tell({ root: telegram.root, token: telegram.token });
process.on('disconnect', () => telegram.stop().finally(() => process.exit()));
