/**
 * A media server in a process of its own: `/j/NAME/FILE` is FILE for every NAME, so that each job
 * has a link nobody asked for before; `/j/NAME/page` is a page with a video tag. `?rate=` limits
 * each connection to so many bytes a second.
 */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [dir = ''] = process.argv.slice(2);
const STEPS_PER_SECOND = 20;

const TYPES: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.m4s': 'video/iso.segment',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mpd': 'application/dash+xml',
  '.ts': 'video/mp2t',
};

const PAGE =
  '<!doctype html><html><head><title>A page with a video</title></head>' +
  '<body><video src="clip.mp4" type="video/mp4"></video></body></html>';

function page(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
}

/** By the clock and not by counting pauses: a timer that is late must not slow the site down. */
async function pour(path: string, rate: number, response: ServerResponse): Promise<void> {
  const from = performance.now();
  let sent = 0;
  const step = Math.ceil(rate / STEPS_PER_SECOND);
  for await (const chunk of createReadStream(path, {
    highWaterMark: step,
  }) as AsyncIterable<Buffer>) {
    const early = from + (sent / rate) * 1000 - performance.now();
    if (early > 0) await sleep(early);
    if (response.destroyed) return;
    response.write(chunk);
    sent += chunk.length;
  }
  response.end();
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://site');
  const name = normalize(url.pathname.replace(/^\/j\/[^/]+/, ''));
  if (name === '/page') return page(response);
  const path = join(dir, name);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return void response.writeHead(404).end();
  response.writeHead(200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'content-length': found.size,
  });
  if (request.method === 'HEAD') return void response.end();
  const rate = Number(url.searchParams.get('rate'));
  if (rate > 0) void pour(path, rate, response);
  else createReadStream(path).pipe(response);
});

server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('disconnect', () => process.exit());
