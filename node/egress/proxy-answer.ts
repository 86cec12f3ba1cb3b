/** The proxy's own answers: refusals and failures, never a page somebody could take for the site. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { EgressError } from './egress-error.ts';

export interface Answer {
  status: number;
  /** yt-dlp quotes nothing of an answer but this, so the error table reads it. */
  phrase: string;
  headers: Record<string, string>;
}

const close = { connection: 'close', 'content-length': '0' };

export const BAD_REQUEST: Answer = {
  status: 400,
  phrase: 'postchi-egress: bad_request',
  headers: { ...close, 'postchi-egress': 'bad_request' },
};

export const WRONG_SECRET: Answer = {
  status: 407,
  phrase: 'Proxy Authentication Required',
  headers: { ...close, 'proxy-authenticate': 'Basic realm="postchi"' },
};

export const answerFor = (error: EgressError): Answer => ({
  status: error.status,
  phrase: `postchi-egress: ${error.code}`,
  headers: { ...close, 'postchi-egress': error.reason },
});

/** To an ordinary request. After the first byte only breaking off tells the truth. */
export function answerRequest(response: ServerResponse, answer: Answer): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(answer.status, answer.phrase, answer.headers);
  response.end();
}

/** To a CONNECT, whose socket Node has handed over raw. */
export function answerConnect(socket: Duplex, answer: Answer): void {
  const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${answer.status} ${answer.phrase}`, ...lines, '', ''].join('\r\n'));
}
