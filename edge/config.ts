/** The Worker's bindings, checked once: a wrong one is named instead of failing far away. */
import * as v from 'valibot';
import type { Limits } from '../shared/limiter.ts';
import { keysOf } from '../shared/sign.ts';

export interface EdgeConfig {
  /** One, or several that share the work. */
  nodeUrls: readonly [string, ...string[]];
  webhookSecret: string;
  nodeSecret: string;
  adminIds: ReadonlySet<number>;
  limits: Limits;
}

/** What is wrong, without what was found: the answer is public and the value may be a secret. */
export interface ConfigProblem {
  variable: string;
  expected: string;
}

const MIN_KEY = 32;
const checked = (expected: string, fits: (text: string) => boolean) =>
  v.pipe(v.string(expected), v.trim(), v.check(fits, expected));

/** A Worker may make 50 requests while it answers one, and each node is asked how it is. */
const MAX_NODES = 16;
const NODES = `the http(s) URL of the download node, or up to ${MAX_NODES} different ones with commas between`;

const nodeUrls = v.pipe(
  v.string(NODES),
  v.transform((given): [string, ...string[]] => {
    const [first = '', ...others] = given.split(',').map((url) => url.trim());
    return [first, ...others];
  }),
  v.check((urls) => areNodes(urls), NODES),
);

const perMinute = (usual: number) =>
  v.pipe(
    // A number in wrangler.toml arrives as a number, one set in the dashboard as a text.
    v.optional(v.union([v.string(), v.number()]), usual),
    v.transform((given) => (given === '' ? usual : Number(given))),
    v.check((n) => Number.isSafeInteger(n) && n >= 0, 'a whole number per minute, 0 = off'),
  );

const Env = v.object({
  NODE_URL: nodeUrls,
  WEBHOOK_SECRET: checked('1–256 characters of A–Z a–z 0–9 _ -', (text) =>
    /^[A-Za-z0-9_-]{1,256}$/.test(text),
  ),
  NODE_SECRET: checked(
    `at least ${MIN_KEY} characters, or two such keys with a comma between while they rotate`,
    isKeys,
  ),
  ADMIN_IDS: v.pipe(
    v.optional(v.union([v.string(), v.number()]), ''),
    v.transform((given) =>
      String(given)
        .split(/[\s,]+/)
        .filter(Boolean)
        .map(Number),
    ),
    v.check((ids) => ids.every((id) => Number.isSafeInteger(id)), 'comma-separated user ids'),
  ),
  RATE_LIMIT_GLOBAL_PER_MIN: perMinute(25),
  RATE_LIMIT_USER_PER_MIN: perMinute(10),
});

export function readConfig(env: unknown): { config: EdgeConfig } | { problem: ConfigProblem } {
  const parsed = v.safeParse(Env, env, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return { problem: { variable: v.getDotPath(issue) ?? 'env', expected: expectedBy(issue) } };
  }
  const { output } = parsed;
  return {
    config: {
      nodeUrls: output.NODE_URL,
      webhookSecret: output.WEBHOOK_SECRET,
      nodeSecret: output.NODE_SECRET,
      adminIds: new Set(output.ADMIN_IDS),
      limits: { user: output.RATE_LIMIT_USER_PER_MIN, global: output.RATE_LIMIT_GLOBAL_PER_MIN },
    },
  };
}

/** A missing binding is reported by the object around it, with a path but no words of its own. */
function expectedBy(issue: v.BaseIssue<unknown>): string {
  const key = v.getDotPath(issue);
  if (issue.kind !== 'schema' || !key || !(key in Env.entries)) return issue.message;
  const schema = Env.entries[key as keyof typeof Env.entries];
  const [inner] = v.safeParse(schema, undefined).issues ?? [];
  return inner?.message ?? issue.message;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function areNodes(urls: readonly string[]): boolean {
  const isEachOnce = new Set(urls).size === urls.length;
  return isEachOnce && urls.length <= MAX_NODES && urls.every(isHttpUrl);
}

function isKeys(text: string): boolean {
  const keys = keysOf(text);
  return (keys.length === 1 || keys.length === 2) && keys.every((key) => key.length >= MIN_KEY);
}
