/** 100,000 bent updates: `npx tsx scripts/reliability/fuzz.ts [SEED]`. */
import { fuzz } from '../../tests/support/fuzz/run.ts';

async function main(): Promise<void> {
  const seed = Number(process.argv[2] ?? 20_261_123);
  const { thrown, ...report } = await fuzz(100_000, seed);
  console.log({ seed, ...report, thrown: thrown.length });
  for (const line of thrown.slice(0, 10)) console.log(line);
  if (thrown.length > 0 || report.statuses[200] !== report.updates) process.exitCode = 1;
}

await main();
