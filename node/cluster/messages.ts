/** What nodes call out to each other. Nothing is kept: who was away reads the database anew. */
import * as v from 'valibot';

export const Message = v.variant('kind', [
  /** There may be work. */
  v.object({ kind: v.literal('kick') }),
  /** Stop a job that runs elsewhere; the wish itself is a row, see `remote-stop.ts`. */
  v.object({ kind: v.literal('stop'), jobId: v.number() }),
  /** A value of the shared state has changed: all of a space where no name is given. */
  v.object({ kind: v.literal('state'), space: v.string(), name: v.optional(v.string()) }),
  /** A job's status message is another node's from now on. */
  v.object({ kind: v.literal('taken'), updateId: v.number(), jobId: v.number() }),
  /** A waiting job was cancelled elsewhere: whoever shows it says so. */
  v.object({ kind: v.literal('dropped'), jobId: v.number() }),
  /** A job of a shared status message ended at a node that shows it no more. */
  v.object({
    kind: v.literal('ended'),
    jobId: v.number(),
    how: v.picklist(['done', 'failed', 'cancelled']),
  }),
  /** The bot is no longer in a chat: what runs for it stops. */
  v.object({ kind: v.literal('left'), chatId: v.number() }),
  /** The waiting jobs of an update are held, or go on. */
  v.object({ kind: v.literal('pause'), updateId: v.number(), on: v.boolean() }),
  /** Cookies were added, renewed or removed. */
  v.object({ kind: v.literal('jars') }),
  /** An admin wants a node to take nothing new, or to go on. */
  v.object({ kind: v.literal('drain'), node: v.string(), on: v.boolean() }),
]);
export type Message = v.InferOutput<typeof Message>;
export type MessageKind = Message['kind'];
export type MessageOf<K extends MessageKind> = Extract<Message, { kind: K }>;
export type Handler<K extends MessageKind> = (message: MessageOf<K>) => void;

/** Where all nodes of a database hear each other. */
export const CHANNEL = 'postchi';

const Sender = v.object({ from: v.optional(v.string()) });

/** With the sender's boot, which needs not hear itself. */
export const packed = (message: Message, from: string): string =>
  JSON.stringify({ ...message, from });

/** The message and who sent it; undefined for what another version says and this one does not know. */
export function unpacked(text: string): { message: Message; from: string | undefined } | undefined {
  try {
    const said: unknown = JSON.parse(text);
    const message = v.safeParse(Message, said);
    const sender = v.safeParse(Sender, said);
    if (!message.success) return undefined;
    return { message: message.output, from: sender.success ? sender.output.from : undefined };
  } catch {
    // Not JSON: somebody else uses the channel's name.
    return undefined;
  }
}
