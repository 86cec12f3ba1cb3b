/** CONNECT: bytes both ways between the engine and a checked address. */
import type { Socket } from 'node:net';

/**
 * Joins two sockets until both are done. Half-closing is passed on, because a client may end its
 * side and still read; a fault or silence of `idleMs` on either side ends both.
 */
export function joinSockets(client: Socket, target: Socket, idleMs: number): Promise<void> {
  const both = [client, target];
  const destroyBoth = () => {
    for (const socket of both) socket.destroy();
  };
  for (const socket of both) {
    socket.setTimeout(idleMs, destroyBoth);
    // The other side learns of a fault by its connection's end; the error itself is expected.
    socket.on('error', destroyBoth);
    socket.on('close', destroyIfBroken(socket, destroyBoth));
  }
  client.pipe(target);
  target.pipe(client);
  return Promise.all(both.map(closed)).then(() => undefined);
}

/** A socket that closed without its `end` was cut: nothing more will come or be read. */
const destroyIfBroken = (socket: Socket, destroyBoth: () => void) => () => {
  if (!socket.readableEnded || !socket.writableFinished) destroyBoth();
};

const closed = (socket: Socket) =>
  new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
