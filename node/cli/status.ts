/** Asks the running node how it is. */
import { request } from 'undici';
import * as v from 'valibot';
import { type Config, loadConfig } from '../config/config.ts';
import type { Command } from './command.ts';

const Answer = v.looseObject({ status: v.string() });
export type StatusAnswer = v.InferOutput<typeof Answer>;

const PATIENCE_MS = 5_000;

export type Listener =
  | { is: 'node'; answer: StatusAnswer }
  /** Another program, or a node too busy to answer. */
  | { is: 'other' }
  | { is: 'nobody' };

export async function whoListens({ host, port }: Pick<Config, 'host' | 'port'>): Promise<Listener> {
  try {
    // Not fetch, which refuses ports it takes for bad ones.
    const { body } = await request(`http://${reachable(host)}:${port}/healthz`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { is: 'node', answer: v.parse(Answer, await body.json()) };
  } catch (error) {
    return { is: isRefused(error) ? 'nobody' : 'other' };
  }
}

const isRefused = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';

/** A node that listens everywhere is asked on the loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

export const status: Command = async (_args, { env, terminal }) => {
  const config = loadConfig(env);
  const where = `${config.host}:${config.port}`;
  const listener = await whoListens(config);
  if (listener.is !== 'node') {
    terminal.err(
      listener.is === 'nobody'
        ? `Not running: nothing answers on ${where}.`
        : `No node: something else listens on ${where}, or it does not answer in time.`,
    );
    return 1;
  }
  const { answer } = listener;
  for (const [name, value] of Object.entries(answer)) terminal.out(`${name.padEnd(14)} ${value}`);
  return answer.status === 'ok' ? 0 : 1;
};
