import { describe, expect, it } from 'vitest';
import { displayName } from '../../../node/media/display-name.ts';

describe('displayName', () => {
  it.each([
    ['A title', 'A title.mp4'],
    ['already.mp4', 'already.mp4'],
    ['../../etc/passwd', 'etc passwd.mp4'],
    ['a\\b:c*d?"e"<f>|g', 'a b c d e f g.mp4'],
    ['line\r\nbreak\u0000', 'line break.mp4'],
    ['evil\u202e4pm.exe', 'evil 4pm.exe.mp4'],
    ['می‌خواهم', 'می‌خواهم.mp4'],
    ['\ud83d', 'file.mp4'],
    ['...', 'file.mp4'],
    ['', 'file.mp4'],
    [undefined, 'file.mp4'],
  ])('%j becomes %j', (title, expected) => {
    expect(displayName(title, 'mp4')).toBe(expected);
  });

  it.each(['x'.repeat(500), 'س'.repeat(500), '👨‍👩‍👧‍👦'.repeat(80)])(
    'cuts long titles between letters',
    (title) => {
      const name = displayName(title, 'mp4');
      expect([...name].length).toBeLessThanOrEqual(60);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
      expect(title.startsWith(name.slice(0, -4))).toBe(true);
      expect(name).not.toContain('\ufffd');
      expect(name.slice(0, -4)).not.toMatch(/\u200d$/);
    },
  );

  it('never lets an ending carry anything but letters', () => {
    expect(displayName('a', '../x')).toBe('a.x');
    expect(displayName('a', '')).toBe('a.bin');
  });
});
