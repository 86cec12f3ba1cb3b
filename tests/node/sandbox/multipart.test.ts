import { describe, expect, it } from 'vitest';
import { boundaryOf, readMultipart } from '../../../node/sandbox/bot-api/multipart.ts';
import { seeded } from '../../support/random.ts';

interface Part {
  name: string;
  filename?: string | undefined;
  content: string;
}

async function read(body: Buffer, boundary: string, cuts: readonly number[]): Promise<Part[]> {
  const parts: Part[] = [];
  const edges = [0, ...cuts, body.length];
  async function* chunks() {
    for (let i = 1; i < edges.length; i += 1) yield body.subarray(edges[i - 1], edges[i]);
  }
  await readMultipart(chunks(), boundary, ({ name, filename }) => {
    const pieces: Buffer[] = [];
    return {
      write: (chunk) => void pieces.push(Buffer.from(chunk)),
      end: () => {
        parts.push({ name, filename, content: Buffer.concat(pieces).toString('latin1') });
      },
    };
  });
  return parts;
}

const TRICKY = '\r\n--almost\r\n--BOUND\r\n-\r\n\r\n--BOUNDAR\r\n';
const BODY = Buffer.from(
  [
    '--BOUNDARY\r\ncontent-disposition:form-data;name="chat_id"\r\n\r\n1001',
    '--BOUNDARY  \r\nContent-Disposition: form-data; name="empty"\r\n\r\n',
    `--BOUNDARY\r\nContent-Disposition: form-data; name="f"; filename="a \\"b\\".mp4"\r\nContent-Type: video/mp4\r\n\r\n${TRICKY}`,
    '--BOUNDARY--\r\nepilogue',
  ].join('\r\n'),
  'latin1',
);
const EXPECTED: Part[] = [
  { name: 'chat_id', filename: undefined, content: '1001' },
  { name: 'empty', filename: undefined, content: '' },
  { name: 'f', filename: 'a "b".mp4', content: TRICKY },
];

describe('multipart', () => {
  it('finds the same parts wherever the body is cut in two', async () => {
    for (let at = 0; at <= BODY.length; at += 1) {
      expect(await read(BODY, 'BOUNDARY', [at])).toEqual(EXPECTED);
    }
  });

  it('finds the same parts byte by byte', async () => {
    expect(await read(BODY, 'BOUNDARY', [...BODY.keys()])).toEqual(EXPECTED);
  });

  it('gives back random bytes cut at random places', async () => {
    const random = seeded(20261123);
    for (let round = 0; round < 60; round += 1) {
      // Few letters, so that pieces of the delimiter turn up often.
      const content = Array.from({ length: 400 }, () => random.pick([...'\r\n-BX'])).join('');
      const clean = content.replaceAll('\r\n--B', 'x');
      const body = Buffer.from(
        `--B\r\ncontent-disposition: form-data; name="f"; filename=x\r\n\r\n${clean}\r\n--B--`,
        'latin1',
      );
      const cuts = [0, 0, 0].map(() => random.below(body.length)).sort((a, b) => a - b);
      expect(await read(body, 'B', cuts)).toEqual([{ name: 'f', filename: 'x', content: clean }]);
    }
  });

  it('reads names with a semicolon, in UTF-8 and percent-encoded', async () => {
    const named = (disposition: string) =>
      read(
        Buffer.from(
          `--B\r\nContent-Disposition: form-data; name="f"; ${disposition}\r\n\r\n\r\n--B--`,
        ),
        'B',
        [],
      );
    expect((await named('filename=فیلم; من.mp4'))[0]?.filename).toBe('فیلم; من.mp4');
    expect((await named('filename="say %22hi%22.mp4"'))[0]?.filename).toBe('say "hi".mp4');
    expect((await named('filename="x"; filename*=UTF-8\'\'%D9%81.mp4'))[0]?.filename).toBe('ف.mp4');
  });

  it('drops the part it was in when the body breaks off', async () => {
    const told: string[] = [];
    const sink = () => ({
      write() {},
      end: () => void told.push('end'),
      drop: async () => void told.push('drop'),
    });
    async function* broken() {
      yield BODY.subarray(0, BODY.indexOf('almost'));
      throw new Error('hung up');
    }
    await expect(readMultipart(broken(), 'BOUNDARY', sink)).rejects.toThrow('hung up');
    expect(told).toEqual(['end', 'end', 'drop']);
  });

  it('refuses a body that ends early', async () => {
    await expect(read(BODY.subarray(0, BODY.length - 30), 'BOUNDARY', [])).rejects.toThrow('ended');
  });

  it('takes the boundary from the header, quoted or not', () => {
    expect(boundaryOf('multipart/form-data; boundary="a b"')).toBe('a b');
    expect(boundaryOf('Multipart/Form-Data; charset=x; boundary=abc; y=z')).toBe('abc');
    expect(boundaryOf('application/json')).toBeUndefined();
  });
});
