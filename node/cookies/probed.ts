/** What probes found of accounts: kept until one has other cookies, over a restart, for all nodes. */
import * as v from 'valibot';
import type { State } from '../store/state.ts';

const Probed = v.object({
  /** ms since the epoch. */
  at: v.number(),
  alive: v.boolean(),
});
export type Probed = v.InferOutput<typeof Probed>;

export interface ProbedAccounts {
  of(key: string): Probed | undefined;
  keep(key: string, alive: boolean): Promise<void>;
  /** The account has other cookies, or none. */
  forget(key: string): Promise<void>;
  /** Another node forgot it. */
  drop(key: string): void;
  /** Reads what other nodes wrote. */
  reload(): Promise<void>;
}

export interface ProbedParts {
  /** Absent, it is forgotten with the process. */
  state?: State | undefined;
  now(): number;
}

/** Where the nodes of a database find it. */
export const PROBES = 'cookie_probes';

export async function openProbed({ state, now }: ProbedParts): Promise<ProbedAccounts> {
  const known = new Map<string, Probed>();
  async function reload(): Promise<void> {
    for (const [key, probed] of (await state?.all(PROBES, Probed)) ?? []) known.set(key, probed);
  }
  await reload();
  return {
    of: (key) => known.get(key),
    async keep(key, alive) {
      const probed = { at: now(), alive };
      known.set(key, probed);
      await state?.set(PROBES, key, probed, now());
    },
    async forget(key) {
      known.delete(key);
      await state?.remove(PROBES, key);
    },
    drop: (key) => void known.delete(key),
    reload,
  };
}
