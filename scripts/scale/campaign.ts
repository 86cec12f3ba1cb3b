/**
 * An hour after an advertisement, compressed: ten thousand people, most of them for the same few
 * links, through the edge in workerd to three nodes on one PostgreSQL.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../../tests/support/random.ts';
import { percentile } from '../bench/load.ts';
import { type Called, callAll } from './caller.ts';
import {
  type Asking,
  type Crowd,
  type Person,
  processOf,
  type SeenByCrowd,
  startCrowd,
} from './crowd.ts';
import { type Fleet, SECRET, startFleet } from './fleet.ts';
import { watchFleet } from './watch.ts';

export interface CampaignPlan {
  updates: number;
  seconds: number;
  seed: number;
}

export interface CampaignFigures extends CampaignPlan {
  users: number;
  /** Updates that were answered 200; the rest was refused to the end. */
  accepted: number;
  /** Webhook calls that were answered 503 and made again. */
  again: number;
  /** ms of every webhook call, once it had a connection. */
  p50: number;
  p99: number;
  slowest: number;
  /** ms of the longest wait for one of Telegram's 40 connections, before the call. */
  queuedMs: number;
  /** Calls that waited for one. */
  queuedCalls: number;
  delivered: number;
  /** Requests that ended with words: the queue is full, or something failed. */
  explained: number;
  /** People who waited in vain. */
  lost: number;
  twice: number;
  /** Status messages that stayed. */
  leftovers: number;
  /** What was not answered by the cache or by a download under way. */
  downloads: number;
  /** s from the taking of an update to the first word or file. */
  firstWordP50: number;
  firstWordP95: number;
  /** Who read how long it will take, and the share of them for whom it was half to double. */
  told: number;
  toldRight: number;
  /** s until the admins heard of the queue; absent when they never did. */
  warnedAfter?: number;
  /** s from the first update to the last answer. */
  over: number;
  /** The most jobs in the queue, and updates that were taken and not looked at. */
  queuedPeak: number;
  pendingPeak: number;
  /** Largest PSS of each node with its children, and of the Node process alone, MB. */
  peakMb: number[];
  nodeMb: number[];
  /** CPU seconds; the last three only stand in for what is elsewhere. */
  cpu: { nodes: number; database: number; edge: number; telegram: number; site: number };
}

const NODES = 3;
/** A minute, so that what runs for days elsewhere is compiled here too. */
const ORDINARY = { people: 240, everyMs: 250 };
/** Update ids of the campaign begin at 1. */
const FIRST_BEFORE = 1_000_001;
const POPULAR = 50;
const TO_POPULAR = 0.6;
const USERS_PER_UPDATE = 10 / 12;
const TIDY_MS = 20_000;
const PATIENCE_MS = 1_800_000;

/** A bot of this size has no limit for all together; a person's own is the usual one. */
const LIMITS = { RATE_LIMIT_GLOBAL_PER_MIN: '0', RATE_LIMIT_USER_PER_MIN: '10' };

export async function campaign(plan: CampaignPlan): Promise<CampaignFigures> {
  const fleet = await startFleet({ telegram: await startCrowd(), nodes: NODES, slots: 8 });
  const { child, next, stop } = processOf('edge');
  try {
    child.send({
      NODE_URL: fleet.nodes.map(({ url }) => url).join(','),
      NODE_SECRET: SECRET,
      ...LIMITS,
    });
    return await replay({ fleet, webhook: await next(), edge: child.pid ?? 0 }, plan);
  } finally {
    await stop();
    await fleet.close();
  }
}

/** What a campaign is replayed against; `edge` is a process id. */
interface Scene {
  fleet: Fleet<Crowd>;
  webhook: string;
  edge: number;
}

async function replay(scene: Scene, plan: CampaignPlan): Promise<CampaignFigures> {
  const { fleet, webhook, edge } = scene;
  await ordinaryTraffic(scene, plan);
  const asking = wishes(fleet, plan);
  const moment = (n: number) => momentOf(n / plan.updates) * plan.seconds * 1000;
  const updates = await updatesOf(fleet.telegram, asking, moment);
  const watch = await watchFleet(fleet, edge);
  const from = Date.now();
  const called = await callAll({ webhook, updates });
  await answered(fleet.telegram);
  const watched = await watch.stop();
  const seen = await fleet.telegram.seen();
  return {
    ...{ ...plan, users: seen.people.length, over: overAfter(seen, from) },
    ...ofCalls(called),
    ...ofPeople(seen, called, asking),
    ...(seen.warnedAt && { warnedAfter: (seen.warnedAt - from) / 1000 }),
    ...watched,
  };
}

/** Posted so many ms from the beginning. */
async function updatesOf(crowd: Crowd, asking: Asking[], atMs: (n: number) => number, first = 1) {
  const messages = await crowd.say(asking);
  return messages.map((message, n) => {
    const update = first + n;
    return { update, atMs: atMs(n), body: JSON.stringify({ update_id: update, message }) };
  });
}

/**
 * The bot has run before the advertisement: the edge is loaded, connections stand, and how long
 * a download takes is known.
 */
async function ordinaryTraffic({ fleet, webhook }: Scene, { seed }: CampaignPlan) {
  const before = Array.from({ length: ORDINARY.people }, (_, n) => ({
    user: 90_000 + n,
    link: fleet.link(`before-${seed}-${n}`),
  }));
  const { telegram } = fleet;
  const updates = await updatesOf(telegram, before, (n) => n * ORDINARY.everyMs, FIRST_BEFORE);
  await callAll({ webhook, updates });
  await answered(telegram);
  await telegram.forget();
}

/** Who asks for what, in order: everybody once, then some of them again. */
function wishes(fleet: Fleet<Crowd>, { updates, seed }: CampaignPlan): Asking[] {
  const random = seeded(seed);
  const users = Math.round(updates * USERS_PER_UPDATE);
  return Array.from({ length: updates }, (_, n) => {
    const user = 100_000 + (n < users ? n : random.below(users));
    const popular = `hit-${seed}-${Math.floor(POPULAR * random.below(1000) ** 2 * 1e-6)}`;
    const name = random.chance(TO_POPULAR) ? popular : `own-${seed}-${n}`;
    return { user, link: fleet.link(name) };
  });
}

/** Most come at once and the rest trickles in: the share of the time at a share of the updates. */
const momentOf = (share: number): number => share ** 1.5;

/** s from the first call to the last file or word. */
const overAfter = ({ people }: SeenByCrowd, from: number): number =>
  (Math.max(...people.map(({ lastAt = from }) => lastAt)) - from) / 1000;

async function answered(crowd: Crowd): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while ((await crowd.open()) > 0 && Date.now() < end) await sleep(2_000);
  // The last status messages go just after the last files.
  const tidied = Date.now() + TIDY_MS;
  while ((await crowd.seen()).leftovers.length > 0 && Date.now() < tidied) await sleep(1_000);
}

/** Less is a turn of the caller's own loop. */
const WAITED_MS = 5;

function ofCalls({ taken, again, latencies, waits }: Called) {
  latencies.sort((a, b) => a - b);
  const [p50 = 0, p99 = 0, slowest = 0] = [0.5, 0.99, 1].map((at) => percentile(latencies, at));
  return {
    ...{ accepted: taken.length, again, p50, p99, slowest },
    queuedMs: Math.max(...waits),
    queuedCalls: waits.filter((ms) => ms > WAITED_MS).length,
  };
}

function ofPeople(seen: SeenByCrowd, { taken }: Called, asking: readonly Asking[]) {
  const { people, uploads: downloads } = seen;
  for (const text of seen.leftovers.slice(0, 10)) console.error(`left in a chat: ${text}`);
  const sum = (of: (person: Person) => number) => people.reduce((all, one) => all + of(one), 0);
  return {
    ...{ downloads, leftovers: seen.leftovers.length },
    delivered: sum(({ delivered }) => delivered),
    explained: sum(({ explained }) => explained.length),
    lost: people.filter((one) => one.delivered + one.explained.length < one.links).length,
    twice: people.filter(({ delivered, links }) => delivered > links).length,
    ...firstWords(people, taken, asking),
    ...truth(people),
  };
}

function firstWords(people: readonly Person[], taken: Called['taken'], asking: readonly Asking[]) {
  const takenAt = new Map<number, number>();
  for (const { update, at } of taken) {
    const user = asking[update - 1]?.user ?? 0;
    takenAt.set(user, Math.min(at, takenAt.get(user) ?? at));
  }
  const waits = people
    .flatMap(({ user, firstWordAt = Infinity, deliveredAt = Infinity }) => {
      const first = Math.min(firstWordAt, deliveredAt) - (takenAt.get(user) ?? 0);
      return Number.isFinite(first) ? [first / 1000] : [];
    })
    .sort((a, b) => a - b);
  return { firstWordP50: percentile(waits, 0.5), firstWordP95: percentile(waits, 0.95) };
}

/** Spans are rounded to whole seconds and minutes, so a minute more or less is right too. */
const SLACK_S = 60;

function truth(people: readonly Person[]) {
  const known = people.flatMap(({ links, told, deliveredAt }) =>
    links === 1 && told?.wait !== undefined && deliveredAt
      ? [{ wait: told.wait, was: (deliveredAt - told.at) / 1000 }]
      : [],
  );
  const right = known.filter(
    ({ wait, was }) => Math.abs(was - wait) <= SLACK_S || (was <= wait * 2 && was >= wait / 2),
  );
  return { told: known.length, toldRight: known.length > 0 ? right.length / known.length : 1 };
}
