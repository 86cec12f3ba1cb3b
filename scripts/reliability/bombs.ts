/**
 * Sites that never end, lie about their size or starve the reader, and clients that hold the
 * node's own server:
 *
 *   npx tsx scripts/reliability/bombs.ts
 *
 * Needs a build. Prints a line for each with what the person was told, after how long, and how
 * many bytes all of them together held on the disk meanwhile. Exit code 1 when a bomb was
 * delivered or went unanswered, or an honest request failed.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { folderBytes } from '../../node/engine/folder-size.ts';
import { isSettled, nextPerson, seenBy, startCrashScene } from '../../tests/support/crash.ts';
import { memoryOf } from '../../tests/support/process-memory.ts';

const MB = 1024 * 1024;
const LIMIT_MB = 8;
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const zeros = Buffer.alloc(MB);
const VIDEO = { 'content-type': 'video/mp4' };

function pour(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= zeros.length;
      if (!response.write(zeros)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write('x'), 2_000);
  response.on('close', () => clearInterval(timer));
}

const endlessList = (from: number) =>
  [
    ...['#EXTM3U', '#EXT-X-TARGETDURATION:2', `#EXT-X-MEDIA-SEQUENCE:${from}`],
    ...Array.from({ length: 5000 }, (_, n) => `#EXTINF:2,\n/piece-${from + n}.ts`),
    ...['#EXT-X-ENDLIST', ''],
  ].join('\n');

const SITES: Record<string, (response: ServerResponse) => void> = {
  '/endless.m3u8': (r) =>
    r.writeHead(200, { 'content-type': 'application/vnd.apple.mpegurl' }).end(endlessList(0)),
  '/no-length.mp4': (r) => pour(r.writeHead(200, VIDEO), 3000 * MB),
  '/says-one-kilobyte.mp4': (r) => {
    // Node would refuse to send more than it announced.
    r.socket?.write('HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 1024\r\n\r\n');
    r.socket?.write(zeros);
  },
  '/says-too-much.mp4': (r) => pour(r.writeHead(200, { ...VIDEO, 'content-length': 9e12 }), 9e12),
  '/gzip.html': (r) => {
    const bomb = gzipSync(Buffer.alloc(512 * MB), { level: 9 });
    r.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(bomb);
  },
  '/gzip.mp4': (r) => {
    const bomb = gzipSync(Buffer.alloc(512 * MB), { level: 9 });
    r.writeHead(200, { ...VIDEO, 'content-encoding': 'gzip' }).end(bomb);
  },
  '/drip.mp4': (r) => drip(r.writeHead(200, { ...VIDEO, 'content-length': 1_000_000 })),
  '/drip.html': (r) => drip(r.writeHead(200, { 'content-type': 'text/html' })),
};

const server = createServer((request, response) => {
  response.on('error', () => response.destroy());
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  if (/^\/piece-\d+\.ts$/.test(path)) response.writeHead(200).end(zeros);
  else (SITES[path] ?? ((r) => r.writeHead(404).end()))(response);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
const scene = await startCrashScene({ MAX_FILE_MB: String(LIMIT_MB) }, undefined, (site) => [
  ...[site.host, host],
]);

async function bomb(path: string): Promise<boolean> {
  const user = nextPerson();
  const since = Date.now();
  let most = 0;
  const jobs = join(scene.bot.dataDir, 'jobs');
  const timer = setInterval(() => {
    void folderBytes(jobs).then((bytes) => {
      most = Math.max(most, bytes);
    });
  }, 200);
  scene.telegram.api.say(user, user, `http://${host}${path}`);
  const settled = () => isSettled(seenBy(scene.telegram, user));
  const ended = await scene.telegram.api.waitFor(settled, 900_000).then(
    () => true,
    () => false,
  );
  clearInterval(timer);
  const { media, failure } = seenBy(scene.telegram, user);
  const id = /\b[0-9a-f]{8}\b/.exec(failure?.text ?? '')?.[0];
  const code = scene.bot.log.find(({ errorId, code }) => errorId === id && code)?.code;
  const seconds = Math.round((Date.now() - since) / 1000);
  const mostMB = Math.round(most / MB);
  say({ bomb: path, ended, delivered: media.length, code, seconds, mostMB });
  return ended && media.length === 0;
}

/** Honest requests while 500 sockets drip a header each: ms, and the node's memory in MB. */
async function slowloris(sockets: number): Promise<boolean> {
  const port = Number(new URL(scene.bot.url).port);
  const before = memoryOf(scene.bot.pid);
  const open = (): Socket => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.write('POST /jobs HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    return socket;
  };
  // Who is thrown out comes back at once.
  const held = Array.from({ length: sockets }, open);
  const drips = setInterval(() => {
    for (const [at, socket] of held.entries()) {
      if (socket.destroyed) held[at] = open();
      else socket.write('a');
    }
  }, 500);
  const times: number[] = [];
  let failed = 0;
  for (let n = 0; n < 300; n++) {
    const since = performance.now();
    const ok = await fetch(`${scene.bot.url}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (!ok) failed += 1;
    times.push(performance.now() - since);
    await new Promise((done) => setTimeout(done, 50));
  }
  clearInterval(drips);
  const after = memoryOf(scene.bot.pid);
  for (const socket of held) socket.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(times[Math.floor(times.length * share)] ?? 0);
  say({ sockets, requests: 300, failed, p50: at(0.5), p99: at(0.99), rssMB: { before, after } });
  return failed === 0;
}

let sound = await slowloris(500);
const all = await Promise.all(Object.keys(SITES).map(bomb));
sound &&= all.every(Boolean);
await scene.close();
server.closeAllConnections();
server.close();
process.exitCode = sound ? 0 : 1;
