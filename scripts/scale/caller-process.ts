/**
 * Telegram's side of the webhook in a process of its own: posts each update at its moment, again
 * ten seconds later when it was answered 503, and clocks every answer. It does nothing else, so
 * that what it measures is the bot's time; Telegram has machines of its own, so it goes before
 * everything else that wants the processor.
 */
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { post } from '../bench/edge.ts';
import type { Called, CallPlan } from './caller.ts';
import { goFirst } from './go-first.ts';

const AGAIN_MS = 10_000;
const TRIES = 60;
/** Telegram's default for `max_connections`. */
const CONNECTIONS = 40;

goFirst();

process.once('message', async ({ webhook, updates }: CallPlan) => {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const url = new URL(webhook);
  const called: Called = { taken: [], latencies: [], waits: [], again: 0 };

  async function send({ body, update }: CallPlan['updates'][number]): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const from = performance.now();
      const answer = await post(url, agent, body).catch(() => undefined);
      const wholeMs = performance.now() - from;
      const tookMs = answer?.tookMs ?? wholeMs;
      called.latencies.push(tookMs);
      called.waits.push(wholeMs - tookMs);
      if (answer?.status === 200) {
        called.taken.push({ update, at: performance.timeOrigin + from });
        return;
      }
      called.again += 1;
      await sleep(AGAIN_MS);
    }
  }

  const from = performance.now();
  const sends: Promise<void>[] = [];
  for (const update of updates) {
    await sleep(Math.max(0, from + update.atMs - performance.now()));
    sends.push(send(update));
  }
  await Promise.all(sends);
  agent.destroy();
  process.send?.(called);
});

process.on('disconnect', () => process.exit());
