/**
 * People send links for a while and everything goes wrong at random; then it stops, and whatever
 * was accepted must have come to exactly one end.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { processesIn } from '../../node/jobs/leftovers.ts';
import type { VisibleMessage } from '../../node/sandbox/bot-api/visible.ts';
import { damageOf } from '../../node/store/open.ts';
import { Database } from '../../node/store/sqlite.ts';
import { textsFor } from '../../shared/texts/index.ts';
import type { Bot } from './bot.ts';
import { type CrashScene, nextPerson, startCrashScene } from './crash.ts';
import { seeded } from './random.ts';
import { type SmallDisk, smallDisk } from './small-disk.ts';
import { childrenOf, endFaults, FAULTS, type FaultScene } from './soak-faults.ts';

export interface SoakFigures {
  seed: number;
  seconds: number;
  requests: number;
  delivered: number;
  /** Explained, by the code in the log. */
  explained: Record<string, number>;
  stopped: number;
  asked: number;
  /** Requests without an end. */
  lost: number;
  /** Files that stand in a chat once too often. */
  doubled: number;
  /** Explanations that stand there once too often. */
  saidTwice: number;
  /** Progress that nobody took away. */
  stale: number;
  orphans: number;
  /** Folders of jobs, processes and unended rows after the end. */
  leftBehind: { folders: number; processes: number; rows: number; owed: number };
  /** Ends of the bot that nobody ordered, starts that failed, and the state of the database. */
  diedAlone: number;
  failedStarts: number;
  damage: string | undefined;
  faults: Record<string, number>;
  /** From the last fault to the last answer. */
  drainS: number;
}

const { buttons, status } = textsFor('en');
const CLOCK = resolve(import.meta.dirname, 'jumping-clock.mjs');

const MANY = 30;
/** Progress is taken away just after the end, after 72 s at the latest; what stays is counted. */
const STALE_MS = 80_000;
/** Above the floor and the estimates of as many jobs as run at once. */
const DISK_MB = 600;

export interface SoakOptions {
  seed: number;
  ms: number;
  /** People give up on nobody for so long after the last fault. */
  drainMs?: number;
  say?: (line: unknown) => void;
}

export async function soak({ seed, ms, drainMs = 180_000, say = () => {} }: SoakOptions) {
  const own = mkdtempSync(join(tmpdir(), 'postchi-soak-'));
  const disk = await smallDisk(DISK_MB);
  const clockFile = join(own, 'clock');
  const env = { NODE_OPTIONS: `--import ${CLOCK}`, CLOCK_OFFSET_FILE: clockFile };
  const scene = await startCrashScene(env, disk && join(disk.dir, 'data'), (site) => [
    ...[site.host, site.host.replace('127.0.0.1', 'localhost')],
  ]);
  try {
    return await new Soak(scene, disk, clockFile, seed, say).run(ms, drainMs);
  } finally {
    await scene.close();
    await disk?.close();
    rmSync(own, { recursive: true, force: true });
  }
}

class Soak implements FaultScene {
  readonly random: ReturnType<typeof seeded>;
  readonly #people: ReturnType<typeof seeded>;
  /** Requests by the person who sent them. */
  readonly #sent = new Map<number, number>();
  /** Those who wait for something still. */
  readonly #open = new Set<number>();
  readonly #faults: Record<string, number> = {};
  readonly #aside = new Set<Promise<void>>();
  readonly #bots = new Set<Bot>();
  #expected = new WeakSet<Bot>();
  #diedAlone = 0;
  #failedStarts = 0;
  #orphans = 0;
  #asked = new Set<number>();
  #troubles = 0;

  constructor(
    readonly scene: CrashScene,
    readonly disk: SmallDisk | undefined,
    readonly clockFile: string,
    private readonly seed: number,
    private readonly say: (line: unknown) => void,
  ) {
    this.random = seeded(seed);
    this.#people = seeded(seed + 1);
  }

  ending = () => void this.#expected.add(this.scene.bot);
  onFailedStart = (error: unknown) => {
    this.#failedStarts += 1;
    this.say({ failedStart: String(error).slice(-500) });
  };
  onOrphans = (count: number) => {
    this.#orphans += count;
  };

  async run(ms: number, drainMs: number): Promise<SoakFigures> {
    const until = performance.now() + ms;
    await Promise.all([this.#write(until), this.#harm(until)]);
    await Promise.all(this.#aside);
    await endFaults(this);
    const since = performance.now();
    await this.#settle(drainMs);
    const drainS = Math.round((performance.now() - since) / 1000);
    return { ...(await this.#figures()), seconds: Math.round(ms / 1000), drainS };
  }

  /** People write, and change their minds. */
  async #write(until: number): Promise<void> {
    while (performance.now() < until) {
      await wait(100 + this.#people.below(1100));
      // So many wait that nothing new would be learnt from one more.
      if (this.#stillOpen().length >= MANY) continue;
      const user = nextPerson();
      const link = this.#link(user);
      this.#ask(user, link);
      if (this.#people.chance(0.06)) this.#ask(user, link);
      if (this.#people.chance(0.08)) void this.#changeMind(user);
    }
  }

  #ask(user: number, link: string): void {
    this.scene.telegram.api.say(user, user, link);
    this.#sent.set(user, this.#sentBy(user) + 1);
    this.#open.add(user);
  }

  #link(user: number): string {
    const { url } = this.scene.site;
    const people = this.#people;
    if (people.chance(0.05)) return `${url}/dead?n=${user}`;
    if (people.chance(0.1)) return `${url}/of/all-${people.below(3)}/small.mp4`;
    // A name of its own, so that its breaker pauses nobody else; and few, so that it stays shut.
    if (people.chance(0.05) && this.#troubles < 2) {
      this.#troubles += 1;
      const troubled = url.replace('127.0.0.1', 'localhost');
      return `${troubled}${people.pick(['/500', '/cut.mp4', '/missing-fragment/master.m3u8'])}?n=${user}`;
    }
    const files = ['small.mp4', 'small.mp4', 'song.mp3', 'silent.mp4', 'hls/master.m3u8'];
    return `${url}/of/${user}/${people.pick(files)}`;
  }

  async #changeMind(user: number): Promise<void> {
    const { api } = this.scene.telegram;
    await wait(this.#people.below(3000));
    const message = api.messages(user).find(({ reply_markup }) => reply_markup);
    const data = message?.reply_markup?.inline_keyboard.flat()[0]?.callback_data;
    if (message && data?.startsWith('x:')) api.press(message.message_id, data, user);
  }

  async #harm(until: number): Promise<void> {
    const dice = FAULTS.flatMap((one) => Array.from({ length: one.weight }, () => one));
    while (performance.now() < until) {
      this.#watch();
      await wait(100 + this.random.below(1500));
      const chosen = this.random.pick(dice);
      this.#faults[chosen.name] = (this.#faults[chosen.name] ?? 0) + 1;
      const done = Promise.resolve(chosen.fault(this));
      if (chosen.aside) this.#keepAside(done);
      else await done;
    }
    this.#watch();
  }

  #keepAside(done: Promise<void>): void {
    this.#aside.add(done);
    void done.finally(() => this.#aside.delete(done));
  }

  /** A bot that ends without having been told to is a defect of its own. */
  #watch(): void {
    const { bot } = this.scene;
    if (this.#bots.has(bot)) return;
    this.#bots.add(bot);
    void bot.exited.then((code) => {
      if (this.#expected.has(bot)) return;
      this.#diedAlone += 1;
      this.say({ diedAlone: code, last: bot.log.slice(-3) });
    });
  }

  #ends(user: number) {
    const texts = (one: VisibleMessage) => one.kind === 'text';
    const all = this.scene.telegram.api.visible(user).filter(({ bot }) => bot);
    const media = all.filter((one) => !texts(one));
    const words = all.filter(texts);
    const questions = words.filter((one) => one.buttons.flat().includes(buttons.sendAgain));
    const failures = words.filter(({ text }) => /\b[0-9a-f]{8}\b/.test(text));
    const stopped = words.filter(({ text }) => text === status.cancelled);
    const ended = [...questions, ...failures, ...stopped];
    const stale = words.filter((one) => !ended.includes(one));
    const count = media.length + ended.length;
    return { media, questions, failures, stopped, stale, count };
  }

  #sentBy(user: number): number {
    return this.#sent.get(user) ?? 0;
  }

  /** Who was served once stays out of sight: thousands are looked at once more in the end. */
  #stillOpen(again: number[] = []): number[] {
    for (const user of again) this.#open.add(user);
    for (const user of this.#open) if (this.#isQuiet(user)) this.#open.delete(user);
    return [...this.#open];
  }

  #owed(): number {
    return unended(join(this.scene.bot.dataDir, 'postchi.db')).owed;
  }

  /** Until everybody has their end, has answered what they were asked, and sees no progress. */
  async #settle(ms: number): Promise<void> {
    const until = performance.now() + ms;
    let allEndedAt = Number.POSITIVE_INFINITY;
    // A question about a file that was there already: its person had everything and is asked late.
    const open = () => this.#stillOpen([...this.#sent.keys()]);
    for (let waiting = open(); waiting.length > 0 || this.#owed() > 0; waiting = open()) {
      const now = performance.now();
      allEndedAt = waiting.every((user) => this.#hasEnded(user))
        ? Math.min(allEndedAt, now)
        : Infinity;
      if (now > Math.min(until, allEndedAt + STALE_MS)) return;
      for (const user of waiting) this.#answer(user);
      await wait(1_000);
    }
  }

  #hasEnded(user: number): boolean {
    const { count, questions } = this.#ends(user);
    return count >= this.#sentBy(user) && questions.length === 0;
  }

  #isQuiet(user: number): boolean {
    return this.#hasEnded(user) && this.#ends(user).stale.length === 0;
  }

  /** As a person does who looks at the chat: yes when the file answers the same message. */
  #answer(user: number): void {
    const { api } = this.scene.telegram;
    const { questions, media } = this.#ends(user);
    for (const question of questions) {
      this.#asked.add(question.id);
      const there = media.some(({ replyTo }) => replyTo === question.replyTo);
      const message = api.messages(user).find(({ message_id }) => message_id === question.id);
      const all = message?.reply_markup?.inline_keyboard.flat() ?? [];
      const data = all.find((one) => one.callback_data?.startsWith(there ? 'ok:' : 're:'));
      if (data?.callback_data) api.press(question.id, data.callback_data, user);
    }
  }

  async #figures() {
    const users = [...this.#sent].map(([user, sent]) => ({ ...this.#ends(user), user, sent }));
    const sum = (of: (one: (typeof users)[number]) => number) =>
      users.reduce((total, one) => total + of(one), 0);
    for (const one of users) {
      if (one.count !== one.sent || one.stale.length > 0)
        this.say({ odd: one.user, ...this.#story(one.user) });
    }
    const leftBehind = await this.#leftBehind();
    return {
      seed: this.seed,
      requests: sum(({ sent }) => sent),
      delivered: sum(({ media }) => media.length),
      explained: this.#codes(users.flatMap(({ failures }) => failures)),
      stopped: sum(({ stopped }) => stopped.length),
      asked: this.#asked.size,
      lost: sum(({ count, sent }) => Math.max(0, sent - count)),
      doubled: sum(({ media, sent }) => Math.max(0, media.length - sent)),
      saidTwice: sum(({ count, media, sent }) => Math.max(0, count - Math.max(sent, media.length))),
      stale: sum(({ stale }) => stale.length),
      orphans: this.#orphans,
      ...leftBehind,
      diedAlone: this.#diedAlone,
      failedStarts: this.#failedStarts,
      faults: this.#faults,
    };
  }

  #codes(failures: VisibleMessage[]): Record<string, number> {
    const codes: Record<string, number> = {};
    for (const { text } of failures) {
      const id = /\b[0-9a-f]{8}\b/.exec(text)?.[0];
      const line = this.#lines().find(({ errorId, code }) => errorId === id && code);
      const code = String(line?.code ?? 'unknown');
      codes[code] = (codes[code] ?? 0) + 1;
    }
    return codes;
  }

  #lines() {
    return [...this.#bots].flatMap(({ log }) => log);
  }

  /** What is known about a request that came to no or too many ends, for whoever looks into it. */
  #story(user: number) {
    const { scene } = this;
    const shown = scene.telegram.api.visible(user).map(({ id, kind, text }) => [id, kind, text]);
    const calls = scene.telegram.api.calls
      .filter(({ fields }) => Number(fields.chat_id) === user)
      .map(({ method, error, doneAt }) => [method, error ?? (doneAt ? 'ok' : 'open')]);
    const db = new Database(join(scene.bot.dataDir, 'postchi.db'), { readonly: true });
    const jobs = db
      .prepare(
        'SELECT id, update_id, state, error_code, attempt, crashes, status_message_id, status_floor, finished_at FROM jobs WHERE chat_id = ?',
      )
      .all(user);
    db.close();
    const ids = new Set(jobs.map((job) => (job as { id: number }).id));
    const log = this.#lines().filter(({ job }) => ids.has(job as number));
    return { shown, calls, jobs, log: JSON.stringify(log) };
  }

  /** The bot is told to end, and nothing of it may remain. */
  async #leftBehind() {
    const { scene } = this;
    const { dataDir } = scene.bot;
    const jobs = join(dataDir, 'jobs');
    for (let looks = 0; looks < 30 && (await processesIn(jobs)).length > 0; looks++)
      await wait(500);
    const own = [scene.bot.pid, ...childrenOf(scene.bot.pid)];
    const folders = readdirSync(jobs).length;
    this.ending();
    await scene.bot.stop();
    const alive = own.filter((pid) => readdirSync('/proc').includes(String(pid)));
    const processes = alive.length + (await processesIn(dataDir)).length;
    const file = join(dataDir, 'postchi.db');
    const { rows, owed } = unended(file);
    return { leftBehind: { folders, processes, rows, owed }, damage: damageOf(file) };
  }
}

function unended(file: string) {
  const db = new Database(file, { readonly: true });
  const count = (sql: string) => (db.prepare(sql).get() as { n: number }).n;
  try {
    return {
      rows: count(
        "SELECT count(*) AS n FROM jobs WHERE state IN ('queued', 'running', 'sending', 'asking')",
      ),
      owed: count("SELECT count(*) AS n FROM state WHERE space = 'unsaid'"),
    };
  } finally {
    db.close();
  }
}

/** Every request has its one end, and nothing is left of them. */
export const isSound = (figures: SoakFigures): boolean => {
  const { lost, doubled, saidTwice, stale, orphans, diedAlone, damage, leftBehind } = figures;
  const bad = [lost, doubled, saidTwice, stale, orphans, diedAlone, ...Object.values(leftBehind)];
  return damage === undefined && bad.every((count) => count === 0);
};
