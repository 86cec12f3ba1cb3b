import { describe, expect, it } from 'vitest';
import { createLog, redact, redactor } from '../../node/log.ts';

describe('what a log line loses', () => {
  it.each([
    ['https://me:pw@site.example/a', 'https://***@site.example/a'],
    ['https://ghp_token@site.example/a', 'https://***@site.example/a'],
    ['x https://a.example/b?sig=s3cret&v=abc y', 'x https://a.example/b?sig=***&v=abc y'],
    ['{"u":"http://a.example/?token=s\\n"}', '{"u":"http://a.example/?token=***\\n"}'],
    ['[generic] v?token=s3cret: failed', '[generic] v?token=*** failed'],
    ['https://a.example/cb#access_token=s', 'https://a.example/cb#***'],
    ['https://a.example/?x=1#k', 'https://a.example/?x=***#***'],
    [
      'at https://api.telegram.org/bot123456:AAbbCCddEEffGGhhIIjjKK/x',
      'at https://api.telegram.org/bot123456:***/x',
    ],
  ])('%s', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it.each([
    'https://medium.com/@someone/a-story',
    'https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL1',
    'mail me@site.example about it?',
    'https://site.example/a#',
  ])('leaves %s as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('loses an operator’s own secrets wherever they stand', () => {
    expect(redactor(['s3cret-of-the-edge'])('key s3cret-of-the-edge!')).toBe('key ***!');
  });

  it('shows a title’s control characters instead of obeying them', () => {
    const lines: string[] = [];
    const to = { write: (line: string) => void lines.push(line) };
    const log = createLog({ level: 'info', format: 'json', to });
    const title = '\u001b[2J\u009b31m \u202egpj.exe گربه‌ای \u2066';
    log.info({ title, err: new Error(title) }, 'job ended');
    const said = lines.join('');
    expect(said.trimEnd()).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
    expect(JSON.parse(said).title).toBe('\u001b[2J\\u009b31m \\u202egpj.exe گربه‌ای \\u2066');
  });
});
