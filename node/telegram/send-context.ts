/**
 * What a caller wants to say about a Bot API call besides its payload: how urgent it is and who
 * watches its bytes. grammY's typed methods have no place for it, so it travels beside the call.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Highest first: what admins ask and are told, deliveries and last words, replies, status messages,
 * progress. In a storm files alone take all that a bot may send; whoever runs it must see that.
 */
export const PRIORITIES = ['admin', 'final', 'answer', 'status', 'edit'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface SendContext {
  /** Without it the method decides, see `call-kind.ts`. */
  priority?: Priority | undefined;
  /** Bytes of the request body that have left, of how many. */
  onProgress?: ((sent: number, total: number) => void) | undefined;
  /**
   * Called just before the last bytes leave. Before this call Telegram cannot have acted on the
   * request; after it, a missing answer means nobody knows. May be async: the bytes wait for it.
   */
  onLastByte?: (() => void | Promise<void>) | undefined;
  /**
   * Asked when the call's turn has come: fields that say something newer than when it was made.
   * In a storm a message may wait for minutes.
   */
  newest?: (() => object) | undefined;
  /** Gives the call up while it waits for its turn; one that has left is not touched. */
  waiting?: AbortSignal | undefined;
  /** Telegram said 429: nothing was sent, the call waits for its next try. */
  onPutBack?: ((retryAfter: number) => void) | undefined;
}

const current = new AsyncLocalStorage<SendContext>();

/** Makes Bot API calls with a context, e.g. `sendWith({ priority: 'status' }, () => api.sendMessage(…))`. */
export const sendWith = <T>(context: SendContext, call: () => T): T => current.run(context, call);

export const sendContext = (): SendContext => current.getStore() ?? {};
