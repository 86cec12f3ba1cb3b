import { describe, expect, test } from 'vitest';
import { keysOf, secretsEqual, sign, TOLERANCE_S, verify } from '../../shared/sign.ts';

const NOW = 1_700_000_000_000;
const timestamp = NOW / 1000;
const OLD = 'old-key-0123456789-0123456789-012345';
const NEW = 'new-key-0123456789-0123456789-012345';

async function signed(change: { id?: string; at?: number; body?: string; secret?: string } = {}) {
  const { id = '42', at = timestamp, body = '{"a":1}', secret = OLD } = change;
  return new Headers({
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': await sign({ id, timestamp: at, body, secret }),
  });
}

test('signs as the specification says: base64 of HMAC-SHA256 over id.timestamp.body', async () => {
  const { createHmac } = await import('node:crypto');
  const mac = createHmac('sha256', OLD).update('42.1700000000.{"t":"سلام"}').digest('base64');
  const body = '{"t":"سلام"}';
  expect(await sign({ id: '42', timestamp, body, secret: OLD })).toBe(`v1,${mac}`);
  const bytes = new TextEncoder().encode(body);
  expect(await sign({ id: '42', timestamp, body: bytes, secret: OLD })).toBe(`v1,${mac}`);
});

describe('verify', () => {
  test('accepts what was signed and names its id', async () => {
    expect(await verify(await signed(), '{"a":1}', [OLD], NOW)).toEqual({ ok: true, id: '42' });
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'misses %s',
    async (header) => {
      const headers = await signed();
      headers.delete(header);
      const verified = await verify(headers, '{"a":1}', [OLD], NOW);
      expect(verified).toEqual({ ok: false, error: 'missing' });
    },
  );

  test('refuses a changed body, id, time or key', async () => {
    const wrong = { ok: false, error: 'wrong' };
    expect(await verify(await signed(), '{"a":2}', [OLD], NOW)).toEqual(wrong);
    expect(await verify(await signed({ secret: NEW }), '{"a":1}', [OLD], NOW)).toEqual(wrong);
    for (const [header, value] of [
      ['webhook-id', '43'],
      ['webhook-timestamp', String(timestamp + 1)],
      ['webhook-timestamp', `${timestamp}.0`],
      ['webhook-timestamp', 'NaN'],
      ['webhook-signature', 'v1,'],
      ['webhook-signature', 'v1,!!!'],
    ] as const) {
      const headers = await signed();
      headers.set(header, value);
      expect(await verify(headers, '{"a":1}', [OLD], NOW), `${header}: ${value}`).toEqual(wrong);
    }
  });

  test('refuses a signature without its version', async () => {
    const headers = await signed();
    const bare = headers.get('webhook-signature')?.replace('v1,', '') ?? '';
    for (const given of [bare, `v2,${bare}`, `v1a,${bare}`]) {
      headers.set('webhook-signature', given);
      expect(await verify(headers, '{"a":1}', [OLD], NOW)).toEqual({ ok: false, error: 'wrong' });
    }
  });

  test('holds the time to the tolerance, either way', async () => {
    for (const off of [-TOLERANCE_S, TOLERANCE_S]) {
      const headers = await signed({ at: timestamp + off });
      expect(await verify(headers, '{"a":1}', [OLD], NOW)).toMatchObject({ ok: true });
    }
    for (const off of [-TOLERANCE_S - 1, TOLERANCE_S + 1]) {
      const headers = await signed({ at: timestamp + off });
      const verified = await verify(headers, '{"a":1}', [OLD], NOW);
      expect(verified).toEqual({ ok: false, error: 'stale' });
    }
  });

  test('accepts any one of several signatures', async () => {
    const headers = await signed();
    headers.set('webhook-signature', `v1,AAAA v2,zzzz ${headers.get('webhook-signature')}`);
    expect(await verify(headers, '{"a":1}', [OLD], NOW)).toMatchObject({ ok: true });
  });

  test('accepts both keys while they rotate, whichever side learned the new one first', async () => {
    const both = keysOf(`${NEW}, ${OLD}`);
    expect(both).toEqual([NEW, OLD]);
    for (const secret of both) {
      expect(await verify(await signed({ secret }), '{"a":1}', both, NOW)).toMatchObject({
        ok: true,
      });
    }
    expect(await verify(await signed({ secret: OLD }), '{"a":1}', [NEW], NOW)).toMatchObject({
      ok: false,
    });
  });

  test('accepts nothing without a key', async () => {
    expect(await verify(await signed(), '{"a":1}', [], NOW)).toEqual({ ok: false, error: 'wrong' });
  });
});

test('secrets are equal only when every character is', async () => {
  expect(await secretsEqual('abc', 'abc')).toBe(true);
  for (const other of ['abd', 'ab', 'abcd', '', 'ABC', 'abc ']) {
    expect(await secretsEqual('abc', other), other).toBe(false);
  }
});
