/** Finds the browser the page tests drive, and installs Debian's package when there is none. */
import { run, say, which } from './lib.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const find = () => process.env.CHROMIUM_PATH ?? NAMES.map(which).find(Boolean);

function installable() {
  return process.getuid?.() === 0 && which('apt-get') !== undefined;
}

/** The path of a Chromium, or undefined after a line that says what to do. */
export function ensureChromium() {
  const found = find();
  if (found) return found;
  if (installable()) {
    say('installing chromium for the browser tests');
    const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], quiet);
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], quiet);
  }
  if (!find()) {
    say('no Chromium for the browser tests: install the package chromium or set CHROMIUM_PATH');
  }
  return find();
}
