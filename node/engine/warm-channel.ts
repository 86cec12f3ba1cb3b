/**
 * Where the children of the fork server report: a Unix socket in a private folder. Each child
 * opens three connections, each starting with a line `id name` (see warm_server.py).
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type StreamName = 'ctl' | 'out' | 'err';

export interface Channel {
  path: string;
  /** Connections of this run go to `take` from now on. */
  expect(id: string, take: (name: StreamName, socket: Socket, rest: Buffer) => void): void;
  forget(id: string): void;
  close(): Promise<void>;
}

const NAMES: readonly string[] = ['ctl', 'out', 'err'] satisfies StreamName[];
const MAX_HEADER = 128;

/** The path stays short: a Unix socket's may have 107 bytes at most. */
export async function openChannel(): Promise<Channel> {
  const dir = await mkdtemp(join(tmpdir(), 'postchi-'));
  await chmod(dir, 0o700);
  const path = join(dir, 's');
  const expected = new Map<string, Parameters<Channel['expect']>[1]>();
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A child killed in the middle of a write resets its connections; `close` follows.
    socket.on('error', () => {});
    readHeader(socket, (id, name, rest) => {
      const take = expected.get(id);
      // A child of a run that was given up: without its streams it ends by itself.
      if (!take || !NAMES.includes(name)) socket.destroy();
      else take(name as StreamName, socket, rest);
    });
  });
  await new Promise<void>((done, fail) => server.once('error', fail).listen(path, done));

  return {
    path,
    expect: (id, take) => void expected.set(id, take),
    forget: (id) => void expected.delete(id),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function readHeader(socket: Socket, done: (id: string, name: string, rest: Buffer) => void): void {
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(10);
    if (end < 0 && head.length > MAX_HEADER) return void socket.destroy();
    if (end < 0) return;
    socket.off('data', onData);
    const [id = '', name = ''] = head.subarray(0, end).toString().split(' ');
    done(id, name, head.subarray(end + 1));
  };
  socket.on('data', onData);
}
