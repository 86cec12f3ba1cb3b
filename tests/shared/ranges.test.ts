import { describe, expect, it } from 'vitest';
import { parseRange } from '../../shared/ranges.ts';

const of = (text: string, total = 40, max = 50) => parseRange(text, { total, max });
const upTo = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe('which entries of a list a person means', () => {
  it.each([
    ['3-12, 15', [...upTo(3, 12), 15]],
    ['3 - 12', upTo(3, 12)],
    ['3–5', [3, 4, 5]],
    ['7', [7]],
    ['1 5 9', [1, 5, 9]],
    ['1, 2, 2, 1-3', [1, 2, 3]],
    ['5, 1', [5, 1]],
    ['from 2 to 4', [2, 3, 4]],
    ['۳ تا ۵، ۹', [3, 4, 5, 9]],
    ['از ۱ تا ۳ و ۷', [1, 2, 3, 7]],
    ['٣-٥', [3, 4, 5]],
    ['\u2067«۳ تا ۵»\u2069', [3, 4, 5]],
  ])('reads %s', (text, places) => {
    expect(of(text)).toEqual(places);
  });

  it.each([
    '',
    'hello',
    '0-3',
    '39-41',
    '12-3',
    '1-2-3',
    '-4',
    '3-',
    '99999',
    '1.5',
    '3-12 please',
  ])('takes %s for no range', (text) => {
    expect(of(text)).toBeUndefined();
  });

  it('refuses more than may be taken at a time', () => {
    expect(of('1-50', 200)).toHaveLength(50);
    expect(of('1-51', 200)).toBeUndefined();
    expect(of('1-30, 41-70', 200)).toBeUndefined();
  });
});
