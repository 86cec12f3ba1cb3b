import { describe, expect, test } from 'vitest';
import { AUDIO_FORMATS, type Choice, formatChoice, parseChoice } from '../../shared/choice.ts';

const HEIGHTS = [0, 1, 144, 240, 360, 480, 720, 1080, 1440, 2160, 4320, 99999];
const CHOICES: Choice[] = [
  { kind: 'auto' },
  { kind: 'file' },
  ...AUDIO_FORMATS.map((format) => ({ kind: 'audio', format }) as const),
  ...HEIGHTS.map((height) => ({ kind: 'video', height }) as const),
  ...HEIGHTS.map((height) => ({ kind: 'parts', height }) as const),
  ...['fa', 'en', 'en-US', 'zh-Hans', 'pt-BR'].map(
    (language) => ({ kind: 'subtitles', language }) as const,
  ),
];

describe('choices', () => {
  test.each(CHOICES)('%j survives its spelling', (choice) => {
    expect(parseChoice(formatChoice(choice))).toEqual(choice);
  });

  test('no two choices share a spelling, and each fits button data', () => {
    const spelt = CHOICES.map(formatChoice);
    expect(new Set(spelt).size).toBe(CHOICES.length);
    expect(Math.max(...spelt.map((text) => text.length))).toBeLessThanOrEqual(22);
  });

  test.each([
    '',
    'AUTO',
    'auto ',
    'v',
    'v0720',
    'v-1',
    'v1.5',
    'v123456',
    'p',
    'px',
    's.',
    's.a b',
    `s.${'a'.repeat(21)}`,
    's.fa\n',
    'flac',
    'm4a;',
    '__proto__',
    'v٧٢٠',
  ])('%j is refused', (text) => {
    expect(parseChoice(text)).toBeUndefined();
  });
});
