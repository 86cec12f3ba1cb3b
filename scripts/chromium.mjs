/** Finds the browser the page tests drive, and installs Debian's package when there is none. */
import { existsSync } from 'node:fs';
import { run, say, which } from './lib.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const find = () => process.env.CHROMIUM_PATH ?? NAMES.map(which).find(Boolean);

const QUIET = { DEBIAN_FRONTEND: 'noninteractive' };
/** The second for the pictures on buttons: the screenshots are looked at. */
const PACKAGES = ['chromium', 'fonts-noto-color-emoji'];
/** The tests of the store want it as well and would fetch the lists of packages once more. */
const postgres = () => (existsSync('/usr/lib/postgresql') ? [] : ['postgresql']);

function installable() {
  return process.getuid?.() === 0 && which('apt-get') !== undefined;
}

/** The path of a Chromium, or undefined after a line that says what to do. */
export function ensureChromium() {
  const found = find();
  if (found) return found;
  if (installable()) {
    say('installing chromium for the browser tests');
    run('apt-get', ['update', '-qq'], QUIET);
    const wanted = [...PACKAGES, ...postgres()];
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...wanted], QUIET);
  }
  if (!find()) {
    say('no Chromium for the browser tests: install the package chromium or set CHROMIUM_PATH');
  }
  return find();
}
