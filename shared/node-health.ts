/**
 * What a node tells about itself at `GET /healthz`, for whoever hands work out: the edge, a load
 * balancer, another node. Every part of it may be missing: the node is then older than the
 * reader, and the reader assumes what does no harm.
 */
import * as v from 'valibot';

const count = (missing: number) => v.optional(v.pipe(v.number(), v.minValue(0)), missing);

export const NodeHealth = v.object({
  /**
   * The store behind the node. Nodes with the same one share what they have seen, so an update
   * that reached one of them is recognised by all; without one the node stands alone.
   */
  cluster: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(128))),
  /** It finishes what it has and takes nothing new. */
  draining: v.optional(v.boolean(), false),
  /** Downloads that could begin at once. */
  free: count(1),
  /** Jobs that wait for a place. */
  queued: count(0),
  /** The release it runs. */
  version: v.optional(v.string()),
});
export type NodeHealth = v.InferOutput<typeof NodeHealth>;
