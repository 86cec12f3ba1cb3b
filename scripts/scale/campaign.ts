/**
 * An hour after an advertisement, compressed: ten thousand people, most of them for the same few
 * links, through the edge in workerd to three nodes on one PostgreSQL.
 */
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { seenBy } from '../../tests/support/crash.ts';
import { seeded } from '../../tests/support/random.ts';
import { post, startWorker } from '../bench/edge.ts';
import { percentile } from '../bench/load.ts';
import { cpuOfTree, pssOfTree } from '../bench/process-tree.ts';
import { type Fleet, SECRET, startFleet } from './fleet.ts';

export interface CampaignPlan {
  updates: number;
  seconds: number;
  seed: number;
}

export interface CampaignFigures extends CampaignPlan {
  users: number;
  /** Updates a node has taken; the rest was refused to the end. */
  accepted: number;
  /** Webhook calls answered 503 and made again. */
  again: number;
  /** ms of every webhook call. */
  p50: number;
  p99: number;
  delivered: number;
  /** Told that the bot is busy, or that something failed. */
  told: number;
  lost: number;
  twice: number;
  /** Requests to the site: what was not answered by the cache or a download under way. */
  downloads: number;
  /** Seconds from the first update to the last answer. */
  over: number;
  /** Largest PSS of each node's tree and RSS of the Node processes, MB. */
  peakMb: number[];
  cpu: { nodes: number; database: number };
}

const NODES = 3;
const POPULAR = 50;
const TO_POPULAR = 0.6;
const USERS_PER_UPDATE = 10 / 12;
const PATIENCE_MS = 1_200_000;

export async function campaign(plan: CampaignPlan): Promise<CampaignFigures> {
  const fleet = await startFleet({ nodes: NODES, slots: 8 });
  const worker = startWorker({
    NODE_URL: fleet.nodes.map(({ url }) => url).join(','),
    NODE_SECRET: SECRET,
  });
  try {
    return await replay(fleet, new URL('/webhook', await worker.ready), plan);
  } finally {
    await worker.dispose();
    await fleet.close();
  }
}

interface Person {
  user: number;
  links: number;
  delivered: number;
}

async function replay(fleet: Fleet, webhook: URL, plan: CampaignPlan): Promise<CampaignFigures> {
  const { updates, seconds, seed } = plan;
  const random = seeded(seed);
  const people = new Map<number, Person>();
  countDeliveries(fleet, people);
  const watch = watchNodes(fleet);
  const calls = caller(webhook);
  const users = Math.round(updates * USERS_PER_UPDATE);
  const from = performance.now();
  const sends: Promise<void>[] = [];
  for (let n = 0; n < updates; n += 1) {
    await sleep(Math.max(0, from + momentOf(n / updates) * seconds * 1000 - performance.now()));
    const user = 100_000 + (n < users ? n : random.below(users));
    const person = people.get(user) ?? { user, links: 0, delivered: 0 };
    people.set(user, person);
    person.links += 1;
    const link = random.chance(TO_POPULAR)
      ? fleet.link(`hit-${seed}-${Math.floor(POPULAR * random.below(1000) ** 2 * 1e-6)}`)
      : fleet.link(`own-${seed}-${n}`);
    sends.push(calls.send(updateOf(fleet, n + 1, user, link)));
  }
  await Promise.all(sends);
  await answered(fleet, people);
  const over = (performance.now() - from) / 1000;
  return { ...plan, users, over, ...calls.figures(), ...count(fleet, people), ...watch.stop() };
}

/** Most come at once and the rest trickles in: the share of the time at a share of the updates. */
const momentOf = (share: number): number => share ** 1.5;

function updateOf(fleet: Fleet, updateId: number, user: number, link: string) {
  const message = fleet.telegram.api.say(user, user, link);
  return { update_id: updateId, message };
}

/** Telegram's side of the webhook: what was answered 503 is sent again after a while. */
function caller(webhook: URL) {
  const agent = new Agent({ keepAlive: true, maxSockets: 40 });
  const latencies: number[] = [];
  let again = 0;
  let accepted = 0;
  return {
    async send(update: object): Promise<void> {
      for (let tries = 0; tries < 60; tries += 1) {
        const from = performance.now();
        const status = await post(webhook, agent, JSON.stringify(update)).catch(() => undefined);
        latencies.push(performance.now() - from);
        if (status === 200) {
          accepted += 1;
          return;
        }
        again += 1;
        await sleep(10_000);
      }
    },
    figures() {
      agent.destroy();
      latencies.sort((a, b) => a - b);
      const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
      return { accepted, again, p50, p99 };
    },
  };
}

const MEDIA = /^send(Video|Document|Audio|Animation)$/;

function countDeliveries({ telegram }: Fleet, people: ReadonlyMap<number, Person>): void {
  telegram.api.events.on('called', ({ method, fields, error }) => {
    const person = MEDIA.test(method) && !error && people.get(Number(fields.chat_id));
    if (person) person.delivered += 1;
  });
}

/** Words that end a request: an error id, or that the bot is busy. */
const ENDED = /\b[0-9a-f]{8}\b|busy|too many/i;

const toldIn = (fleet: Fleet, { user }: Person): number => {
  const { failure, leftover } = seenBy(fleet.telegram, user);
  return (failure ? 1 : 0) + leftover.filter(({ text }) => ENDED.test(text)).length;
};

const open = (fleet: Fleet, person: Person): boolean =>
  person.delivered < person.links && person.delivered + toldIn(fleet, person) < person.links;

async function answered(fleet: Fleet, people: ReadonlyMap<number, Person>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  const left = new Set(people.values());
  while (left.size > 0 && Date.now() < end) {
    for (const person of left) if (!open(fleet, person)) left.delete(person);
    await sleep(2_000);
  }
  for (const { user } of left) console.error(`no answer in the chat of ${user}`);
}

function count(fleet: Fleet, people: ReadonlyMap<number, Person>) {
  const all = [...people.values()];
  const sum = (of: (person: Person) => number) => all.reduce((total, one) => total + of(one), 0);
  const uploads = fleet.telegram.api.calls.filter(
    ({ method, fields, error }) => MEDIA.test(method) && !error && isUpload(fields),
  );
  return {
    delivered: sum(({ delivered }) => delivered),
    told: sum((person) => toldIn(fleet, person)),
    lost: all.filter((person) => open(fleet, person)).length,
    twice: all.filter(({ delivered, links }) => delivered > links).length,
    downloads: uploads.length,
  };
}

/** A file that Telegram has already is named by its id and not sent. */
const isUpload = ({ video }: Record<string, unknown>): boolean =>
  typeof video !== 'string' || video.startsWith('attach://');

const MB = 1024 * 1024;

function watchNodes({ nodes, database }: Fleet) {
  const peaks = nodes.map(() => 0);
  const looking = setInterval(() => {
    for (const [at, { pid }] of nodes.entries())
      peaks[at] = Math.max(peaks[at] ?? 0, pssOfTree(pid) / MB);
  }, 3_000);
  const cpu = () => ({
    nodes: nodes.reduce((sum, { pid }) => sum + cpuOfTree(pid), 0),
    database: cpuOfTree(database.pid()),
  });
  const before = cpu();
  return {
    stop() {
      clearInterval(looking);
      const now = cpu();
      return {
        peakMb: peaks.map(Math.round),
        cpu: { nodes: now.nodes - before.nodes, database: now.database - before.database },
      };
    },
  };
}
