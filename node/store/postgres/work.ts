/** Jobs and menus on PostgreSQL with the queue engine under them, as a node opens them. */
import type { Log } from '../../log.ts';
import type { Jobs } from '../jobs.ts';
import type { Menus } from '../menus.ts';
import type { JobRow } from '../schema.ts';
import { type EngineOptions, startEngine } from './engine.ts';
import { pgJobStore } from './job-store.ts';
import { pgMenuStore } from './menus.ts';
import type { OpenedPostgres } from './open.ts';

export interface PgWork {
  jobs: Jobs;
  menus: Menus;
  close(): Promise<void>;
}

export interface PgWorkOptions extends Pick<EngineOptions, 'lookEveryS'> {
  opened: OpenedPostgres;
  /** This node, the same over its restarts. */
  nodeId: string;
  /** This start of it. */
  bootId: string;
  log: Pick<Log, 'info' | 'warn'>;
  onEnded?: ((job: JobRow) => void) | undefined;
  now?: () => number;
}

/** @throws pg's errors when the engine's tables cannot be made or read */
export async function openPgWork(options: PgWorkOptions): Promise<PgWork> {
  const { opened, nodeId, bootId, log, onEnded, lookEveryS, now = Date.now } = options;
  const engine = await startEngine({ quickPool: opened.quickPool, log, lookEveryS });
  const parts = { opened, engine, nodeId, bootId, onEnded };
  const jobs = pgJobStore(parts);
  let sweeping: Promise<void> = Promise.resolve();
  engine.onLooked(() => {
    sweeping = sweeping
      .then(() => jobs.sweep(now()))
      .then(({ requeued, dead, uncertain }) => {
        const [again, up, asked] = [requeued.length, dead.length, uncertain.length];
        if (again + up + asked === 0) return;
        log.warn(
          { requeued: again, dead: up, uncertain: asked },
          'jobs whose leases ran out were taken back',
        );
      })
      .catch((err) => log.warn({ err }, 'jobs whose leases ran out wait for the next look'));
  });
  return {
    jobs,
    menus: pgMenuStore(parts),
    async close() {
      await engine.close();
      await sweeping;
    },
  };
}
