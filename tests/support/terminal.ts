/** Runs a command of the command line and keeps what it said. */
import type { Command } from '../../node/cli/command.ts';

export async function run(command: Command, args: string[], env: Record<string, string>) {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
  };
  const code = await command(args, { env, terminal });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
