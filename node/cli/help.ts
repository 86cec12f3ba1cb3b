import type { Command } from './command.ts';

export const HELP = `Usage: node dist/node.js [command]

  serve                    run the bot (default); without BOT_TOKEN it runs the sandbox
  doctor                   check the configuration and everything the bot needs
  smoke URL...             extract and download links without sending them
  status                   ask the running node how it is
  cleanup [--dry-run]      remove what is no longer needed
  backup                   copy the database into DATA_DIR/backups
  restore FILE             put a backup in the database's place; the node must not run
  move-store [--back]      copy SQLite to the PostgreSQL of DATABASE_URL, or back
  webhook set|info|delete  the webhook at Telegram
  setup [--yes]            ask for the settings and write them down
  help                     this text

Settings come from the environment: see docs/configuration.md.`;

export const help: Command = async (_args, { terminal }) => {
  terminal.out(HELP);
  return 0;
};
