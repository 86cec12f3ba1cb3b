/**
 * The nodes that share one database: who lives, who does what has to happen once, and what they
 * call out to each other. A node on its own SQLite is a cluster of one, see `alone.ts`.
 */
import type { NodeFacts } from './facts.ts';
import type { Handler, Message, MessageKind } from './messages.ts';

export interface NodeView {
  /** Stable over restarts. */
  id: string;
  /** New at every start. */
  bootId: string;
  /** ms since the epoch by the database's clock, as `seenAt`. */
  startedAt: number;
  seenAt: number;
  alive: boolean;
  draining: boolean;
  /** It is this node. */
  here: boolean;
  facts: NodeFacts;
}

/** What one node does for all as long as it lives. */
export type Duty = (signal: AbortSignal) => Promise<void>;

export interface Cluster {
  readonly nodeId: string;
  readonly bootId: string;
  /** False for the only node of its database. */
  readonly shared: boolean;
  /**
   * Takes what only one node may do, or keeps it; false while another node has it. Kept by the
   * heartbeat until it is released; when this node dies or is cut off, another gets it within
   * the time of a lease.
   */
  once(name: string): Promise<boolean>;
  /** Whether this node has it for sure at this moment. */
  holds(name: string): boolean;
  release(name: string): Promise<void>;
  /**
   * Does something on one node at a time: runs it when this node gets its turn, and aborts the
   * signal when it loses it or drains. A run that ends by itself gives the turn away.
   */
  duty(name: string, run: Duty): void;
  /** To the other nodes; never throws, who misses it reads the database at `onMissed`. */
  publish(message: Message): Promise<void>;
  on<K extends MessageKind>(kind: K, handler: Handler<K>): void;
  /** Messages may have been missed: time to read anew. Called now and then in any case. */
  onMissed(handler: () => void): void;
  /** Where the facts of this node come from. */
  describe(facts: () => NodeFacts): void;
  /** Every node that was seen in the last week, this one included. */
  nodes(): Promise<NodeView[]>;
  /** The living ones as of the last heartbeat, this one included. */
  living(): readonly NodeView[];
  /** Called after a heartbeat that found another number of living nodes. */
  onCount(handler: (alive: number) => void): void;
  /** This node takes nothing new. */
  readonly draining: boolean;
  /** False when there is no such node. */
  setDraining(nodeId: string, on: boolean): Promise<boolean>;
  /** Told when an admin's wish about this node changed. */
  onDraining(handler: (on: boolean) => void): void;
  /** Ends the duties of this node and takes it off the list. */
  close(): Promise<void>;
}

/** How many nodes share what Telegram allows one bot. */
export const aliveIn = (cluster: Pick<Cluster, 'living'>): number =>
  Math.max(1, cluster.living().length);
