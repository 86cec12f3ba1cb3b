/**
 * SQLite to PostgreSQL and back by the command an operator runs, killed twice on the way:
 *
 *   npx tsx scripts/scale/move-store.ts [JOBS]
 *
 * Needs a build and Debian's PostgreSQL. Prints what each run took; exit code 1 unless both hold
 * the same at the end.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DB_FILE, openDatabase } from '../../node/store/open.ts';
import { fill } from '../../tests/support/filled.ts';
import { emptyDatabase, startPostgres } from '../../tests/support/postgres.ts';
import { MIGRATIONS } from '../../tests/support/store.ts';

const size = Number(process.argv[2] ?? 200_000);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const dataDir = mkdtempSync(join(tmpdir(), 'postchi-move-'));
const server = await startPostgres({ fsync: 'on', shared_buffers: '128MB' });
const { url } = await emptyDatabase(server.url);
const entry = new URL('../../dist/node.js', import.meta.url).pathname;

/** Runs the command; with `killAt` it is killed once so many rows of jobs are there. */
async function move(args: string[], killAt?: number) {
  const began = performance.now();
  const env = { ...process.env, DATA_DIR: dataDir, DATABASE_URL: url };
  const child = spawn(process.execPath, [entry, 'move-store', ...args], { env });
  const out: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => out.push(chunk));
  const ended = once(child, 'exit');
  while (killAt !== undefined && child.exitCode === null) {
    if ((await jobsThere()) >= killAt) child.kill('SIGKILL');
    await new Promise((done) => setTimeout(done, 50));
    if (child.signalCode !== null) break;
  }
  const [code, signal] = await ended;
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  return { code, signal, seconds, out: Buffer.concat(out).toString() };
}

async function jobsThere(): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: string }>('SELECT count(*) AS n FROM jobs');
    return Number(rows[0]?.n ?? 0);
  } catch {
    // The tables are not there yet.
    return 0;
  } finally {
    await client.end();
  }
}

const opened = openDatabase({ dataDir, migrationsDir: MIGRATIONS });
fill(opened.db, size);
opened.close();
say({ jobs: size, sqliteMb: Math.round(statSync(join(dataDir, DB_FILE)).size / 1024 ** 2) });

let well = true;
for (const [name, args, killAt] of [
  ['killed', [], size / 3],
  ['killed again', [], (size * 2) / 3],
  ['finished', []],
  ['repeated', []],
  ['back', ['--back']],
] as const) {
  const { out, ...run } = await move([...args], killAt);
  say({ run: name, ...run, jobs: await jobsThere() });
  if (killAt === undefined) {
    process.stdout.write(out);
    well &&= run.code === 0;
  } else well &&= run.signal === 'SIGKILL';
}
await server.stop();
rmSync(dataDir, { recursive: true, force: true });
process.exitCode = well ? 0 : 1;
