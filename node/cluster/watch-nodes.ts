/** Tells admins when a node is gone without a word, and when it is back. */
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import type { AdminTexts } from '../../shared/texts/catalogue/admin.ts';
import type { State } from '../store/state.ts';
import type { Cluster, Duty } from './cluster.ts';

export interface WatchNodesParts {
  cluster: Pick<Cluster, 'nodes'>;
  state: State;
  tell(words: (texts: AdminTexts) => string): Promise<void>;
  now(): number;
  everyMs?: number;
}

/** What was told is kept: another node may be the one that tells of the end. */
const SPACE = 'gone';

/** One look; a node that left as it should has no row any more and is no news. */
export async function lookAtNodes(parts: WatchNodesParts): Promise<void> {
  const { cluster, state, tell, now } = parts;
  const told = await state.all(SPACE, v.boolean());
  const nodes = await cluster.nodes();
  const left = nodes.filter(({ alive }) => alive).length;
  for (const { id: node, alive, seenAt } of nodes) {
    if (alive === !told.has(node)) continue;
    // Written first: told twice is worse than told by the row alone.
    if (alive) await state.remove(SPACE, node);
    else await state.set(SPACE, node, true, now());
    await tell(({ alerts }) =>
      alive ? alerts.nodeBack({ node }) : alerts.nodeGone({ node, seenAt, left }),
    );
  }
  const known = new Set(nodes.map(({ id }) => id));
  for (const node of told.keys()) if (!known.has(node)) await state.remove(SPACE, node);
}

/** A duty of one node. */
export function watchingNodes(parts: WatchNodesParts): Duty {
  return async (signal) => {
    while (!signal.aborted) {
      await lookAtNodes(parts);
      await delay(parts.everyMs ?? 5_000, undefined, { signal, ref: false }).catch(() => {
        // Another node watches from now on, or this one ends.
      });
    }
  };
}
