/** When the last backup was made: here, or on whichever of several nodes had its turn. */
import * as v from 'valibot';
import { newestBackup } from '../health/data-checks.ts';
import type { State } from '../store/state.ts';

export interface LastBackup {
  /** ms since the epoch; undefined when there is none. */
  at(): Promise<number | undefined>;
  made(at: number): Promise<void>;
}

/** @param state where the nodes tell each other; absent on a node of its own */
export function lastBackup(dir: string, state?: State): LastBackup {
  return {
    async at() {
      const here = (await newestBackup(dir))?.at;
      const anywhere = await state?.get('backup', 'last', v.number());
      return anywhere === undefined ? here : Math.max(anywhere, here ?? 0);
    },
    async made(at) {
      await state?.set('backup', 'last', at, at);
    },
  };
}
