/** Accounts a site did not take: every node leaves them alone for a while, also after a restart. */
import * as v from 'valibot';
import type { Log } from '../log.ts';
import type { State } from '../store/state.ts';

export interface Rests {
  /** ms since the epoch; undefined when the account may be used. */
  until(key: string): number | undefined;
  begin(key: string): Promise<void>;
  end(key: string): Promise<void>;
  /** Reads what other nodes wrote. */
  reload(): Promise<void>;
}

export interface RestsParts {
  /** Absent, they are forgotten with the process. */
  state?: State | undefined;
  log: Log;
  now(): number;
}

/** Where the nodes of a database find them. */
export const RESTS = 'cookie_rests';
/** After a login failure an account is left alone this long, ms. */
const REST_MS = 60 * 60_000;

export async function openRests({ state, log, now }: RestsParts): Promise<Rests> {
  let resting = new Map<string, number>();
  async function reload(): Promise<void> {
    if (state) resting = new Map(await state.all(RESTS, v.number()));
  }
  await reload();
  return {
    until(key) {
      const until = resting.get(key) ?? 0;
      return until > now() ? until : undefined;
    },
    async begin(key) {
      const until = now() + REST_MS;
      resting.set(key, until);
      // The job that found out goes on to its own end, with or without a database.
      await state
        ?.set(RESTS, key, until, now())
        .catch((err) => log.warn({ key, err }, 'that an account rests was not written down'));
    },
    async end(key) {
      resting.delete(key);
      await state?.remove(RESTS, key);
    },
    reload,
  };
}
