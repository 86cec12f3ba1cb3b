/** The edge as an operator tries it: `wrangler dev`, which runs the Worker in workerd. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './bot.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export interface Edge {
  url: string;
  stop(): Promise<void>;
}

/** Starts it with these bindings; resolves when it takes requests. */
export async function startEdge(bindings: Record<string, string>): Promise<Edge> {
  const port = await freePort();
  const state = mkdtempSync(join(tmpdir(), 'postchi-edge-'));
  const vars = Object.entries(bindings).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
  const child = spawn(
    join(ROOT, 'node_modules/.bin/wrangler'),
    ['dev', '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0']
      .concat(['--persist-to', state, '--show-interactive-dev-session=false'])
      .concat(vars),
    {
      cwd: ROOT,
      // A group of its own: wrangler does not take workerd along when it is killed.
      detached: true,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const exited = once(child, 'close');
  const said: string[] = [];
  const ready = new Promise<void>((done) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        if (/Ready on /.test(line)) done();
      });
    }
  });
  const stop = async () => {
    if (child.pid && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await exited;
    rmSync(state, { recursive: true, force: true });
  };
  const ended = exited.then(() => {
    throw new Error(`wrangler dev ended:\n${said.join('\n')}`);
  });
  await Promise.race([ready, ended]);
  ended.catch(() => {}); // Its end is awaited by `stop` from here on.
  return { url: `http://127.0.0.1:${port}`, stop };
}
