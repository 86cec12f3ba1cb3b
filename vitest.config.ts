import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Minutes of waiting: started last, they would be waited for alone. */
const LONG =
  /e2e\/(soak|memory|secrets|admin|delivery|kill-points|nodes|page|full-disk|ytdlp-update|shutdown|modes)\.test\.ts$/;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) =>
      /soak/.test(moduleId) ? 2 : LONG.test(moduleId) ? 1 : 0;
    return sorted.sort((a, b) => rank(b) - rank(a));
  }
}

/**
 * A Durable Object waits for the disk after every call. workerd keeps its objects in the temporary
 * folder of this process, so that one is in memory where it can be; tests have the usual one.
 */
const env = { TMPDIR: tmpdir() };
if (existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';

export default defineConfig({
  test: {
    // Two cores: more files at once only make each of them slower.
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: 'node',
          include: ['tests/{shared,node,scripts}/**/*.test.ts'],
          globalSetup: ['tests/support/global-setup.ts'],
          pool: 'forks',
          env,
          // A slow moment of a shared machine is not a defect; what fails twice is.
          retry: 1,
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            // Fixed here, so that a developer's `.dev.vars` cannot change what is tested.
            miniflare: {
              bindings: {
                NODE_URL: 'http://node.test/base/',
                WEBHOOK_SECRET: 'webhook-secret-of-the-tests',
                NODE_SECRET: 'node-secret-of-the-tests-0123456789',
                ADMIN_IDS: '900, 901',
                RATE_LIMIT_GLOBAL_PER_MIN: '25',
                RATE_LIMIT_USER_PER_MIN: '10',
              },
            },
          }),
        ],
        test: { name: 'edge', include: ['tests/edge/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['tests/support/global-setup.ts'],
          pool: 'forks',
          env,
          // Each file starts the whole bot, ffmpeg and sometimes a browser: most of its time waits.
          maxWorkers: 6,
          // After the quick ones, with a number of workers of its own.
          sequence: { groupOrder: 1 },
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
