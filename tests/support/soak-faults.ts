/** Everything that can go wrong around the bot, one at a time, for the soak. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { FaultKind } from '../../node/sandbox/bot-api/faults.ts';
import type { CrashScene } from './crash.ts';
import type { seeded } from './random.ts';
import type { SmallDisk } from './small-disk.ts';

export interface FaultScene {
  scene: CrashScene;
  random: ReturnType<typeof seeded>;
  disk: SmallDisk | undefined;
  /** The bot's wall clock is off by the ms in this file. */
  clockFile: string;
  /** Counts starts that did not succeed, e.g. on a full disk. */
  onFailedStart(error: unknown): void;
  /** The bot is about to end because we say so. */
  ending(): void;
  /** Engines of a killed node that its successor found and left running. */
  onOrphans(count: number): void;
}

type Fault = (around: FaultScene) => Promise<void> | void;

const HOUR_MS = 3_600_000;
const CALLS = ['sendVideo', 'sendAudio', 'sendMessage', 'editMessageText', 'deleteMessage'];
const KINDS: FaultKind[] = ['flood', 'error', 'cut-before', 'cut-after', 'hang'];

/** Starts the bot until it is up, as systemd would. */
async function up({ scene, onFailedStart }: FaultScene): Promise<void> {
  for (;;) {
    try {
      await scene.restart();
      return;
    } catch (error) {
      onFailedStart(error);
      await wait(500);
    }
  }
}

async function kill(around: FaultScene): Promise<void> {
  around.ending();
  const left = await around.scene.kill();
  await up(around);
  const running = await around.scene.engines();
  around.onOrphans(left.filter((pid) => running.includes(pid)).length);
}

/** SIGTERM, and a second one when it takes too long for the person at the keyboard. */
async function terminate(around: FaultScene): Promise<void> {
  const { scene, random } = around;
  around.ending();
  scene.bot.kill('SIGTERM');
  const impatient = setTimeout(() => scene.bot.kill('SIGTERM'), 200 + random.below(3000));
  await scene.bot.exited;
  clearTimeout(impatient);
  await up(around);
}

/** Processes whose parent this is, from the kernel. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function strike(pid: number | undefined): void {
  try {
    if (pid) process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in this very moment.
  }
}

const forkServer: Fault = ({ scene }) => strike(childrenOf(scene.bot.pid)[0]);

const engine: Fault = async ({ scene, random }) => {
  const running = await scene.engines();
  if (running.length > 0) strike(random.pick(running));
};

const telegram: Fault = ({ scene, random }) => {
  const kind = random.pick(KINDS);
  // An upload may hang for ten minutes before it is given up; the rest is tried within the minute.
  const method = kind === 'hang' ? random.pick(CALLS.slice(2)) : random.pick([...CALLS, '*']);
  const times = kind === 'hang' ? 1 : 1 + random.below(3);
  scene.telegram.api.faults.add({ method, kind, times, retryAfter: 1 + random.below(2) });
};

const noTelegram: Fault = async ({ scene, random }) => {
  scene.wire.refuse(true);
  await wait(200 + random.below(3000));
  scene.wire.refuse(false);
};

const slowSite: Fault = async ({ scene, random }) => {
  scene.site.throttle(random.pick([2_000, 20_000, 100_000]));
  await wait(1000 + random.below(3000));
  scene.site.throttle(undefined);
};

const fullDisk: Fault = async ({ disk, random }) => {
  disk?.fillTo(random.pick([0, 0.2, 1, 3]));
  await wait(500 + random.below(2500));
  disk?.empty();
};

const clock: Fault = ({ scene, clockFile, random }) => {
  writeFileSync(clockFile, String(random.pick([-24, -1, 0, 1, 24]) * HOUR_MS));
  scene.bot.kill('SIGUSR2');
};

/** The longer ones hold up none of the others. */
export const FAULTS: { name: string; weight: number; fault: Fault; aside?: true }[] = [
  { name: 'kill -9', weight: 2, fault: kill },
  { name: 'SIGTERM', weight: 2, fault: terminate },
  { name: 'fork server killed', weight: 3, fault: forkServer },
  { name: 'engine killed', weight: 4, fault: engine },
  { name: 'Telegram', weight: 14, fault: telegram },
  { name: 'no Telegram', weight: 3, fault: noTelegram, aside: true },
  { name: 'slow site', weight: 4, fault: slowSite, aside: true },
  { name: 'full disk', weight: 3, fault: fullDisk, aside: true },
  { name: 'clock jump', weight: 3, fault: clock },
];

/** Nothing goes wrong any more. */
export async function endFaults(around: FaultScene): Promise<void> {
  const { scene, disk, clockFile } = around;
  scene.telegram.api.faults.clear();
  scene.site.throttle(undefined);
  disk?.empty();
  writeFileSync(clockFile, '0');
  scene.bot.kill('SIGUSR2');
  scene.wire.refuse(false);
}
