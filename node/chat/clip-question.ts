/**
 * The `Clip` button asks for a range and the next words answer it. The question is kept in the
 * store, so that a restart between the two loses nothing.
 */
import * as v from 'valibot';
import { isBackwards, leadingClip } from '../../shared/clip.ts';
import type { Clip, JobRequest } from '../../shared/wire.ts';
import { QUESTION_SPACE } from '../store/people.ts';
import type { JobRow } from '../store/schema.ts';
import { sendWith } from '../telegram/send-context.ts';
import { type ChatParts, inChat, reply, type Talk } from './parts.ts';
import { startAgain } from './start-again.ts';

type TextAsk = Extract<JobRequest['ask'], { kind: 'text' }>;

/** ms an unanswered question counts: later words mean something else. */
const OPEN_MS = 10 * 60_000;
/** Seconds a range may pass the end by: sites round a length up and down. */
const SLACK_S = 1;

const Question = v.object({
  kind: v.literal('clip'),
  chatId: v.number(),
  job: v.number(),
  /** In a group only a reply to this message is an answer. */
  messageId: v.number(),
  until: v.number(),
});

export async function askForClip(parts: ChatParts, talk: Talk, job: JobRow): Promise<void> {
  const { request, texts, user } = talk;
  const duration = await durationOf(parts, job);
  const message = await sendWith({ priority: 'answer' }, () =>
    parts.api.sendMessage(request.chat.id, texts.clip.ask({ duration }), {
      ...inChat(request.chat),
      ...(job.replyTo !== null && {
        reply_parameters: { message_id: job.replyTo, allow_sending_without_reply: true },
      }),
      reply_markup: {
        ...{ force_reply: true, selective: true },
        input_field_placeholder: texts.clip.example,
      },
    }),
  );
  const question = { kind: 'clip', chatId: request.chat.id, job: job.id };
  const open = { messageId: message.message_id, until: parts.now() + OPEN_MS };
  await parts.store.state.set(
    QUESTION_SPACE,
    String(user.id),
    { ...question, ...open },
    parts.now(),
  );
}

/** Seconds, from what was just looked at or from the file that was sent. */
async function durationOf({ memory, store, now }: ChatParts, job: JobRow) {
  const known = memory.peek(job.url)?.duration;
  if (known !== undefined) return known;
  const delivery = await store.files.find(job.fileKey, now());
  return delivery?.files[0]?.duration;
}

/** Takes the words for an answer when a question is open; false when there is none. */
export async function answerClip(parts: ChatParts, talk: Talk, ask: TextAsk): Promise<boolean> {
  const { store, now } = parts;
  const name = String(talk.user.id);
  const question = await store.state.get(QUESTION_SPACE, name, Question);
  if (!question || question.until < now() || !isMeant(question, talk, ask)) return false;
  const job = await store.jobs.find(question.job);
  if (!job) return false;
  const clip = leadingClip(ask.text.trim());
  if (!clip) {
    await reply(parts, talk.request, talk.texts.clip.badFormat);
    return true;
  }
  // The question stays open: whoever mistyped a time sends it again and means the same video.
  if (outside(clip, await durationOf(parts, job))) {
    await reply(parts, talk.request, talk.texts.errors.bad_clip({}));
    return true;
  }
  await store.state.remove(QUESTION_SPACE, name);
  await startAgain(parts, talk, { ...job, replyTo: talk.request.messageId ?? null }, { clip });
  return true;
}

function isMeant(question: v.InferOutput<typeof Question>, { request }: Talk, ask: TextAsk) {
  if (question.chatId !== request.chat.id) return false;
  return request.chat.type === 'private' || ask.replyTo === question.messageId;
}

const outside = (clip: Clip, duration: number | undefined): boolean =>
  isBackwards(clip) ||
  (duration !== undefined &&
    (clip.start >= duration || (clip.end !== undefined && clip.end > duration + SLACK_S)));
