import { afterEach, describe, expect, it } from 'vitest';
import { cookiesSource } from '../../../node/cookies/health.ts';
import { type Check, inWords } from '../../../node/health/check.ts';
import { webhookCheck } from '../../../node/health/telegram-checks.ts';
import { engineCheck, galleryCheck, jsCheck } from '../../../node/health/tool-checks.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import { startWatch } from '../../support/operations.ts';

/** What stands outside of isolates is the sentence itself. */
const sentence = (text: string) => text.replace(/[\u2066-\u2068][^\u2066-\u2069]*\u2069/g, '');
const persian = (check: Check) => inWords(check, textsFor('fa').admin.health.details);

describe('/health in a chat', () => {
  let close = async () => {};
  afterEach(() => close());

  it('says every check in Persian, with no path of the machine', async () => {
    const watch = await startWatch({
      engine: { why: 'warm, with /usr/bin/python3', warm: { serverPid: 1, restarts: 2, forks: 0 } },
      more: { sources: [cookiesSource({ list: async () => [] })] },
    });
    close = watch.close;
    const { checks } = await watch.operations.health();
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['cpu', 'engine', 'cookies']),
    );
    for (const check of checks) {
      expect(check.say, check.name).toBeDefined();
      expect(sentence(persian(check)), check.name).not.toMatch(/[A-Za-z]/);
      expect(persian(check), check.name).not.toMatch(/\//);
    }
  });

  it.each<[string, Check]>([
    [
      'a webhook elsewhere',
      webhookCheck(
        { url: 'https://other.example/x', pending_update_count: 0 },
        'https://a.example',
        0,
      ),
    ],
    [
      'a runtime',
      jsCheck({
        flags: ['--no-js-runtimes', '--js-runtimes', 'deno:/opt/deno'],
        reason: 'deno at /opt/deno',
      }),
    ],
    [
      'an engine',
      engineCheck({
        why: 'spawn, because /usr/bin/python3 did not run',
        warm: false,
        alive: true,
        restarts: 0,
      }),
    ],
    ['no gallery-dl', galleryCheck(undefined, 'python3')],
  ])('keeps paths and addresses out of the words about %s', (_, check) => {
    expect(persian(check)).not.toMatch(/\//);
    expect(inWords(check, textsFor('en').admin.health.details)).not.toMatch(/\//);
  });

  it('has words for a check that failed itself', () => {
    expect(persian({ name: 'disk', state: 'bad', detail: 'ENOENT: /secret' })).toBe(
      'بررسی‌اش ممکن نشد',
    );
  });
});
