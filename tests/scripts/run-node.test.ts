/** A real starter with a real child: a program that reports each signal it gets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const REPORTER = `
let count = 0;
for (const name of ['SIGINT', 'SIGTERM']) {
  process.on(name, () => {
    console.log(name);
    count += 1;
    if (count === 2) process.exit(7);
  });
}
setInterval(() => {}, 1000);
console.log('up ' + process.pid + ' ' + process.argv.slice(2).join(' '));
`;

let folder: string;
let starter: ChildProcess;
let lines: AsyncIterator<string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postchi-start-'));
});
afterEach(() => {
  starter.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(program: string): void {
  const file = join(folder, 'program.mjs');
  writeFileSync(file, program);
  const module = pathToFileURL('scripts/run-node.mjs').href;
  const code = `import { runNode } from '${module}';
    process.exit(await runNode(process.argv[1], ['one', 'two']));`;
  const args = ['--input-type=module', '-e', code, file];
  // A group of its own, so that a signal can be sent to all of it as a terminal does.
  starter = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  if (!starter.stdout) throw new Error('no output to read');
  lines = createInterface(starter.stdout)[Symbol.asyncIterator]();
}

const line = async () => (await lines.next()).value as string | undefined;

describe('the starter', () => {
  it('passes Ctrl-C on once although terminal and npm both send it, and the exit code back', async () => {
    start(REPORTER);
    expect(await line()).toMatch(/^up \d+ one two$/);
    process.kill(-Number(starter.pid), 'SIGINT');
    starter.kill('SIGINT');
    expect(await line()).toBe('SIGINT');
    // Had the echo come through, the program would have ended before this signal.
    starter.kill('SIGTERM');
    expect(await line()).toBe('SIGTERM');
    const [code] = await once(starter, 'exit');
    expect(code).toBe(7);
  });

  it('reports a child that a signal ended as a shell does', async () => {
    start("process.kill(process.pid, 'SIGKILL');");
    const [code] = await once(starter, 'exit');
    expect(code).toBe(137);
  });

  it('takes the node along when it is killed itself', async () => {
    start(REPORTER);
    const pid = Number((await line())?.split(' ')[1]);
    starter.kill('SIGKILL');
    expect(await line()).toBe('SIGTERM');
    process.kill(pid, 'SIGTERM');
    // The output ends when the last process that holds it is gone.
    expect(await line()).toBe('SIGTERM');
    expect(await line()).toBeUndefined();
  });
});
