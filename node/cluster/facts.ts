/** What each node tells the others about itself, and admins read at `/nodes`. */
import * as v from 'valibot';

const amount = v.optional(v.pipe(v.number(), v.minValue(0)), 0);
const words = v.optional(v.string());
const percent = v.optional(v.number());

/** Every part may be missing: the other node may run another release. */
export const NodeFacts = v.object({
  version: words,
  /** `warm` or `spawn`. */
  engine: words,
  ytdlp: words,
  /** How many downloads may run at once. */
  places: amount,
  running: amount,
  /** The running jobs, as far as the waiting line reckons with them. */
  busy: v.optional(v.array(v.object({ site: v.string(), startedAt: v.number() })), []),
  cpu: percent,
  memory: percent,
  /** Bytes of the disk the data folder stands on. */
  diskFree: v.optional(v.number()),
  diskTotal: v.optional(v.number()),
  /** Names of the checks that are not well. */
  trouble: v.optional(v.array(v.string()), []),
});
export type NodeFacts = v.InferOutput<typeof NodeFacts>;

export const NO_FACTS: NodeFacts = v.parse(NodeFacts, {});

/** Never throws: a row that cannot be read is a node nothing is known of. */
export function readFacts(text: string): NodeFacts {
  try {
    const parsed = v.safeParse(NodeFacts, JSON.parse(text));
    return parsed.success ? parsed.output : NO_FACTS;
  } catch {
    // Cut off or not JSON at all.
    return NO_FACTS;
  }
}
