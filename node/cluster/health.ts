/** All nodes in one line of `/health`. */
import { found, type HealthSource } from '../health/check.ts';
import type { Cluster, NodeView } from './cluster.ts';

export const nodesSource = (cluster: Pick<Cluster, 'nodes'>): HealthSource => ({
  name: 'nodes',
  async check() {
    const nodes = await cluster.nodes();
    const alive = nodes.filter((node) => node.alive);
    const said = {
      alive: alive.length,
      draining: names(alive.filter((node) => node.draining)),
      gone: names(nodes.filter((node) => !node.alive)),
      worried: names(alive.filter(({ here, facts }) => !here && facts.trouble.length > 0)),
    };
    const listed = (what: string, some: readonly string[]) =>
      some.length > 0 && `${what}: ${some.join(', ')}`;
    const detail = [
      `${said.alive} alive`,
      listed('draining', said.draining),
      listed('gone', said.gone),
      listed('not well', said.worried),
    ];
    return found(
      {
        name: 'nodes',
        state: said.gone.length + said.worried.length > 0 ? 'warn' : 'ok',
        detail: detail.filter(Boolean).join('; '),
        say: (words) => words.nodes(said),
        facts: { alive: said.alive, gone: said.gone.length, draining: said.draining.length },
      },
      'see /nodes and the log of that node',
    );
  },
});

const names = (nodes: readonly NodeView[]) => nodes.map(({ id }) => id);
