/** A TCP connection to a public address: resolve once, check, connect to what was checked. */
import { connect as netConnect, type Socket } from 'node:net';
import { EgressError } from './egress-error.ts';
import { type Address, type ResolveRules, resolvePublic, type Target } from './resolve.ts';
import { tunnelThrough, type Upstream } from './upstream.ts';

export interface ConnectRules extends ResolveRules {
  upstream?: Upstream | undefined;
  /** For the look-up and the connection together, ms. */
  timeoutMs?: number;
  /** The seam for tests: opens a socket to one of the given addresses. */
  dial?: Dial;
}

export type Dial = (addresses: Address[], port: number) => Socket;

/** How long one address may take while another waits: above a slow round trip, below patience. */
const ATTEMPT_MS = 1_000;
const TIMEOUT_MS = 15_000;

/**
 * Node's own happy eyeballs over the given addresses. The name given here is never resolved: the
 * look-up is answered with the checked addresses and nothing else.
 */
export const dialTcp: Dial = (addresses, port) =>
  netConnect({
    host: 'checked.invalid',
    port,
    lookup: (_host, _options, done) => done(null, addresses),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
    allowHalfOpen: true,
    noDelay: true,
  });

function untilConnected(socket: Socket, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const abort = () => socket.destroy(signal.reason);
    const settle = () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', failed);
    };
    const failed = (cause: Error) => {
      settle();
      reject(cause);
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', failed);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
    if (signal.aborted) abort();
  });
}

/** A look-up cannot be called off, so it is left behind when the signal comes first. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

async function open(target: Target, rules: ConnectRules, signal: AbortSignal): Promise<Socket> {
  const addresses = await orAborted(resolvePublic(target, rules), signal);
  const [first] = addresses;
  // What the operator allowed is near: an upstream proxy far away could not reach it.
  if (rules.upstream && first && !rules.allow.has(target.host, target.port)) {
    return tunnelThrough(rules.upstream, first, target.port, signal);
  }
  return untilConnected((rules.dial ?? dialTcp)(addresses, target.port), signal);
}

/**
 * Connects to a public target, or to one the allow-list names.
 *
 * @throws {EgressError} with the reason; a caller's own abort is thrown as it is
 */
export async function connectPublic(
  target: Target,
  rules: ConnectRules,
  signal?: AbortSignal,
): Promise<Socket> {
  const timeout = AbortSignal.timeout(rules.timeoutMs ?? TIMEOUT_MS);
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const where = `${target.host}:${target.port}`;
  try {
    return await open(target, rules, either);
  } catch (cause) {
    if (cause instanceof EgressError) throw cause;
    if (signal?.aborted) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    if (timeout.aborted || code === 'ETIMEDOUT') {
      throw new EgressError('timeout', `${where}: no connection in time`, { cause });
    }
    throw new EgressError('site_unreachable', `${where}: ${code}`, { cause });
  }
}
