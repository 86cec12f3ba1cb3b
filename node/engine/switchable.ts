/**
 * An engine that can be exchanged while it works. A run stays where it began: what an old yt-dlp
 * extracted it also downloads, and its server is closed once nothing of it has run for a while.
 */
import { LRUCache } from 'lru-cache';
import type { Log } from '../log.ts';
import type { ChosenEngine } from './create-engine.ts';
import type { Engine, EngineRun } from './engine.ts';

export interface Switchable extends ChosenEngine {
  /** New runs go to `next` from now on; it is closed with the rest. */
  switchTo(next: ChosenEngine): void;
  /** Engines that are not closed yet, the current one included. */
  readonly open: number;
}

/** ms without a run after which an engine that was replaced is closed. */
const LINGER_MS = 2 * 60_000;
/** Jobs between their probe and their download at the same time. */
const MAX_JOBS = 1_000;

interface Slot {
  chosen: ChosenEngine;
  runs: number;
  timer?: NodeJS.Timeout;
}

export function switchable(
  first: ChosenEngine,
  { log, lingerMs = LINGER_MS }: { log: Log; lingerMs?: number },
): Switchable {
  const slots = new Set<Slot>();
  /** By a job's folder: the engine its next run belongs to. */
  const homes = new LRUCache<string, Slot>({ max: MAX_JOBS, ttl: lingerMs });
  let current = open(first);

  function open(chosen: ChosenEngine): Slot {
    const slot: Slot = { chosen, runs: 0 };
    slots.add(slot);
    return slot;
  }

  function homeOf(cwd: string): Slot {
    const home = homes.get(cwd);
    return home && slots.has(home) ? home : current;
  }

  async function run(request: EngineRun) {
    const slot = homeOf(request.cwd);
    slot.runs += 1;
    clearTimeout(slot.timer);
    if (request.keep) homes.set(request.cwd, slot);
    else homes.delete(request.cwd);
    try {
      return await slot.chosen.engine.run(request);
    } finally {
      slot.runs -= 1;
      retire(slot);
    }
  }

  function retire(slot: Slot): void {
    if (slot === current || slot.runs > 0) return;
    slot.timer = setTimeout(() => {
      if (slot === current || slot.runs > 0) return;
      slots.delete(slot);
      slot.chosen.engine.close().catch((err) => log.error({ err }, 'an old engine did not close'));
    }, lingerMs).unref();
  }

  const engine: Engine = {
    get name() {
      return current.chosen.engine.name;
    },
    run,
    async close() {
      for (const { timer } of slots) clearTimeout(timer);
      await Promise.all([...slots].map(({ chosen }) => chosen.engine.close()));
    },
  };
  return {
    engine,
    get why() {
      return current.chosen.why;
    },
    get warm() {
      return current.chosen.warm;
    },
    get open() {
      return slots.size;
    },
    switchTo(next) {
      const old = current;
      current = open(next);
      retire(old);
    },
  };
}
