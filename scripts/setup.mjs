/**
 * Brings node_modules up to date: `npm ci` on a fresh clone or after the lock file changed, a
 * rebuild of better-sqlite3 when another Node is used, nothing at all otherwise.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { compilerAdvice, needsInstall, nodeTooOld } from './decisions.mjs';
import { at, hashFiles, isMain, main, Plain, readJson, run, say, which } from './lib.mjs';

const STAMP = at('node_modules', '.postchi-setup.json');
const SQLITE = at('node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node');
/** The binding is only loaded with the first database, so requiring the package proves nothing. */
const PROBE = "new (require('better-sqlite3'))(':memory:').close()";

const runtime = `${process.platform}-${process.arch}-${process.versions.modules}`;
const lockHash = () => hashFiles([at('package-lock.json')]);

const sqliteLoads = () =>
  spawnSync(process.execPath, ['-e', PROBE], { cwd: at(), stdio: 'ignore' }).status === 0;

function npmRecordIsNewer() {
  const record = statSync(at('node_modules', '.package-lock.json'), { throwIfNoEntry: false });
  return record !== undefined && record.mtimeMs >= statSync(at('package-lock.json')).mtimeMs;
}

function readState() {
  const stamp = readJson(STAMP);
  return {
    stamp: stamp && { ...stamp, sqliteFile: existsSync(SQLITE) },
    lockHash: lockHash(),
    runtime,
    hasModules: existsSync(at('node_modules')),
    npmRecordIsNewer: npmRecordIsNewer(),
    sqliteLoads,
  };
}

/** The npm that started this script when there is one, so that both are of one version. */
function npm(args) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) return run(process.execPath, [script, ...args]);
  if (!which('npm')) throw new Plain('npm cannot be found on PATH; it comes with Node.');
  return run('npm', args);
}

function explain(what) {
  const advice = compilerAdvice({
    make: Boolean(which('make')),
    compiler: Boolean(which(process.env.CXX ?? 'c++') ?? which('g++') ?? which('clang++')),
    python: Boolean(which('python3') ?? which('python')),
  });
  throw new Plain(advice ?? `${what} failed; its own words stand above.`);
}

function install() {
  say('installing packages (better-sqlite3 may be compiled: about a minute)');
  // The build needs the development packages, also where NODE_ENV=production leaves them out.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  if (npm(args) !== 0) explain('npm ci');
}

function rebuild() {
  say(`building better-sqlite3 for Node ${process.versions.node}`);
  if (npm(['rebuild', 'better-sqlite3', '--loglevel=error']) !== 0) explain('npm rebuild');
}

/** Idempotent; the second call in a row starts no other process. Throws `Plain`. */
export function setup() {
  const old = nodeTooOld(process.versions.node);
  if (old) throw new Plain(old);
  const state = readState();
  const need = needsInstall(state);
  if (need === 'install') install();
  if (need === 'rebuild') rebuild();
  if (need !== 'nothing' && !sqliteLoads()) explain('loading better-sqlite3');
  const current = { lockHash: state.lockHash, runtime };
  const same = state.stamp?.lockHash === current.lockHash && state.stamp.runtime === runtime;
  if (need !== 'nothing' || !same) writeFileSync(STAMP, JSON.stringify(current));
}

if (isMain(import.meta.url)) await main(setup);
