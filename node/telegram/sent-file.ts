/** What Telegram made of a file: read from the message that came back. */
import * as v from 'valibot';
import type { MediaKind, SentFile } from '../media/media.ts';

const File = v.object({
  file_id: v.string(),
  file_size: v.optional(v.number()),
  width: v.optional(v.number()),
  height: v.optional(v.number()),
  duration: v.optional(v.number()),
});
type File = v.InferOutput<typeof File>;

const Sent = v.object({
  message_id: v.number(),
  video: v.optional(File),
  audio: v.optional(File),
  animation: v.optional(File),
  document: v.optional(File),
  photo: v.optional(v.array(File)),
  voice: v.optional(File),
  sticker: v.optional(File),
});

export interface SentMessage {
  messageId: number;
  file: SentFile;
}

/** What was known of the file before. */
export type Known = Omit<SentFile, 'fileId'>;

/**
 * Telegram decides by itself what a file is: a video may come back as an animation or a document,
 * and its `file_id` can only be sent again as that.
 * @throws ValiError when the answer holds no file at all
 */
export function sentMessage(message: unknown, known: Known): SentMessage {
  const sent = v.parse(Sent, message);
  const [kind, file] = fileOf(sent);
  const { file_id: fileId, file_size: bytes = known.bytes, ...about } = file;
  return { messageId: sent.message_id, file: { ...known, ...about, kind, fileId, bytes } };
}

function fileOf(sent: v.InferOutput<typeof Sent>): [MediaKind, File] {
  // An animation also carries `document`, so it is looked for first.
  if (sent.animation) return ['animation', sent.animation];
  if (sent.video) return ['video', sent.video];
  if (sent.audio) return ['audio', sent.audio];
  const largest = sent.photo?.at(-1);
  if (largest) return ['photo', largest];
  const other = sent.document ?? sent.voice ?? sent.sticker;
  if (!other) throw new v.ValiError([issue('a message without a file came back')]);
  return ['document', other];
}

const issue = (message: string) =>
  ({
    kind: 'validation',
    type: 'file',
    input: undefined,
    expected: null,
    received: '',
    message,
  }) as never;
