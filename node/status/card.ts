/**
 * One status message: sent once, edited at a pace the chat allows, gone at the end.
 *
 *   sending ──▶ open ──▶ closed (deleted) or settled (its last words stay)
 *
 * One that an earlier process may have sent without hearing its id is looked for first.
 *
 * The pace counts from the last thing that left, an unchanged text never leaves, and only the
 * newest text waits: progress that is late is worth nothing.
 */
import { steadyNow } from '../clock.ts';

/** Inline buttons by row, as Telegram takes them. */
export type Keyboard = { text: string; callback_data: string }[][];

export interface CardTransport {
  /**
   * Sends the message and answers its id. `unwanted` gives it up while it still waits; `newest` is
   * what it shall say when its turn has come.
   */
  send(text: string, unwanted: AbortSignal, newest: () => string): Promise<number>;
  edit(messageId: number, text: string): Promise<void>;
  /** The last words: must arrive, as an edit or, when there is no message, as a new one. */
  settle(messageId: number | undefined, text: string, keyboard?: Keyboard): Promise<void>;
  /** A question: the same, but never without the buttons that answer it. */
  ask(messageId: number | undefined, text: string, keyboard: Keyboard): Promise<void>;
  remove(messageId: number): Promise<void>;
  /**
   * The message that may stand there although its id was never heard, also one that says `words`;
   * undefined when none may.
   */
  findLost?(words?: string): Promise<number | undefined> | undefined;
  /** One that Telegram made only after it had been looked for; undefined when none may stand there. */
  findLate?(): Promise<number | undefined> | undefined;
}

export interface CardOptions {
  transport: CardTransport;
  /** ms between two edits; the first one after a restart goes at once. */
  pace: number;
  /** Known when the message was sent before a restart. */
  messageId?: number | undefined;
  onError(error: unknown): void;
  now?: () => number;
  setTimer?: (run: () => void, ms: number) => { cancel(): void };
}

export interface Card {
  /** `newest`: the same as it would be said at the moment it leaves. */
  show(text: string, newest?: () => string): void;
  /** Takes the message away; false when Telegram did not hear of it. Asked again, it tries again. */
  close(): Promise<boolean>;
  settle(text: string, keyboard?: Keyboard): Promise<void>;
  ask(text: string, keyboard: Keyboard): Promise<void>;
  /** Ends without a word: the message is somebody else's now. */
  letGo(): void;
}

export const unrefTimer = (run: () => void, ms: number) => {
  const timer = setTimeout(run, ms).unref();
  return { cancel: () => clearTimeout(timer) };
};

export function createCard(options: CardOptions): Card {
  const { transport, pace, onError, now = steadyNow, setTimer = unrefTimer } = options;
  let id: Promise<number | undefined> | undefined =
    options.messageId === undefined ? undefined : Promise.resolve(options.messageId);
  let shown: string | undefined;
  let newest = () => shown ?? '';
  let next: string | undefined;
  let lastAt = Number.NEGATIVE_INFINITY;
  let timer: { cancel(): void } | undefined;
  let ended = false;
  let gone = false;
  const unwanted = new AbortController();

  function first(text: string): void {
    shown = text;
    lastAt = now();
    id = sendOrFind(text).catch((error) => {
      if (!unwanted.signal.aborted) onError(error);
      return undefined;
    });
  }

  /** The first message has waited for its turn: what came meanwhile goes along with it. */
  function leaving(): string {
    next = undefined;
    shown = newest();
    lastAt = now();
    return shown;
  }

  function sendOrFind(text: string): Promise<number> {
    const search = transport.findLost?.();
    return search
      ? search.then((found) => goOn(found, text))
      : transport.send(text, unwanted.signal, leaving);
  }

  async function goOn(found: number | undefined, text: string): Promise<number> {
    if (found === undefined) return transport.send(text, unwanted.signal, leaving);
    if (!ended) await transport.edit(found, text).catch(onError);
    return found;
  }

  async function flush(): Promise<void> {
    timer = undefined;
    const messageId = await id;
    const text = next === undefined ? undefined : newest();
    next = undefined;
    if (ended || text === undefined || text === shown || messageId === undefined) return;
    shown = text;
    lastAt = now();
    await transport.edit(messageId, text).catch(onError);
  }

  async function end(words?: string): Promise<number | undefined> {
    ended = true;
    timer?.cancel();
    // The job was faster than its first message: nobody needs that any more.
    unwanted.abort();
    return (await id) ?? transport.findLost?.(words);
  }

  /** Nobody waits for it: it is tidying, and a search takes its time. */
  function removeLate(): void {
    const remove = async (search: Promise<number | undefined>) => {
      const late = await search;
      if (late !== undefined) await transport.remove(late);
    };
    const search = transport.findLate?.();
    if (search) remove(search).catch(onError);
  }

  return {
    show(text, later = () => text) {
      if (ended) return;
      newest = later;
      if (!id) return first(text);
      // Back to what stands there: an older text that waits would be wrong by now.
      next = text === shown ? undefined : text;
      if (next === undefined) return;
      timer ??= setTimer(() => void flush(), Math.max(0, lastAt + pace - now()));
    },
    async close() {
      try {
        const messageId = await end();
        if (messageId !== undefined && !gone) await transport.remove(messageId);
        gone = true;
        removeLate();
      } catch (error) {
        // It may stand there still, and may not even be found yet.
        onError(error);
      }
      return gone;
    },
    async ask(text, keyboard) {
      await transport.ask(await end(), text, keyboard);
      removeLate();
    },
    async settle(text, keyboard) {
      await transport.settle(await end(text), text, keyboard);
      removeLate();
    },
    letGo() {
      ended = true;
      timer?.cancel();
      // In a storm it may still wait for its turn, and would leave long after the job has ended.
      unwanted.abort();
    },
  };
}
