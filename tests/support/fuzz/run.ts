/** Sends bent updates to the edge and what comes of them to the node's own handlers. */
import { createEdge, SECRET_HEADER } from '../../../edge/app.ts';
import { memoryLimiter } from '../../../edge/limiter.ts';
import { createAdmin } from '../../../node/admin/admin.ts';
import { handleRequest } from '../../../node/chat/handle.ts';
import type { ChatParts } from '../../../node/chat/parts.ts';
import { createLog } from '../../../node/log.ts';
import type { JobRequest } from '../../../shared/wire.ts';
import { seeded } from '../random.ts';
import { tempStore } from '../store.ts';
import { mutated } from './mutate.ts';

export interface FuzzReport {
  updates: number;
  statuses: Record<number, number>;
  /** Updates that became work for the node. */
  jobs: number;
  /** What the node's handlers threw, with the request it was about. */
  thrown: string[];
  /** ms of CPU one update took at the edge, at the 99th percentile. */
  p99Ms: number;
}

const SECRET = 'fuzz-secret';

export async function fuzz(updates: number, seed: number): Promise<FuzzReport> {
  const random = seeded(seed);
  const temp = tempStore();
  const chat = fakeChat(temp.store);
  const report: FuzzReport = { updates, statuses: {}, jobs: 0, thrown: [], p99Ms: 0 };
  const work: JobRequest[] = [];
  const edge = createEdge({
    secret: SECRET,
    limits: { user: 0, global: 0 },
    adminIds: new Set(),
    limiter: memoryLimiter(),
    botName: () => 'bot',
    handOver: async (request) => {
      work.push(request);
      return { taken: 'new' };
    },
  });
  const took: number[] = [];
  for (let n = 1; n <= updates; n += 1) {
    const body = mutated(n, random);
    const before = process.cpuUsage();
    const { status } = await edge.request('/webhook', {
      method: 'POST',
      headers: { [SECRET_HEADER]: SECRET },
      body,
    });
    const { user, system } = process.cpuUsage(before);
    took.push((user + system) / 1000);
    report.statuses[status] = (report.statuses[status] ?? 0) + 1;
    for (const request of work.splice(0)) {
      report.jobs += 1;
      await handleRequest(chat, request).catch((cause) => {
        report.thrown.push(`${cause}: ${JSON.stringify(request).slice(0, 300)}`);
      });
    }
  }
  took.sort((a, b) => a - b);
  report.p99Ms = took[Math.floor(took.length * 0.99)] ?? 0;
  temp.close();
  return report;
}

/** Everything around the handlers answers politely and does nothing; the store is real. */
function fakeChat(store: ChatParts['store']): ChatParts {
  const log = createLog({ level: 'silent', format: 'json' });
  const polite = <T>(given: object): T =>
    new Proxy(given, {
      get: (target, name) =>
        name in target
          ? target[name as keyof typeof target]
          : name === 'then'
            ? undefined
            : () => Promise.resolve({ message_id: 1, username: 'bot' }),
    }) as T;
  const parts = {
    ...{ store, log, now: Date.now, maxFileBytes: 50e6 },
    api: polite<ChatParts['api']>({}),
    ...{ board: polite({}), stops: polite({}), boards: polite({}) },
    runner: { kick() {}, adopt() {}, stop: () => false, rules: () => RULES, running: new Map() },
    pausedUntil: () => undefined,
    noRoom: () => false,
    held: () => false,
    isAdmin: () => false,
    membership: { missing: async () => [], hold() {}, release() {}, forget() {} },
    line: {
      ...{ place: async () => ({ position: 1 }), lately: () => undefined },
      ...{ moved() {}, stop() {} },
    },
    memory: { peek: () => undefined, improve() {}, clear: async () => {} },
    botName: () => 'bot',
  };
  const admin = createAdmin(polite(parts));
  return { ...parts, admin } as unknown as ChatParts;
}

const RULES = { bootId: 'fuzz', now: 0, leaseMs: 1000, perUser: 2, skipSites: [] };
