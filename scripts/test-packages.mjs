/** The programs of other people that the tests drive: found, else installed as Debian's packages. */
import { existsSync } from 'node:fs';
import { run, say, which } from './lib.mjs';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const browser = () => process.env.CHROMIUM_PATH ?? BROWSERS.map(which).find(Boolean);

/** What is wanted of whom; emoji because the screenshots, with pictures on buttons, are looked at. */
const WANTED = [
  { packages: ['chromium', 'fonts-noto-color-emoji'], there: () => browser() !== undefined },
  { packages: ['postgresql'], there: () => existsSync('/usr/lib/postgresql') },
  { packages: ['docker-compose'], there: () => which('docker-compose') !== undefined },
  { packages: ['systemd'], there: () => which('systemd-analyze') !== undefined },
];

const missing = () => WANTED.filter(({ there }) => !there()).flatMap(({ packages }) => packages);

const QUIET = { DEBIAN_FRONTEND: 'noninteractive' };

/** In one go: fetching the lists of packages takes longer than most of the packages. */
function install(packages) {
  say(`installing for the tests: ${packages.join(', ')}`);
  run('apt-get', ['update', '-qq'], QUIET);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], QUIET);
}

/**
 * Installs what is missing where that is possible, names what stays missing, and gives the path of
 * a Chromium: without one no page can be tested. Tests that lack another program are skipped.
 */
export function ensureTestPackages() {
  const wanted = missing();
  const mayInstall = process.getuid?.() === 0 && which('apt-get') !== undefined;
  if (wanted.length > 0 && mayInstall) install(wanted);
  const still = missing();
  if (still.length > 0) say(`tests miss something, install it: ${still.join(', ')}`);
  return browser();
}
