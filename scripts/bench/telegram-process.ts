/**
 * The embedded Bot API in a process of its own, driven over IPC. Both ends of a delivery are
 * clocked here: when the person's message is there, and when the file is.
 */
import type { CallRecord } from '../../node/sandbox/bot-api/dispatcher.ts';
import { startBotApi } from '../../tests/support/bot-api.ts';
import type { FromTelegram, ToTelegram } from './stand-ins.ts';

const telegram = await startBotApi({ maxUploadBytes: 2_000_000_000 });
const tell = (message: FromTelegram) => process.send?.(message);
const saidAt = new Map<number, number>();

process.on('message', ({ user, text }: ToTelegram) => {
  saidAt.set(user, performance.now());
  telegram.api.say(user, user, text);
});

telegram.api.events.on('called', (call: CallRecord) => {
  const user = Number(call.fields.chat_id);
  const from = saidAt.get(user);
  if (from === undefined) return;
  const delivered = /^send(Video|Document|Audio|Animation)$/.test(call.method) && !call.error;
  // Every failure the bot explains carries an id of eight hex digits.
  const failed = /\b[0-9a-f]{8}\b/.test(String(call.fields.text ?? ''));
  if (!delivered && !failed) return;
  saidAt.delete(user);
  const ms = performance.now() - from;
  tell(failed ? { user, failed: String(call.fields.text) } : { user, ms });
});

tell({ root: telegram.root, token: telegram.token });
process.on('disconnect', () => telegram.stop().finally(() => process.exit()));
