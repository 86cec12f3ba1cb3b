/**
 * Builds `dist/node.js` with the assets it reads beside it, and the Worker bundle in `dist/edge/`.
 * Nothing is done when no input changed.
 *
 * The Worker is bundled by esbuild and not by `wrangler deploy --dry-run`: it takes 0.1 s
 * instead of several, and wrangler bundles again by itself when it deploys.
 */
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { needsBuild } from './decisions.mjs';
import { at, filesUnder, hashFiles, isMain, main, Plain, readJson, say } from './lib.mjs';
import { setup } from './setup.mjs';
import { workerBundle } from './worker-bundle.mjs';

const STAMP = at('dist', '.build.json');

/** Files the node reads at run time, and where it looks for them. */
const ASSETS = [
  ['node/engine/warm_server.py', 'dist/warm_server.py'],
  ['node/engine/warm', 'dist/warm'],
  ['node/media/look', 'dist/look'],
  ['node/sandbox/page', 'dist/page'],
  ['node/admin/fonts', 'dist/fonts'],
  ['drizzle', 'dist/drizzle'],
];

const OUTPUTS = ['dist/node.js', 'dist/edge/worker.js', ...ASSETS.map(([, to]) => to)];
const INPUTS = [
  'node',
  'edge',
  'shared',
  'drizzle',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/worker-bundle.mjs',
];

/**
 * The packages are part of the bundle, because Node takes half a second to find and read two
 * thousand small files at every start; not so what holds native code or starts workers by path.
 */
const OUTSIDE = [
  ...['better-sqlite3', 'better-sqlite3-node20', 'pino', 'pino-pretty', '@resvg/resvg-js'],
  ...['pg-native', 'pg-cloudflare'],
];
const REQUIRE =
  "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

async function bundle() {
  const { build } = await import('esbuild');
  const common = { bundle: true, format: 'esm', sourcemap: true, logLevel: 'warning' };
  await build({
    ...common,
    entryPoints: [at('node/node.ts')],
    outfile: at('dist/node.js'),
    platform: 'node',
    target: 'node20',
    external: OUTSIDE,
    // Packages in the old module format ask for Node's own modules with it.
    banner: { js: REQUIRE },
  });
  await build({ ...common, ...workerBundle, outfile: at('dist/edge/worker.js') });
}

function copyAssets() {
  for (const [from, to] of ASSETS) {
    const nothing = filesUnder([at(from)]).length === 0;
    if (nothing) throw new Plain(`the build needs ${from}, which is not there.`);
    rmSync(at(to), { recursive: true, force: true });
    cpSync(at(from), at(to), { recursive: true });
  }
}

/** Builds when something changed since the last build; throws `Plain` or esbuild's error. */
export async function buildIfStale() {
  const inputHash = hashFiles(filesUnder(INPUTS.map((path) => at(path))));
  const missingOutputs = OUTPUTS.filter((path) => !existsSync(at(path)));
  if (!needsBuild({ stamp: readJson(STAMP)?.inputHash, inputHash, missingOutputs })) return false;
  say('building');
  // Gone first: a build that is cut short must not look finished.
  rmSync(STAMP, { force: true });
  mkdirSync(at('dist'), { recursive: true });
  copyAssets();
  await bundle().catch(() => {
    throw new Plain('the build failed; the errors stand above.');
  });
  writeFileSync(STAMP, JSON.stringify({ inputHash }));
  return true;
}

if (isMain(import.meta.url)) {
  await main(async () => {
    await setup();
    if (!(await buildIfStale())) say('nothing to build: no source changed');
  });
}
