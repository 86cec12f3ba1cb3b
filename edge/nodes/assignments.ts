/**
 * Which node an update was given to. Kept where nodes do not share what they have seen: there
 * an update whose answer was lost may be with that node and must go to no other, not even when
 * Telegram sends it again to another instance of the edge.
 */

export interface Giving {
  updateId: number;
  /** The URL of the node that is about to be asked. */
  node: string;
  /** The nodes there are; what was given to one that is no longer among them is free again. */
  among: readonly string[];
  /** ms since the epoch. */
  now: number;
}

export interface Given {
  /** The node that has it or may have it; the only one to be asked. */
  node: string;
  /** Nobody gave it to that node before, so that a refusal is the whole story. */
  first: boolean;
}

export interface Assignments {
  /** Notes the node before it is asked; one noted earlier stays. */
  give(giving: Giving): Promise<Given>;
  /** After a certain refusal. False when somebody else gave it there meanwhile: then it stays. */
  takeBack(updateId: number, node: string): Promise<boolean>;
}

/** Telegram sends an update again for a day at most. */
export const KEPT_MS = 25 * 3_600_000;
