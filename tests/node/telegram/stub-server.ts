/** A Bot API server of a few lines: keeps what it was sent, answers what the test says. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Taken {
  method: string;
  headers: IncomingMessage['headers'];
  bytes: number;
  sha256: string;
  /** The body, unless it was larger than 1 MB. */
  body: Buffer;
}

export type Reply = (taken: Taken, response: ServerResponse, request: IncomingMessage) => void;

export interface Stub {
  root: string;
  taken: Taken[];
  reply: Reply;
  server: Server;
  close(): Promise<void>;
}

export const ok =
  (result: unknown): Reply =>
  (_taken, response) =>
    response.end(JSON.stringify({ ok: true, result }));

export const refuse =
  (error_code: number, description: string, parameters?: object): Reply =>
  (_taken, response) => {
    response.statusCode = error_code;
    response.end(JSON.stringify({ ok: false, error_code, description, parameters }));
  };

export async function startStub(first: Reply = ok(true)): Promise<Stub> {
  const taken: Taken[] = [];
  const server = createServer(async (request, response) => {
    const one = await read(request).catch(() => undefined);
    if (!one) return;
    taken.push(one);
    stub.reply(one, response, request);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  const stub: Stub = { root: `http://127.0.0.1:${port}`, taken, reply: first, server, close };
  return stub;
}

async function read(request: IncomingMessage): Promise<Taken> {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    hash.update(chunk);
    if (bytes < 1_000_000) kept.push(chunk);
  }
  const method = request.url?.split('/').at(-1) ?? '';
  return {
    ...{ method, bytes, headers: request.headers },
    sha256: hash.digest('hex'),
    body: Buffer.concat(kept),
  };
}

/** The parts of a multipart body by name. */
export async function parts({ headers, body }: Taken): Promise<FormData> {
  const response = new Response(new Uint8Array(body), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  });
  return response.formData();
}
