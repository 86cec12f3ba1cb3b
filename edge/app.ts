/**
 * The edge: secret → size → update → decision → limit → hand-over. The same app runs as a
 * Cloudflare Worker and inside the node.
 *
 * Whatever is authentic gets 200, also when it makes no sense: Telegram sends an update that got
 * anything else again for a day, and holds back all later ones of that chat meanwhile. The one
 * exception is a job the node could not take, which is worth being sent again.
 */
import { Hono } from 'hono';
import type { Limits, Verdict } from '../shared/limiter.ts';
import { secretsEqual } from '../shared/sign.ts';
import { parseUpdate } from '../shared/update.ts';
import type { HandOver, JobRequest } from '../shared/wire.ts';
import { done, notTaken, sendAgain, tooFast } from './answer.ts';
import { readBody } from './body.ts';
import { type Decision, decide } from './decide.ts';
import type { Limiter } from './limiter.ts';
import { type EdgeLog, reasonOf, silent } from './log.ts';

export const SECRET_HEADER = 'X-Telegram-Bot-Api-Secret-Token';
export const MAX_BODY_BYTES = 256 * 1024;

export interface EdgeOptions {
  /** What Telegram sends in `X-Telegram-Bot-Api-Secret-Token`. */
  secret: string;
  limits: Limits;
  /** Never limited. That they are admins is checked again by the node. */
  adminIds: ReadonlySet<number>;
  limiter: Limiter;
  handOver: (request: JobRequest) => Promise<HandOver>;
  /** ms since the epoch. */
  now?: () => number;
  log?: EdgeLog;
  /** The bot's own username without `@`, or undefined while it is not known. */
  botName?: () => string | undefined;
  /** What `/healthz` tells about the nodes, where there are several. */
  nodes?: () => Promise<object>;
}

type Edge = Required<EdgeOptions>;
type Job = Extract<Decision, { kind: 'job' }>;

export function createEdge(options: EdgeOptions): Hono {
  const edge: Edge = {
    now: Date.now,
    log: silent,
    botName: () => undefined,
    nodes: async () => ({}),
    ...options,
  };
  const app = new Hono();
  app.get('/healthz', async (c) => c.json({ status: 'ok', role: 'edge', ...(await edge.nodes()) }));
  app.post('/webhook', (c) => webhook(edge, c.req.raw));
  app.onError((cause) => {
    // What is left is a body that broke off on its way here: it can only come again.
    edge.log.error({ reason: reasonOf(cause) }, 'A request could not be read');
    return sendAgain();
  });
  return app;
}

/** Strangers are turned away before a byte of their body is read. */
async function webhook(edge: Edge, request: Request): Promise<Response> {
  const given = request.headers.get(SECRET_HEADER) ?? '';
  if (!(await secretsEqual(given, edge.secret))) return new Response(null, { status: 401 });
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) return new Response(null, { status: 413 });
  const decision = understand(edge, body);
  return decision.kind === 'ignore' ? done() : await carryOut(edge, decision);
}

function understand(edge: Edge, body: string): Decision {
  const parsed = parseUpdate(body);
  if ('problem' in parsed) {
    edge.log.warn({ problem: parsed.problem }, 'An update was not understood and is left out');
    return { kind: 'ignore', why: parsed.problem };
  }
  const update = parsed.update.update_id;
  try {
    const decision = decide(parsed.update, { now: edge.now(), botName: edge.botName() });
    if (decision.kind === 'ignore') edge.log.info({ update, why: decision.why }, 'Ignored');
    return decision;
  } catch (cause) {
    // A defect in the code above would otherwise block that chat until it is mended.
    edge.log.error({ update, reason: reasonOf(cause) }, 'An update could not be decided on');
    return { kind: 'ignore', why: 'defect' };
  }
}

async function carryOut(edge: Edge, job: Job): Promise<Response> {
  const { request } = job;
  const verdict = await charged(edge, job);
  if (verdict === undefined) return sendAgain();
  if (!verdict.admit) {
    edge.log.info(
      { update: request.updateId, user: request.user.id, ...verdict },
      'Over the limit',
    );
    return verdict.tell ? tooFast(request, verdict, edge.now()) : done();
  }
  const answer = await handedOver(edge, request);
  return answer.taken === 'no' ? notTaken(request) : done();
}

/** Undefined when the limiter cannot be reached: then nothing is known, and nothing is lost. */
async function charged(edge: Edge, { request, charged }: Job): Promise<Verdict | undefined> {
  const { updateId, user, receivedAt } = request;
  const { limits } = edge;
  const isFree = !charged || edge.adminIds.has(user.id) || (!limits.user && !limits.global);
  if (isFree) return { admit: true };
  try {
    return await edge.limiter.charge({ updateId, userId: user.id, limits, now: receivedAt });
  } catch (cause) {
    edge.log.error({ update: updateId, reason: reasonOf(cause) }, 'The limiter did not answer');
    return undefined;
  }
}

async function handedOver(edge: Edge, request: JobRequest): Promise<HandOver> {
  const update = request.updateId;
  try {
    const answer = await edge.handOver(request);
    if (answer.taken === 'no') edge.log.warn({ update, ...answer }, 'The node did not take a job');
    return answer;
  } catch (cause) {
    edge.log.error({ update, reason: reasonOf(cause) }, 'A hand-over failed');
    return { taken: 'no', reason: 'unreachable', retryAfter: 0 };
  }
}
