/** What the set-up has to know, with the answers that are there already as defaults. */
import { randomBytes } from 'node:crypto';
import { PUBLIC_API } from '../config/config.ts';
import { type Answers, WRITTEN } from './setup-env.ts';
import { SetupFailed } from './setup-failed.ts';

const RUNNERS = ['systemd', 'compose', 'none'] as const;
export type Runner = (typeof RUNNERS)[number];

const MODES = ['polling', 'webhook', 'edge'] as const;

/** Undefined: nobody is there to answer. */
export type Ask = ((question: string) => Promise<string>) | undefined;

export interface QuestionTools {
  /** @throws SetupFailed when Telegram does not know it or cannot be asked */
  checkToken(token: string, apiRoot: string): Promise<void>;
  complain(line: string): void;
}

/**
 * @param known the environment and an earlier file
 * @throws SetupFailed for what is missing or wrong when nobody can be asked again
 */
export async function questions(
  known: Answers,
  ask: Ask,
  tools: QuestionTools,
): Promise<{ settings: Answers; run: Runner }> {
  const answer = asker(known, ask, tools);
  const settings: Answers = Object.fromEntries(
    WRITTEN.flatMap((name) => (known[name] ? [[name, known[name]]] : [])),
  );
  const apiRoot = (known.TELEGRAM_API_ROOT ?? PUBLIC_API).replace(/\/+$/, '');
  settings.BOT_TOKEN = await answer('BOT_TOKEN', 'Token of the bot, from @BotFather', {
    check: (token) => tools.checkToken(token, apiRoot),
    expected: 'a token like 123456:ABC… from @BotFather',
  });
  const admins = await answer('ADMIN_IDS', 'Telegram user ids of the admins, with commas', {
    fallback: '',
    pattern: /^(\d{1,16}(\s*,\s*\d{1,16})*)?$/,
    expected: 'numbers with commas between them, such as 42,43 (@userinfobot tells you yours)',
  });
  // A shell that reads the file would take what follows a space for a command.
  settings.ADMIN_IDS = admins.replace(/\s+/g, '');
  const mode = await answer('UPDATES', `How updates come (${MODES.join(', ')})`, {
    fallback: 'polling',
    pattern: new RegExp(`^(${MODES.join('|')})$`),
    expected: MODES.join(', '),
  });
  settings.UPDATES = mode;
  if (mode !== 'polling') Object.assign(settings, await webhookAnswers(known, answer));
  // At most two, with a comma, while they rotate: what stands there already is kept.
  if (mode === 'edge') settings.NODE_SECRET = known.NODE_SECRET ?? secret();
  const run = await answer('SETUP_RUN', `What starts it (${RUNNERS.join(', ')})`, {
    fallback: 'none',
    pattern: new RegExp(`^(${RUNNERS.join('|')})$`),
    expected: RUNNERS.join(', '),
  });
  return { settings, run: run as Runner };
}

async function webhookAnswers(known: Answers, answer: Answer): Promise<Answers> {
  return {
    WEBHOOK_URL: await answer('WEBHOOK_URL', 'Public https address of /webhook', {
      pattern: /^https:\/\/[^\s/]+\/\S*$/,
      expected: 'an address such as https://bot.example/webhook',
    }),
    WEBHOOK_SECRET: known.WEBHOOK_SECRET ?? secret(),
  };
}

/** 43 characters that pass everywhere: headers, URLs, env files. */
const secret = () => randomBytes(32).toString('base64url');

interface Rules {
  /** Taken for an empty answer; without it an answer is required. */
  fallback?: string;
  pattern?: RegExp;
  /** What the pattern lets through, in words. */
  expected?: string;
  check?: (value: string) => Promise<void>;
}

type Answer = (name: string, question: string, rules: Rules) => Promise<string>;

function asker(known: Answers, ask: Ask, { complain }: QuestionTools): Answer {
  return async (name, question, rules) => {
    const suggestion = known[name] ?? rules.fallback;
    for (;;) {
      const shown = suggestion && name !== 'BOT_TOKEN' ? ` [${suggestion}]` : '';
      const typed = (await ask?.(`${question}${shown}: `))?.trim() ?? '';
      const value = typed || suggestion || '';
      try {
        await accept(name, value, rules);
        return value;
      } catch (error) {
        if (!ask || !(error instanceof SetupFailed)) throw error;
        complain(error.message);
      }
    }
  };
}

async function accept(
  name: string,
  value: string,
  { fallback, pattern, expected = 'a value', check }: Rules,
): Promise<void> {
  if (value === '' && fallback === undefined)
    throw new SetupFailed(`${name}: expected ${expected}, found nothing`);
  if (pattern && !pattern.test(value))
    throw new SetupFailed(`${name}: expected ${expected}, found ${JSON.stringify(value)}`);
  await check?.(value);
}
