/** yt-dlp needs Node 22 or deno for YouTube: on an older Node, deno is fetched beside the data. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { say } from './lib.mjs';

const DENO = 'deno@2.9.6';
const NODE_MAJOR = 22;

/**
 * In the background: 90 MB must not hold back the bot, which looks for it from time to time. A
 * failure costs YouTube only, and `doctor` tells it.
 */
export function installDeno(env = process.env) {
  const dir = resolve(env.DATA_DIR || './data', 'tools');
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return;
  if (existsSync(join(dir, 'node_modules/.bin/deno'))) return;
  mkdirSync(dir, { recursive: true });
  say(`Node ${process.versions.node} cannot run YouTube's player scripts: fetching deno for it`);
  const args = ['install', '--prefix', dir, '--no-save', '--no-audit', '--no-fund', DENO];
  const npm = spawn('npm', args, { cwd: dir, stdio: 'ignore' });
  npm.on('error', () => say('deno could not be installed: YouTube may fail'));
  npm.on('exit', (code) => {
    if (code !== 0) say('deno could not be installed: YouTube may fail (npm doctor tells more)');
  });
}
