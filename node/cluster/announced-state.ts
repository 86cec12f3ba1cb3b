/** State that others keep in memory: they are told of every change, after it was written. */
import type { State } from '../store/state.ts';
import type { Cluster } from './cluster.ts';

export function announcedState(state: State, cluster: Pick<Cluster, 'shared' | 'publish'>): State {
  if (!cluster.shared) return state;
  return {
    ...state,
    async set(space, name, value, now) {
      await state.set(space, name, value, now);
      await cluster.publish({ kind: 'state', space, name });
    },
    async remove(space, name) {
      await state.remove(space, name);
      await cluster.publish({ kind: 'state', space, name });
    },
  };
}
