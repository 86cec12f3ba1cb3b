/**
 * What admins are told without asking: once when something begins, once when it is over. What
 * is looked at are the same checks that `/health` shows.
 *
 *   well ──holds for its time──▶ told ──well again for a minute──▶ "over", well
 */
import type { AdminTexts } from '../../shared/texts/catalogue/admin.ts';
import type { Breaker } from '../breakers/breaker.ts';
import { type Check, type CheckName, type Health, inWords } from '../health/check.ts';
import type { Told } from './told.ts';

export type AlertKind = keyof Omit<AdminTexts['alerts']['over'], 'breaker'>;

interface Rule {
  /** ms it has to last before anybody is told. */
  after: number;
  isOn(check: Check): boolean;
  words(texts: AdminTexts['alerts'], check: Check, detail: string): string;
}

const MIN = 60_000;
/** A value that swings around its limit is not over each time it dips. */
const CALM_MS = MIN;

const isWorried = ({ state }: Check) => state !== 'ok';
const percentOf = ({ facts }: Check) => facts?.percent ?? 0;
const over80 = (check: Check) => percentOf(check) > 80;

/** The operator's handbook, as rules. */
const RULES: Record<AlertKind, Rule> = {
  cpu: { after: 5 * MIN, isOn: over80, words: (t, c) => t.cpu({ percent: percentOf(c) }) },
  memory: { after: 5 * MIN, isOn: over80, words: (t, c) => t.memory({ percent: percentOf(c) }) },
  queue: { after: 0, isOn: over80, words: (t, c) => t.queue({ percent: percentOf(c) }) },
  success: { after: 0, isOn: isWorried, words: (t, c) => t.success({ percent: percentOf(c) }) },
  disk: { after: 0, isOn: isWorried, words: (t, _c, detail) => t.disk({ detail }) },
  cookies: { after: 0, isOn: isWorried, words: (t, _c, detail) => t.cookies({ detail }) },
  ytdlp: { after: 0, isOn: isWorried, words: (t, _c, detail) => t.ytdlp({ detail }) },
  webhook: { after: 0, isOn: isWorried, words: (t, _c, detail) => t.webhook({ detail }) },
};
export const WATCHED = Object.keys(RULES) as AlertKind[];
/** The same on every node: one tells of it. The rest is about a node's own machine. */
const OF_ALL: readonly AlertKind[] = ['queue', 'success', 'cookies', 'webhook'];

export interface AlertsParts {
  tell(words: (texts: AdminTexts) => string): Promise<void>;
  /** What an earlier process told. */
  told: Told;
  now(): number;
  /** Of several nodes: the name of this one, and whether it speaks for all just now. */
  several?: { node: string; mayI(): Promise<boolean> } | undefined;
}

export interface Alerts {
  /** Looks at the checks of now; meant to be called every half minute. */
  look(health: Pick<Health, 'checks'>): Promise<void>;
  /** The watched checks that are not well. */
  readonly worries: readonly AlertKind[];
  /** A breaker opened or closed. */
  breaker(view: Pick<Breaker, 'phase' | 'until' | 'why'> & { site: string }): Promise<void>;
  /** Another node told of it already; the end of it may be told here. */
  heardOf(view: Pick<Breaker, 'phase' | 'why'> & { site: string }): void;
  /** The process before this one was not shut down. */
  crashed(found: { requeued: number; dead: number; uncertain: number }): Promise<void>;
}

interface Watched {
  onSince?: number | undefined;
  offSince?: number | undefined;
  told: boolean;
}

export function createAlerts({ tell, told, now, several }: AlertsParts): Alerts {
  const watched = new Map<AlertKind, Watched>();
  const openSites = new Set<string>();
  let worries: AlertKind[] = [];
  let standing: ReadonlySet<string> = new Set();
  let isRead = false;

  /** What is about this machine is its own; the rest is everybody's. */
  const nameOf = (kind: AlertKind) =>
    several && !OF_ALL.includes(kind) ? `${kind} ${several.node}` : kind;

  /** Alone it is read once; of several nodes another may have told or ended it meanwhile. */
  async function readStanding(): Promise<void> {
    if (isRead && !several) return;
    standing = await told.all();
    isRead = true;
  }

  function stateOf(kind: AlertKind): Watched {
    const known = standing.has(nameOf(kind));
    const state = watched.get(kind) ?? { told: known };
    if (several && OF_ALL.includes(kind)) state.told = known;
    watched.set(kind, state);
    return state;
  }

  /** Said of this machine, it is named. */
  const say = (kind: AlertKind, words: (texts: AdminTexts) => string) =>
    tell((texts) =>
      several && !OF_ALL.includes(kind)
        ? texts.alerts.atNode({ node: several.node, words: words(texts) })
        : words(texts),
    );

  async function begin(kind: AlertKind, state: Watched, check: Check): Promise<void> {
    const { after, words } = RULES[kind];
    state.onSince ??= now();
    state.offSince = undefined;
    if (state.told || now() - state.onSince < after) return;
    state.told = true;
    await told.set(nameOf(kind), true);
    await say(kind, ({ alerts, health }) => words(alerts, check, inWords(check, health.details)));
  }

  async function end(kind: AlertKind, state: Watched): Promise<void> {
    state.onSince = undefined;
    state.offSince ??= now();
    if (!state.told || now() - state.offSince < CALM_MS) return;
    state.told = false;
    await told.set(nameOf(kind), false);
    await say(kind, ({ alerts }) => alerts.over[kind]);
  }

  return {
    get worries() {
      return worries;
    },
    async look({ checks }) {
      const forAll = several === undefined || (await several.mayI());
      const worried = WATCHED.filter((kind) => checks.some((c) => c.name === kind && isWorried(c)));
      worries = worried;
      await readStanding();
      for (const kind of WATCHED) {
        if (!forAll && OF_ALL.includes(kind)) continue;
        const check = checks.find(({ name }) => name === (kind satisfies CheckName));
        if (!check) continue;
        const state = stateOf(kind);
        await (RULES[kind].isOn(check) ? begin(kind, state, check) : end(kind, state));
      }
    },
    /** The probes between are silent; what an admin opened by hand is no news. */
    async breaker({ site, phase, until = 0, why = '' }) {
      if (phase === 'open' && why !== 'hand' && !openSites.has(site)) {
        openSites.add(site);
        await tell(({ alerts }) => alerts.breaker({ site, code: why, until }));
      }
      if (phase === 'closed' && openSites.delete(site)) {
        await tell(({ alerts }) => alerts.over.breaker({ site }));
      }
    },
    heardOf({ site, phase, why }) {
      if (phase === 'closed') openSites.delete(site);
      else if (why !== 'hand') openSites.add(site);
    },
    async crashed(found) {
      await tell(({ alerts }) =>
        several
          ? alerts.atNode({ node: several.node, words: alerts.crashed(found) })
          : alerts.crashed(found),
      );
    },
  };
}
