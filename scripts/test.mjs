/**
 * `npm test`: lint, types, build and every test. Each of the first three counts as one check;
 * the last line is always `N passed, N failed`. Arguments narrow vitest down.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIfStale } from './build.mjs';
import { countReport, lastLine } from './decisions.mjs';
import { at, main, Plain, readJson, run, say } from './lib.mjs';
import { startSetup } from './setup.mjs';
import { ensureTestPackages } from './test-packages.mjs';

const bin = (name) => at('node_modules', '.bin', name);

/** Runs one check and says how it went; a thrown error is a failed check, not the end. */
async function check(name, body) {
  try {
    const ok = await body();
    say(`${name}: ${ok ? 'ok' : 'failed'}`);
    return ok;
  } catch (error) {
    console.error(error instanceof Plain ? `postchi: ${error.message}` : error);
    say(`${name}: failed`);
    return false;
  }
}

async function build() {
  await buildIfStale();
  return true;
}

function vitest(args, env) {
  const folder = mkdtempSync(join(tmpdir(), 'postchi-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = run(bin('vitest'), ['run', ...reporters, ...args], env);
    return countReport(readJson(file), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main(async () => {
  // A fresh clone compiles for a minute on one core: what needs no binary is done beside it.
  const native = startSetup();
  native.catch(() => {
    // It is told where it is waited for.
  });
  const chromium = ensureTestPackages();
  const checks = [
    chromium !== undefined,
    await check('lint', () => run(bin('biome'), ['check', '.']) === 0),
    await check('types', () => run(bin('tsc'), ['--noEmit']) === 0),
    await check('build', build),
  ];
  await native;
  // The browser counts only when it is missing: finding it proves nothing about Postchi.
  const counted = chromium === undefined ? checks : checks.slice(1);
  const env = { WRANGLER_SEND_METRICS: 'false', ...(chromium && { CHROMIUM_PATH: chromium }) };
  const tests = vitest(process.argv.slice(2), env);
  const total = {
    passed: tests.passed + counted.filter(Boolean).length,
    failed: tests.failed + counted.filter((ok) => !ok).length,
    skipped: tests.skipped,
  };
  process.exitCode = total.failed > 0 ? 1 : 0;
  console.log(lastLine(total));
});
