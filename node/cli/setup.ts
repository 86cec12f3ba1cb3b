/**
 * `setup`: asks for the settings, checks them where they are used, writes them down and says
 * what to do next. Every answer may stand in the environment; without a terminal nothing is asked.
 */
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from '../config/config.ts';
import type { Command, Terminal } from './command.ts';
import { type Answers, envFile, readEnvFile } from './setup-env.ts';
import { SetupFailed } from './setup-failed.ts';
import { composeFile, unitFile, writePrivate } from './setup-files.ts';
import { nextSteps } from './setup-next.ts';
import { questions, type Runner } from './setup-questions.ts';
import { checkToken, registerWebhook } from './setup-telegram.ts';

const USAGE = 'Usage: setup [--yes] [--dir FOLDER]   (--yes: everything from the environment)';

export const setup: Command = async (args, { env, terminal }) => {
  const options = parsed(args);
  if (!options) {
    terminal.err(USAGE);
    return 2;
  }
  const dir = resolve(options.dir ?? '.');
  const file = join(dir, 'postchi.env');
  const kept = await readEnvFile(file);
  const known = { ...kept, ...present(env) };
  const asker =
    options.yes || !process.stdin.isTTY
      ? undefined
      : createInterface(process.stdin, process.stdout);
  try {
    const given = await questions(known, asker && ((question) => asker.question(question)), {
      checkToken: async (token, apiRoot) => {
        const name = await checkToken(token, apiRoot);
        terminal.out(`✅ The token belongs to @${name}.`);
      },
      complain: terminal.err,
    });
    return await carryOut(given, { dir, file, kept }, terminal);
  } catch (error) {
    if (!(error instanceof SetupFailed || error instanceof ConfigError)) throw error;
    terminal.err(error.message);
    return 2;
  } finally {
    asker?.close();
  }
};

function parsed(args: readonly string[]) {
  try {
    const options = { yes: { type: 'boolean', short: 'y' }, dir: { type: 'string' } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch {
    return undefined;
  }
}

const present = (env: Record<string, string | undefined>): Answers =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );

async function carryOut(
  { settings, run }: { settings: Answers; run: Runner },
  { dir, file, kept }: { dir: string; file: string; kept: Answers },
  terminal: Terminal,
): Promise<number> {
  // What the start would refuse is refused now, before anything is written.
  const config = loadConfig({ ...kept, ...settings });
  await writePrivate(file, envFile(settings, kept));
  terminal.out(`✅ Written: ${file} (only its owner can read it)`);
  if (run === 'systemd')
    terminal.out(`✅ Written: ${await unitFile(dir, file, settings.DATA_DIR)}`);
  if (run === 'compose') terminal.out(`✅ Written: ${await composeFile(dir)}`);
  const registered = await registerWebhook(config, settings, terminal);
  for (const line of nextSteps(settings, run, dir)) terminal.out(line);
  return registered ? 0 : 1;
}
