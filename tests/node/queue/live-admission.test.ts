import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type WarmEngine, warmEngine } from '../../../node/engine/warm.ts';
import { createLog } from '../../../node/log.ts';
import { createAdmission } from '../../../node/queue/admission.ts';
import { downloadMemory } from '../../../node/queue/download-memory.ts';

const MB = 1024 ** 2;
const log = createLog({ level: 'silent', format: 'json' });
const FIXTURES = join(import.meta.dirname, '../engine/fixtures');

let engine: WarmEngine;
let cwd: string;
beforeAll(async () => {
  const exe = inject('ytdlp').python?.exe ?? 'python3';
  const python = { exe, importPath: FIXTURES };
  engine = await warmEngine({ python, entry: 'fake_ytdlp:main', warmUp: null, graceMs: 200, log });
  cwd = await mkdtemp(join(tmpdir(), 'postchi-live-'));
});
afterAll(async () => {
  await engine.close();
  await rm(cwd, { recursive: true, force: true });
});

/** Starts children of the fork server; answers how to end them, once each holds its memory. */
async function load(children: number, megabytes: number): Promise<() => Promise<void>> {
  const stop = new AbortController();
  const ended: Promise<unknown>[] = [];
  const started = Array.from(
    { length: children },
    () =>
      new Promise<void>((resolve) => {
        const run = { argv: ['eat', String(megabytes)], cwd, signal: stop.signal };
        const heard = { onStdout: () => resolve(), onStderr: () => {} };
        ended.push(engine.run({ ...run, ...heard, maxFileBytes: 1_000_000 }));
      }),
  );
  await Promise.all(started);
  return async () => {
    stop.abort();
    await Promise.all(ended);
  };
}

it('follows what the running downloads really take, down and up again', async () => {
  const memory = downloadMemory({ estimate: 30 * MB, serverPids: () => [engine.serverPid] });
  const changes: number[] = [];
  const apply = (places: number) => changes.push(places);
  const admission = createAdmission({ start: 32, apply, log });
  // A machine of 1 GB on which nothing else runs but these downloads.
  const total = 1024 * MB;
  const look = (active: number, waiting: number) => {
    const perDownload = memory.sample();
    const available = total - active * perDownload;
    return admission.consider({ total, available, perDownload, active, cpu: 20, waiting });
  };
  const looks = (times: number, active: number, waiting = 0) => {
    for (let at = 0; at < times; at += 1) look(active, waiting);
    return admission.places;
  };

  expect(look(0, 0)).toBe(Math.floor((1024 - 128) / 30));
  const endLarge = await load(5, 60);
  const withLarge = looks(25, 5);
  expect(memory.sample() / MB).toBeGreaterThan(60);
  expect(withLarge).toBeLessThan(15);
  await endLarge();

  const endSmall = await load(5, 1);
  for (let at = 0; at < 40; at += 1) look(admission.places, 5);
  expect(memory.sample() / MB).toBeLessThan(20);
  expect(admission.places).toBe(32);
  expect(changes.at(-1)).toBe(32);
  await endSmall();
});
