/** All nodes in one line of `/health`. */
import { found, type HealthSource } from '../health/check.ts';
import type { Cluster, NodeView } from './cluster.ts';

export const nodesSource = (cluster: Pick<Cluster, 'nodes'>): HealthSource => ({
  name: 'nodes',
  async check() {
    const nodes = await cluster.nodes();
    const alive = nodes.filter((node) => node.alive);
    const gone = nodes.filter((node) => !node.alive);
    const draining = alive.filter((node) => node.draining);
    const worried = alive.filter(({ here, facts }) => !here && facts.trouble.length > 0);
    const parts = [
      `${alive.length} alive`,
      draining.length > 0 && `draining: ${names(draining)}`,
      gone.length > 0 && `gone: ${names(gone)}`,
      ...worried.map(({ id, facts }) => `${id}: ${facts.trouble.join(', ')}`),
    ];
    const facts = { alive: alive.length, gone: gone.length, draining: draining.length };
    const state = gone.length + worried.length > 0 ? 'warn' : 'ok';
    const detail = parts.filter(Boolean).join('; ');
    return found({ name: 'nodes', state, detail, facts }, 'see /nodes and the log of that node');
  },
});

const names = (nodes: readonly NodeView[]) => nodes.map(({ id }) => id).join(', ');
