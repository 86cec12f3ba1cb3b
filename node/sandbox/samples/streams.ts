/** Bodies that behave: endless zeros, a slow line, a line that goes quiet. */
import { createReadStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const CHUNK = 64 * 1024;
const ZEROS = new Uint8Array(CHUNK);

/** `bytes` zeros, made only as fast as they are read. */
export function zeros(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(left < CHUNK ? ZEROS.subarray(0, left) : ZEROS);
      left -= CHUNK;
      if (left <= 0) controller.close();
    },
  });
}

/** A file at no more than `bytesPerSecond`. */
export function throttled(path: string, bytesPerSecond: number, start = 0): ReadableStream {
  const pause = 100;
  const highWaterMark = Math.max(1, Math.floor((bytesPerSecond * pause) / 1000));
  const chunks = createReadStream(path, { start, highWaterMark })[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await chunks.next();
      if (next.done) {
        controller.close();
        return;
      }
      controller.enqueue(next.value as Buffer);
      await delay(pause);
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}

/** Some bytes, then silence until the reader goes away. */
export function stalling(bytes: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let left = bytes; left > 0; left -= CHUNK) controller.enqueue(ZEROS);
    },
  });
}
