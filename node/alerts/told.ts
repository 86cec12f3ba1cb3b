/** Which alerts stand: a restart in the middle of a worry must not tell of it again. */
import * as v from 'valibot';
import type { State } from '../store/state.ts';

export interface Told {
  /** The names of those that were told and are not over. */
  all(): Promise<ReadonlySet<string>>;
  set(name: string, on: boolean): Promise<void>;
}

const SPACE = 'alerts';

export const toldAlerts = (state: State, now: () => number): Told => ({
  all: async () => new Set((await state.all(SPACE, v.boolean())).keys()),
  async set(name, on) {
    if (on) await state.set(SPACE, name, true, now());
    else await state.remove(SPACE, name);
  },
});
