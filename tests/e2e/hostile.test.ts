import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CrashScene, nextPerson, seenBy, startCrashScene } from '../support/crash.ts';
import { seeded } from '../support/random.ts';

const SEED = Number(process.env.SEED ?? 20_260_102);
/** `HOSTILE=full` tries as many as docs/reliability.md tells of; a busy machine needs its time. */
const FULL = process.env.HOSTILE === 'full';
const TEXTS = FULL ? 500 : 100;
/** A thousand of them, against every kind of screen: tests/node/chat/forged.test.ts */
const PRESSES = FULL ? 1000 : 50;
const PATIENCE_MS = FULL ? 900_000 : 100_000;

const OPTIONS = [
  ...['--exec id', '--exec=touch PWNED', '-o /tmp/PWNED', '--config-locations .', '-a -'],
  ...['--output=../../PWNED', '--cookies-from-browser chrome', '--netrc-cmd id', '--load-info x'],
  ...['--proxy=', '--no-proxy', '-P home:/tmp', '--downloader aria2c', '--write-link', '--'],
];
const BYTES = [
  '\n',
  '\r\n',
  '\0',
  '\u202e',
  '\u200f',
  '\t',
  '%0a',
  '%00',
  '`id`',
  '$(id)',
  ';id',
  '|id',
];
const PATHS = [
  '../../../PWNED',
  '..%2f..%2fPWNED',
  '/etc/passwd',
  '%(title)s',
  '#__youtubedl_smuggle=%7B%7D',
];

describe('strangers', () => {
  let scene: CrashScene;
  beforeAll(async () => {
    scene = await startCrashScene();
  });
  afterAll(() => scene?.close());

  /** Everything below a folder with the time it changed, links not followed. */
  const names = (dir: string): string[] =>
    readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
      const path = join(dir, entry.name);
      return entry.isDirectory() ? [path, ...names(path)] : [path];
    });

  it(
    `turn no text into an option or a path: ${TEXTS} of them (seed ${SEED})`,
    async () => {
      const random = seeded(SEED);
      const { api } = scene.telegram;
      const before = new Set(names(scene.bot.dataDir));
      const texts = Array.from({ length: TEXTS }, (_, n) => hostileText(random, scene.site.url, n));
      const people = Array.from({ length: 100 }, nextPerson);
      const argvs = watchArguments(join(scene.bot.dataDir, 'jobs'));
      for (const [n, text] of texts.entries()) {
        const user = people[n % people.length] as number;
        api.say(user, user, text);
      }
      const last = nextPerson();
      api.say(last, last, `${scene.site.url}/of/last/small.mp4`);
      await api.waitFor(() => seenBy(scene.telegram, last).media.length > 0, PATIENCE_MS);
      const engines = argvs.stop();
      const added = names(scene.bot.dataDir).filter((path) => !before.has(path));
      expect(added.filter((path) => /PWNED|passwd/i.test(path))).toEqual([]);
      expect(
        engines.filter((argv) => /PWNED|--exec|netrc-cmd|aria2c|from-browser/.test(argv)),
      ).toEqual([]);
      expect(() => statSync('/tmp/PWNED')).toThrow();
      expect(scene.bot.log.filter(({ level }) => level === 'fatal' || level === 60)).toEqual([]);
    },
    2 * PATIENCE_MS,
  );

  it(
    `press nothing that is not theirs: ${PRESSES} forged, foreign and replayed buttons (seed ${SEED})`,
    async () => {
      const random = seeded(SEED + 1);
      const { api } = scene.telegram;
      const owner = nextPerson();
      scene.site.throttle(20_000);
      api.say(owner, owner, `${scene.site.url}/of/${owner}/small.mp4`);
      const status = await api.waitFor(() => {
        return api.messages(owner).find(({ reply_markup }) => reply_markup);
      }, 30_000);
      const real = status.reply_markup?.inline_keyboard.flat()[0]?.callback_data ?? '';
      const strangers = Array.from({ length: 20 }, nextPerson);
      const from = api.calls.length;
      for (let n = 0; n < PRESSES; n++) {
        api.press(status.message_id, forged(random, real), random.pick(strangers));
      }
      const answered = () =>
        api.calls
          .slice(from)
          .filter(({ method, doneAt }) => method === 'answerCallbackQuery' && doneAt);
      await api.waitFor(() => answered().length >= PRESSES, PATIENCE_MS);
      expect(seenBy(scene.telegram, owner).failure).toBeUndefined();
      scene.site.throttle(undefined);
      await api.waitFor(() => seenBy(scene.telegram, owner).media.length > 0, 60_000);
      expect(seenBy(scene.telegram, owner).media).toHaveLength(1);
      const said = strangers.flatMap((user) => seenBy(scene.telegram, user).media);
      expect(said).toEqual([]);
    },
    2 * PATIENCE_MS,
  );

  it('hold 500 sockets open without shutting anybody else out', async () => {
    const { port } = new URL(scene.bot.url);
    const sockets = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const socket: Socket = connect(Number(port), '127.0.0.1');
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.write('POST /jobs HTTP/1.1\r\nHost: x\r\nX-Slow: ');
        return socket;
      }),
    );
    const drip = setInterval(() => {
      for (const socket of sockets) if (!socket.destroyed) socket.write('a');
    }, 1_000);
    try {
      const health = await fetch(`${scene.bot.url}/healthz`);
      expect(health.ok).toBe(true);
      // The headers have five seconds to arrive, however busily they drip.
      await Promise.all(
        sockets.map(
          (socket) => socket.destroyed || new Promise((done) => socket.once('close', done)),
        ),
      );
    } finally {
      clearInterval(drip);
    }
  });
});

type Random = ReturnType<typeof seeded>;

function hostileText(random: Random, site: string, n: number): string {
  const link = () => `${site}/of/${n}/${random.pick(['small.mp4', '-o', '--exec', ...PATHS])}`;
  const part = () =>
    random.pick([random.pick(OPTIONS), random.pick(BYTES), random.pick(PATHS), link()]);
  const join = random.pick([' ', '', '\n']);
  return (
    Array.from({ length: 1 + random.below(4) }, part)
      .join(join)
      .trim() || '-'
  );
}

/** Command lines of everything that runs inside the jobs' folder, as often as the loop comes by. */
function watchArguments(dir: string) {
  const seen = new Set<string>();
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        if (text.includes(dir)) seen.add(text);
      } catch {
        // It ended meanwhile.
      }
    }
  };
  const timer = setInterval(look, 50);
  return {
    stop() {
      clearInterval(timer);
      return [...seen];
    },
  };
}

/** The owner's own button, ids around it, verbs nobody made, and noise. */
function forged(random: Random, real: string): string {
  const id = String(1 + random.below(50));
  const verb = random.pick(['x', 'xb', 'm', 'ok', 're', 'cl', 'h', 'c', 's', 'f', 'constructor']);
  return random
    .pick([
      real,
      `${verb}:${id}`,
      `${verb}:${id}:${random.pick(['auto', 'v:720', '../..', '-1', ''])}`,
      `${verb}:${random.pick(['-1', '0', '9e9', '١', '99999999999999999999', ' 1', '1 '])}`,
      String.fromCharCode(
        ...Array.from({ length: 1 + random.below(20) }, () => 1 + random.below(300)),
      ),
    ])
    .slice(0, 60);
}
