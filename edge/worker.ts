/** The Worker's composition root: bindings in, one edge out. */
import { waitUntil } from 'cloudflare:workers';
import { Hono } from 'hono';
import type { Charge, Verdict } from '../shared/limiter.ts';
import { sendAgain } from './answer.ts';
import { createEdge } from './app.ts';
import { type ConfigProblem, type EdgeConfig, readConfig } from './config.ts';
import { httpHandOver } from './forward.ts';
import { durableLimiter } from './limiter-do.ts';
import { type EdgeLog, jsonLog } from './log.ts';
import { type AssignmentsNamespace, durableAssignments } from './nodes/assignments-do.ts';
import { manyNodes } from './nodes/hand-over.ts';
import { nodesReport } from './nodes/report.ts';

export { RateLimiterDO } from './limiter-do.ts';
export { AssignmentsDO } from './nodes/assignments-do.ts';

export interface WorkerEnv {
  LIMITER: { getByName(name: string): { charge(q: Charge): Promise<Verdict> } };
  ASSIGNMENTS: AssignmentsNamespace;
  [binding: string]: unknown;
}

// biome-ignore lint/suspicious/noConsole: a Worker's console is its log.
const log = jsonLog((line) => console.log(line));

/** Built once per instance: the bindings cannot change while one lives. */
const built = new WeakMap<WorkerEnv, Hono>();

export default {
  fetch(request: Request, env: WorkerEnv): Response | Promise<Response> {
    const app = built.get(env) ?? build(env, log);
    built.set(env, app);
    return app.fetch(request);
  },
};

function build(env: WorkerEnv, log: EdgeLog): Hono {
  const read = readConfig(env);
  if ('problem' in read) return misconfigured(read.problem, log);
  const { webhookSecret, adminIds, limits } = read.config;
  return createEdge({
    secret: webhookSecret,
    limits,
    adminIds,
    limiter: durableLimiter(env.LIMITER),
    ...wayToNodes(read.config, env, log),
    log,
  });
}

/** A single node is not asked how it is: there would be nothing to choose. */
function wayToNodes(config: EdgeConfig, env: WorkerEnv, log: EdgeLog) {
  const { nodeUrls: urls, nodeSecret: secret } = config;
  if (urls.length === 1) return { handOver: httpHandOver({ nodeUrl: urls[0], secret, log }) };
  const assignments = durableAssignments(env.ASSIGNMENTS);
  const { handOver, view } = manyNodes({ urls, secret, assignments, later: waitUntil, log });
  return { handOver, nodes: () => nodesReport(view, Date.now) };
}

/** Answers 503 until it is mended, so that Telegram keeps the updates meanwhile. */
function misconfigured(problem: ConfigProblem, log: EdgeLog): Hono {
  const say = () => log.error(problem, `${problem.variable} is wrong or missing`);
  say();
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'misconfigured', ...problem }, 503));
  app.post('/webhook', () => {
    say();
    return sendAgain();
  });
  return app;
}
