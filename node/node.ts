/** The node's entry: `node dist/node.js [command]`. */
import { backup, restore } from './cli/backup.ts';
import { cleanup } from './cli/cleanup.ts';
import { type Command, processTerminal } from './cli/command.ts';
import { doctor } from './cli/doctor.ts';
import { HELP, help } from './cli/help.ts';
import { moveStore } from './cli/move-store.ts';
import { setup } from './cli/setup.ts';
import { smoke } from './cli/smoke.ts';
import { status } from './cli/status.ts';
import { webhook } from './cli/webhook.ts';
import { ConfigError, loadConfig, secretsOf } from './config/config.ts';
import { createLog } from './log.ts';
import { runServe } from './run-serve.ts';
import { DatabaseUnreachable } from './store/postgres/unreachable.ts';

const serve: Command = async (_args, { env }) => {
  const config = loadConfig(env);
  return runServe(config, createLog({ ...config.log, secrets: secretsOf(config) }));
};

const COMMANDS: Record<string, Command> = {
  ...{
    serve,
    doctor,
    smoke,
    status,
    cleanup,
    backup,
    restore,
    'move-store': moveStore,
    webhook,
    setup,
    help,
  },
  '--help': help,
};

async function main([name = 'serve', ...args]: string[]): Promise<number> {
  const terminal = processTerminal;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    terminal.err(`Unknown command: ${name}\n\n${HELP}`);
    return 2;
  }
  try {
    return await command(args, { env: process.env, terminal });
  } catch (error) {
    if (error instanceof DatabaseUnreachable) {
      terminal.err(error.message);
      return 1;
    }
    if (!(error instanceof ConfigError)) throw error;
    terminal.err(error.message);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
