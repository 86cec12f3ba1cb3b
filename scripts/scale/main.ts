/**
 * The figures of docs/scale.md that take longer than `npm test` may:
 *
 *   npx tsx scripts/scale/main.ts throughput [1 2 4]
 *   npx tsx scripts/scale/main.ts kill|pause|database|upgrade [JOBS] [SECONDS] [SEED]
 *   npx tsx scripts/scale/main.ts campaign [UPDATES] [SECONDS] [SEED]
 *
 * Needs a build (`npm run build`) and Debian's PostgreSQL. Prints one JSON line a run and keeps the
 * figures in docs/scale.json, from which `npm run docs` makes the tables; exit code 1 when
 * something was lost or shown twice.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { campaign } from './campaign.ts';
import { type Fault, faults } from './faults.ts';
import type { Measured } from './tables.ts';
import { throughput } from './throughput.ts';

const [what = 'throughput', ...args] = process.argv.slice(2);
const numbers = args.map(Number);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

const FIGURES = new URL('../../docs/scale.json', import.meta.url);

function keep(part: Measured): void {
  const known = JSON.parse(readFileSync(FIGURES, 'utf8')) as Measured;
  writeFileSync(FIGURES, `${JSON.stringify({ ...known, ...part }, null, 2)}\n`);
}

async function faultRun(fault: Fault): Promise<boolean> {
  const [jobs = 1000, seconds = 300, seed = 20_260_701] = numbers;
  const figures = await faults({ fault, jobs, seconds, seed });
  say(figures);
  keep({ [fault]: figures });
  return figures.lost + figures.twice === 0;
}

async function throughputs(): Promise<boolean> {
  const rows = [];
  for (const nodes of numbers.length > 0 ? numbers : [1, 2, 4]) {
    const row = await throughput(nodes);
    say(row);
    rows.push(row);
  }
  keep({ throughput: rows });
  return true;
}

async function campaignRun(): Promise<boolean> {
  const [updates = 12_000, seconds = 300, seed = 20_260_702] = numbers;
  const figures = await campaign({ updates, seconds, seed });
  say(figures);
  keep({ campaign: figures });
  return figures.lost + figures.twice === 0;
}

const runs: Record<string, () => Promise<boolean>> = {
  throughput: throughputs,
  kill: () => faultRun('kill'),
  pause: () => faultRun('pause'),
  database: () => faultRun('database'),
  upgrade: () => faultRun('upgrade'),
  campaign: campaignRun,
};
const run = runs[what];
if (!run) {
  console.error(`unknown: ${what}; there are ${Object.keys(runs).join(', ')}`);
  process.exit(2);
}
process.exitCode = (await run()) ? 0 : 1;
