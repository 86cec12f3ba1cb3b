/** The node's entry: `node dist/node.js [command]`. */
import { ConfigError, loadConfig } from './config/config.ts';
import { createLog } from './log.ts';
import { runServe } from './run-serve.ts';

const HELP = `Usage: node dist/node.js [command]

  serve                    run the bot (default); without BOT_TOKEN it runs the sandbox
  doctor                   check the configuration and everything the bot needs
  smoke URL...             extract and download links without sending them
  cleanup [--dry-run]      remove what is no longer needed
  webhook set|info|delete  the webhook at Telegram
  help                     this text

Settings come from the environment: see docs/configuration.md.
`;

type Command = (args: string[]) => Promise<number>;

const COMMANDS: Record<string, Command> = {
  serve: async () => {
    const config = loadConfig(process.env);
    return runServe(config, createLog(config.log));
  },
  help: async () => {
    process.stdout.write(HELP);
    return 0;
  },
};

async function main([name = 'serve', ...args]: string[]): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    process.stderr.write(`Unknown command: ${name}\n\n${HELP}`);
    return 2;
  }
  try {
    return await command(args);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
