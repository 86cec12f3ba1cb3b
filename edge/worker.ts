/** The Worker's composition root: bindings in, one edge out. */
import { Hono } from 'hono';
import type { Charge, Verdict } from '../shared/limiter.ts';
import { sendAgain } from './answer.ts';
import { createEdge } from './app.ts';
import { type ConfigProblem, readConfig } from './config.ts';
import { httpHandOver } from './forward.ts';
import { durableLimiter } from './limiter-do.ts';
import { type EdgeLog, jsonLog } from './log.ts';

export { RateLimiterDO } from './limiter-do.ts';

export interface WorkerEnv {
  LIMITER: { getByName(name: string): { charge(q: Charge): Promise<Verdict> } };
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
  const { nodeUrl, nodeSecret, webhookSecret, adminIds, limits } = read.config;
  return createEdge({
    secret: webhookSecret,
    limits,
    adminIds,
    limiter: durableLimiter(env.LIMITER),
    handOver: httpHandOver({ nodeUrl, secret: nodeSecret, log }),
    log,
  });
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
