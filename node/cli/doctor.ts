/** `doctor`: one line for each thing the bot needs, one verdict, one next step. */
import { ConfigError, loadConfig } from '../config/config.ts';
import { type Check, collectHealth, type HealthState, summed } from '../health/check.ts';
import type { Command, Terminal } from './command.ts';
import { doctorSources, nativeSource, versionsSource } from './doctor-sources.ts';

const SIGNS: Record<HealthState, string> = { ok: '✅', warn: '⚠️', bad: '❌' };

/** Installing or unpacking never happens here, but a first look at a slow disk may take a while. */
const PATIENCE_MS = 60_000;

export const doctor: Command = async (_args, { env, terminal }) => {
  const always = [versionsSource, nativeSource];
  const { checks } = await collectHealth(always, PATIENCE_MS);
  // Without its native module SQLite cannot be asked anything, and half of the rest asks it.
  const usable = checks.every(({ state }) => state !== 'bad');
  if (usable) checks.push(...(await configured(env)));
  return report(checks, terminal);
};

async function configured(env: Record<string, string | undefined>): Promise<Check[]> {
  try {
    const config = loadConfig(env);
    const { sources, close } = doctorSources(config);
    try {
      const mode = config.token ? config.updates.mode : 'sandbox, because BOT_TOKEN is not set';
      const good: Check = { name: 'configuration', state: 'ok', detail: mode };
      return [good, ...(await collectHealth(sources, PATIENCE_MS)).checks];
    } finally {
      await close();
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const nextStep = 'correct this variable; docs/configuration.md explains each';
    return [{ name: 'configuration', state: 'bad', detail: error.message, nextStep }];
  }
}

function report(checks: Check[], terminal: Terminal): number {
  for (const { name, state, detail } of checks)
    terminal.out(`${SIGNS[state]} ${name.padEnd(14)} ${detail}`);
  const { verdict, nextStep } = summed(checks);
  terminal.out('');
  terminal.out(`${SIGNS[verdict]} ${VERDICTS[verdict]}`);
  if (nextStep) terminal.out(`Next step: ${nextStep}`);
  return verdict === 'bad' ? 1 : 0;
}

const VERDICTS: Record<HealthState, string> = {
  ok: 'All is well.',
  warn: 'It works, but not for everything or not for long.',
  bad: 'It does not work like this.',
};
