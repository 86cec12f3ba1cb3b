/**
 * Signed hand-overs between edge and node, as the Standard Webhooks specification writes them
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * WebCrypto only, so the same lines run in a Worker and in Node.
 */

/** How far a timestamp may be off, either way, in seconds. */
export const TOLERANCE_S = 300;

export interface Signable {
  /** Becomes `webhook-id`; the update id. */
  id: string;
  /** Whole seconds since the epoch. */
  timestamp: number;
  /** The body exactly as it travels: a re-serialised one would not verify. */
  body: Uint8Array | string;
  secret: string;
}

export type Verified =
  | { ok: true; id: string }
  | { ok: false; error: 'missing' | 'stale' | 'wrong' };

const utf8 = new TextEncoder();

/**
 * To import a secret takes longer than to sign with it, and there are one or two of them. Plain
 * keys only: what is under way in one request of a Worker must not be awaited in another.
 */
const imported = new Map<string, CryptoKey>();
const MOST_IMPORTED = 4;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/**
 * The keys of a `NODE_SECRET`: one, or a comma-separated pair while keys rotate. The signer uses
 * the first, the verifier accepts all, so either side may be the first to learn the new key.
 */
export const keysOf = (secret: string): string[] =>
  secret
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');

/** The value of `webhook-signature` for one message: `v1,<base64>`. */
export async function sign({ id, timestamp, body, secret }: Signable): Promise<string> {
  const message = join(`${id}.${timestamp}.`, body);
  const mac = await crypto.subtle.sign('HMAC', await importedKey(secret), message);
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(mac)))}`;
}

async function importedKey(secret: string): Promise<CryptoKey> {
  const known = imported.get(secret);
  if (known) return known;
  const key = await crypto.subtle.importKey('raw', utf8.encode(secret), HMAC, false, ['sign']);
  if (imported.size >= MOST_IMPORTED) imported.clear();
  imported.set(secret, key);
  return key;
}

/**
 * Checks the three `webhook-*` headers against the body as received.
 *
 * The signature header may hold several signatures separated by spaces; one that fits is enough.
 * Each key is computed once, so a header stuffed with signatures costs comparisons only.
 */
export async function verify(
  headers: Pick<Headers, 'get'>,
  body: Uint8Array | string,
  secrets: readonly string[],
  nowMs: number,
): Promise<Verified> {
  const id = headers.get('webhook-id');
  const stamp = headers.get('webhook-timestamp');
  const given = headers.get('webhook-signature');
  if (!id || !stamp || !given) return { ok: false, error: 'missing' };
  if (!/^\d{1,12}$/.test(stamp)) return { ok: false, error: 'wrong' };
  const timestamp = Number(stamp);
  if (Math.abs(nowMs / 1000 - timestamp) > TOLERANCE_S) return { ok: false, error: 'stale' };
  const expected = await Promise.all(
    secrets.map((secret) => sign({ id, timestamp, body, secret })),
  );
  return fits(given.split(' '), expected) ? { ok: true, id } : { ok: false, error: 'wrong' };
}

/**
 * Whether two secrets are equal, in a time that tells nothing about either: both are hashed
 * first, so that neither a common beginning nor the length can be measured.
 */
export async function secretsEqual(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([digest(a), digest(b)]);
  return equalBytes(left, right);
}

/** No early exit: which of the pairs fitted, and how far the others did, stays unknown. */
function fits(given: readonly string[], expected: readonly string[]): boolean {
  let found = false;
  for (const one of given) {
    for (const other of expected) {
      if (equalBytes(utf8.encode(one), utf8.encode(other))) found = true;
    }
  }
  return found;
}

const digest = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(text)));

/** Constant in time for equal lengths; the lengths here are those of public formats. */
function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0);
  return difference === 0;
}

function join(head: string, body: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const start = utf8.encode(head);
  const rest = typeof body === 'string' ? utf8.encode(body) : body;
  const whole = new Uint8Array(start.length + rest.length);
  whole.set(start);
  whole.set(rest, start.length);
  return whole;
}
