/** The file of settings: `NAME=value` lines that systemd, compose and a shell read alike. */
import { readFile } from 'node:fs/promises';

export type Answers = Record<string, string>;

/** What is asked or made, in the order it is written; everything else keeps its default. */
export const WRITTEN = [
  'BOT_TOKEN',
  'ADMIN_IDS',
  'TELEGRAM_API_ROOT',
  'UPDATES',
  'WEBHOOK_URL',
  'WEBHOOK_SECRET',
  'NODE_SECRET',
  'HOST',
  'PORT',
  'DATA_DIR',
  'MAX_CONCURRENT_DOWNLOADS',
  'MAX_FILE_MB',
] as const;

/** `kept`: what stood in the file and is nobody's question here stays in it. */
export function envFile(answers: Answers, kept: Answers): string {
  const asked = new Set<string>(WRITTEN);
  const own = Object.entries(kept).filter(([name]) => !asked.has(name));
  const written = WRITTEN.flatMap((name) => (answers[name] ? [[name, answers[name]]] : []));
  return [
    '# Settings of Postchi; docs/configuration.md explains each. Keep this file private.',
    ...[...written, ...own].map(([name, value]) => `${name}=${value}`),
    '',
  ].join('\n');
}

/** What an earlier set-up wrote; empty when there was none. */
export async function readEnvFile(file: string): Promise<Answers> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line.trim()) ?? [];
      return name && value ? [[name, value]] : [];
    }),
  );
}
