/** `/nodes`: every node of the database, with buttons to drain one before its upgrade. */
import type { Talk } from '../chat/parts.ts';
import type { NodeView } from '../cluster/cluster.ts';
import {
  type AdminCommand,
  type AdminParts,
  type AdminPress,
  answer,
  button,
  pairs,
  replace,
  type Screen,
  wordsOf,
} from './parts.ts';

async function screen({ cluster }: AdminParts, talk: Talk): Promise<Screen> {
  const words = wordsOf(talk).nodes;
  const all = await cluster.nodes();
  const nodes = all.map(({ facts, ...node }) => ({ ...facts, ...node }));
  const text = words.page({ nodes, shared: cluster.shared });
  // The only node is stopped with /maintenance: nobody would take its work.
  if (!cluster.shared) return { text };
  const last = all.filter(takesWork).length <= 1;
  const buttons = all
    .filter(({ alive }) => alive)
    .flatMap(({ id, draining }) => {
      if (draining) return button(words.resume(id), 'undrain', id);
      return last ? [] : button(words.drain(id), 'drain', id);
    });
  return { text, keyboard: pairs(buttons) };
}

export const nodes: AdminCommand = async (parts, talk) => {
  await answer(parts, talk, await screen(parts, talk));
};

const takesWork = ({ alive, draining }: NodeView) => alive && !draining;

/** With the last one drained nobody would be left to hear the press that resumes it. */
async function othersTakeWork(cluster: AdminParts['cluster'], id: string): Promise<boolean> {
  return (await cluster.nodes()).some((node) => node.id !== id && takesWork(node));
}

const draining =
  (on: boolean): AdminPress =>
  async (parts, talk, id, press) => {
    const { cluster, store, now } = parts;
    if (!cluster.shared || (on && !(await othersTakeWork(cluster, id)))) return 'expired';
    if (!(await cluster.setDraining(id, on))) return 'expired';
    const action = on ? 'node_drain' : 'node_resume';
    await store.audit.add({ at: now(), userId: talk.user.id, action, detail: id });
    await replace(parts, talk, press, await screen(parts, talk));
    return 'done';
  };

export const pressDrain = draining(true);
export const pressUndrain = draining(false);
