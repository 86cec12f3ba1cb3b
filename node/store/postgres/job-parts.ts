/** What the jobs of a node need of PostgreSQL. */
import type { JobRow } from '../schema.ts';
import type { Engine } from './engine.ts';
import type { OpenedPostgres } from './open.ts';

export interface PgJobParts {
  opened: Pick<OpenedPostgres, 'db' | 'pool' | 'quick' | 'quickPool'>;
  engine: Engine;
  /** This node, the same over its restarts. */
  nodeId: string;
  /** This start of it. */
  bootId: string;
  /** Told of every job that ended by a write of this node, after its commit. */
  onEnded?: ((job: JobRow) => void) | undefined;
}
