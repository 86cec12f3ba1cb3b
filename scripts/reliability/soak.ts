/**
 * All faults mixed at random while people send links:
 *
 *   npx tsx scripts/reliability/soak.ts [20m | 90s] [SEED]
 *
 * Needs a build. Without the right to mount a small disk, that fault does nothing. Exit code 1
 * unless everything that was accepted came to exactly one end and nothing was left behind.
 */
import { randomInt } from 'node:crypto';
import { isSound, soak } from '../../tests/support/soak.ts';

const [length = '20m', seed = String(randomInt(1_000_000_000))] = process.argv.slice(2);
const [, number, unit] = /^(\d+)(s|m)$/.exec(length) ?? [];
if (!number) throw new Error(`how long? e.g. 20m or 90s, not "${length}"`);
const ms = Number(number) * (unit === 'm' ? 60_000 : 1000);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

say({ seed: Number(seed), ms });
const figures = await soak({ seed: Number(seed), ms, drainMs: 600_000, say });
say(figures);
process.exitCode = isSound(figures) ? 0 : 1;
