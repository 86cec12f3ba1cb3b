/** Several nodes of one real PostgreSQL in one process, with short leases. */
import pino from 'pino';
import type { Cluster } from '../../node/cluster/cluster.ts';
import { postgresCluster } from '../../node/cluster/postgres/cluster.ts';
import { type OpenedPostgres, openPostgres } from '../../node/store/postgres/open.ts';

export const PG_MIGRATIONS = new URL('../../drizzle/postgres', import.meta.url).pathname;
export const quiet = pino({ level: 'silent' });

/** ms; long enough that a busy machine keeps a heartbeat. */
const SHORT = { beat: 60, lease: 800, alive: 800, poll: 60_000 };

export interface TestNode extends OpenedPostgres {
  cluster: Cluster;
  /** Stops without a word, as a kill would. */
  die(): Promise<void>;
}

let boots = 0;

export async function startNode(
  url: string,
  nodeId: string,
  times: Partial<typeof SHORT> = {},
): Promise<TestNode> {
  const opened = await openPostgres({ url, migrationsDir: PG_MIGRATIONS, onError: () => {} });
  const cluster = await postgresCluster({
    ...{ db: opened.db, url, nodeId, bootId: `${nodeId}-boot-${++boots}`, log: quiet },
    times: { ...SHORT, ...times },
  });
  return {
    ...opened,
    cluster,
    // Without its connections nothing of it reaches the database any more.
    die: () => opened.close(),
  };
}

/** Asked until it is so: what nodes tell each other arrives when it arrives. */
export async function eventually(what: () => boolean | Promise<boolean>): Promise<void> {
  const until = Date.now() + 20_000;
  while (!(await what())) {
    if (Date.now() > until) throw new Error(`it never became so: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
