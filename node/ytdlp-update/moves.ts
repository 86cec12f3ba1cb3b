/** From one version to another: what is then written down for this node and for all. */
import type { ChosenEngine } from '../engine/create-engine.ts';
import type { YtdlpInstall } from '../engine/engine.ts';
import type { InUse } from './in-use.ts';
import type { UpdaterParts } from './parts.ts';
import type { Records, Refusal } from './records.ts';
import type { Search } from './search.ts';
import { baselineOf } from './trial.ts';

export interface MovesParts extends Pick<UpdaterParts, 'records' | 'endedSince' | 'now'> {
  inUse: Pick<InUse, 'install' | 'take' | 'reach'>;
  search: Pick<Search, 'forget'>;
}

export interface Moved {
  from: string;
  to: string;
}

export interface Moves {
  /** In use from now on, and on trial. */
  forward(found: YtdlpInstall, engine: ChosenEngine): Promise<void>;
  /** Undefined when the one before can no longer be had. */
  back(why: Extract<Refusal, 'watch' | 'hand'>): Promise<Moved | undefined>;
  /** What stood before the one in use: for all nodes, where they agree on it. */
  before(): Promise<string | undefined>;
}

/** Jobs of so long before a switch tell how well the version before it did, ms. */
const BASELINE_MS = 24 * 3_600_000;

export function createMoves(parts: MovesParts): Moves {
  const { records, inUse, search, endedSince, now } = parts;

  async function before(): Promise<string | undefined> {
    const [wanted, { previous }] = await Promise.all([records.wanted(), records.own()]);
    return wanted?.version === inUse.install.version ? wanted.from : previous?.version;
  }

  return {
    before,
    async forward(found, engine) {
      const since = now();
      const rate = baselineOf(await endedSince(since - BASELINE_MS));
      const { version: from } = inUse.install;
      const { version } = found;
      await inUse.take(found, engine);
      search.forget();
      await accept(records, version);
      await records.setWatch({ version, since, before: rate });
      // Last, because it is what the other nodes wait for.
      await records.setWanted({ version, from });
    },
    async back(why) {
      const { version: from } = inUse.install;
      const to = await before();
      if (!to || !(await inUse.reach(to))) return undefined;
      search.forget();
      await refuse(records, from, why);
      await accept(records, to);
      await records.setWatch(undefined);
      await records.setWanted({ version: to, from });
      return { from, to };
    },
  };
}

type VerdictRecords = Pick<Records, 'verdicts' | 'changeVerdicts'>;

export async function refuse(records: VerdictRecords, version: string, why: Refusal) {
  const { refused } = await records.verdicts();
  await records.changeVerdicts({ refused: { ...refused, [version]: why } });
}

async function accept(records: VerdictRecords, version: string) {
  const { [version]: _, ...refused } = (await records.verdicts()).refused;
  await records.changeVerdicts({ refused });
}
