/** Of several nodes one at a time tries whether a paused site works again. */
import type { Cluster } from '../cluster/cluster.ts';
import type { Log } from '../log.ts';

export interface ProbeTurns {
  /** Whether this node may try the site; asks for the turn when it has none. */
  may(site: string): boolean;
  /** The site's probe goes out from here: the turn is kept until it is over. */
  begun(site: string): void;
  /** The site is open or closed again. */
  over(site: string): void;
}

export interface ProbeTurnsParts {
  cluster: Pick<Cluster, 'shared' | 'holds' | 'once' | 'release'>;
  /** This node got a turn. */
  wake(): void;
  log: Log;
  /** ms a turn lasts in which no job of the site comes along, and until the next try. */
  unusedMs?: number;
}

export const EVERY_TURN: ProbeTurns = { may: () => true, begun() {}, over() {} };

export function probeTurns(parts: ProbeTurnsParts): ProbeTurns {
  const { cluster, wake, log, unusedMs = 10_000 } = parts;
  if (!cluster.shared) return EVERY_TURN;
  /** Sites that were asked for and not yet answered, or rest after a turn. */
  const resting = new Map<string, NodeJS.Timeout>();
  const unused = new Map<string, NodeJS.Timeout>();
  const nameOf = (site: string) => `probe:${site}`;
  const failed = (err: unknown) => log.warn({ err }, 'the turn to try a site was not settled');

  function rest(site: string): void {
    clearTimeout(resting.get(site));
    const end = () => {
      resting.delete(site);
      wake();
    };
    resting.set(site, setTimeout(end, unusedMs).unref());
  }

  function giveUp(site: string): void {
    clearTimeout(unused.get(site));
    unused.delete(site);
    cluster.release(nameOf(site)).catch(failed);
  }

  async function ask(site: string): Promise<void> {
    if (!(await cluster.once(nameOf(site)))) return;
    const nothingCame = () => {
      giveUp(site);
      rest(site);
    };
    unused.set(site, setTimeout(nothingCame, unusedMs).unref());
    wake();
  }

  return {
    may(site) {
      if (cluster.holds(nameOf(site))) return true;
      if (!resting.has(site)) {
        rest(site);
        ask(site).catch(failed);
      }
      return false;
    },
    begun(site) {
      clearTimeout(unused.get(site));
      unused.delete(site);
    },
    over(site) {
      clearTimeout(resting.get(site));
      resting.delete(site);
      if (unused.has(site) || cluster.holds(nameOf(site))) giveUp(site);
    },
  };
}
