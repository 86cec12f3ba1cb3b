/** Asks the running node how it is. */
import * as v from 'valibot';
import { type Config, loadConfig } from '../config/config.ts';
import type { Command } from './command.ts';

const Answer = v.looseObject({ status: v.string() });
export type StatusAnswer = v.InferOutput<typeof Answer>;

const PATIENCE_MS = 5_000;

/** Undefined when nothing that speaks like a node answers. */
export async function askNode({
  host,
  port,
}: Pick<Config, 'host' | 'port'>): Promise<StatusAnswer | undefined> {
  try {
    const response = await fetch(`http://${reachable(host)}:${port}/healthz`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return v.parse(Answer, await response.json());
  } catch {
    // Refused, silent or another program: for the caller it is the same, no node.
    return undefined;
  }
}

/** A node that listens everywhere is asked on the loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

export const status: Command = async (_args, { env, terminal }) => {
  const config = loadConfig(env);
  const answer = await askNode(config);
  if (!answer) {
    terminal.err(`Not running: nothing answers on ${config.host}:${config.port}.`);
    return 1;
  }
  for (const [name, value] of Object.entries(answer)) terminal.out(`${name.padEnd(14)} ${value}`);
  return answer.status === 'ok' ? 0 : 1;
};
