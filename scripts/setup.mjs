/**
 * Brings node_modules up to date: `npm ci` on a fresh clone or after the lock file changed, a
 * build of better-sqlite3 where this Node needs one, nothing at all otherwise.
 *
 * No install script runs but that one: the other packages bring their binaries with them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { compilerAdvice, needsInstall, nodeTooOld, sqlitePackage } from './decisions.mjs';
import { at, hashFiles, isMain, main, Plain, readJson, run, say, which } from './lib.mjs';

const STAMP = at('node_modules', '.postchi-setup.json');
const sqlite = sqlitePackage(process.versions.napi);
const SQLITE = at('node_modules', sqlite.name, 'build', 'Release', 'better_sqlite3.node');
/** The binding is only loaded with the first database, so requiring the package proves nothing. */
const PROBE = `new (require('${sqlite.name}'))(':memory:').close()`;

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
    stamp: stamp && { ...stamp, sqliteFile: !sqlite.compiled || existsSync(SQLITE) },
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
  if (script?.endsWith('.js')) return [process.execPath, [script, ...args]];
  if (!which('npm')) throw new Plain('npm cannot be found on PATH; it comes with Node.');
  return ['npm', args];
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
  say('installing packages');
  // The build needs the development packages, also where NODE_ENV=production leaves them out.
  const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  if (run(...npm([...args, '--loglevel=error'])) !== 0) explain('npm ci');
}

/** One core compiles for a minute; whoever has something else to do meanwhile may. */
async function rebuild() {
  say(`building better-sqlite3 for Node ${process.versions.node} (about a minute)`);
  const [command, args] = npm(['rebuild', sqlite.name, '--loglevel=error']);
  const [code] = await once(spawn(command, args, { cwd: at(), stdio: 'inherit' }), 'exit');
  if (code !== 0) explain('npm rebuild');
}

/**
 * Idempotent; the second call in a row starts no other process. The JavaScript of all packages is
 * there when it returns, the binaries once its promise resolves. Throws `Plain`.
 */
export function startSetup() {
  const old = nodeTooOld(process.versions.node);
  if (old) throw new Plain(old);
  const state = readState();
  const need = needsInstall(state);
  if (need === 'install') install();
  return finish(state, need);
}

async function finish(state, need) {
  if (need === 'rebuild' || (need === 'install' && sqlite.compiled)) await rebuild();
  if (need !== 'nothing' && !sqliteLoads()) explain('loading better-sqlite3');
  const current = { lockHash: state.lockHash, runtime };
  const same = state.stamp?.lockHash === current.lockHash && state.stamp.runtime === runtime;
  if (need !== 'nothing' || !same) writeFileSync(STAMP, JSON.stringify(current));
}

/** The same for those who need all of it. */
export async function setup() {
  await startSetup();
}

if (isMain(import.meta.url)) await main(setup);
