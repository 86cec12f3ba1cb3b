/**
 * One run on the fork server, from the request to the end of its process group.
 *
 * asked → started (its `ctl` told the pid and was answered "go") → told (its `ctl` told the code)
 * → settled (all three connections are closed and its group is empty). A run that was only asked
 * for may be asked for again on another server; one that started never is, because it may have
 * done something. A child that is kept stays: its `ctl` then waits for the job's next run.
 */
import type { Socket } from 'node:net';
import * as v from 'valibot';
import { JobError } from '../../shared/errors.ts';
import type { EngineExit, EngineRun } from './engine.ts';
import type { ForkRequest } from './fork-server.ts';
import { lineReader } from './lines.ts';
import { outputSink } from './output-sink.ts';
import { endGroup, groupRuns, signalGroup } from './process-group.ts';
import type { StreamName } from './warm-channel.ts';

const Report = v.union([
  v.object({ pid: v.number() }),
  v.object({ code: v.number(), kept: v.boolean() }),
]);

/** A child that ended a run well and waits for the next one of its job. */
export interface KeptChild {
  /** Asks it for a run; whether it takes it shows as with any other child. */
  ask(request: ForkRequest): void;
  /** Ends it. */
  drop(): void;
  /** Called when it is gone, by whatever cause. */
  onGone: () => void;
}

export interface WarmRun {
  readonly started: boolean;
  readonly pid: number | undefined;
  /** After the run: the child, when it was kept. */
  readonly kept: KeptChild | undefined;
  /** Resolves with the exit; rejects when it was given up. */
  readonly done: Promise<EngineExit>;
  take(name: StreamName, socket: Socket, rest: Buffer): void;
  /** The server saw the child end by this signal. */
  gone(signal: NodeJS.Signals): void;
  /** It never started and will not. */
  giveUp(error: JobError): void;
  /** Kills what runs, or keeps it from starting. */
  end(): void;
  onStarted: () => void;
}

/** ms to wait for the server's word on the signal that ended a child. */
const SIGNAL_WITHIN_MS = 300;

export function warmRun(run: EngineRun, graceMs: number): WarmRun {
  let pid: number | undefined;
  let code: number | null = null;
  let signal: NodeJS.Signals | null = null;
  let ending: Promise<void> | undefined;
  let wanted = true;
  let open = 3;
  let kept: KeptChild | undefined;
  let tellSignal: () => void = () => {};
  const signalled = new Promise<void>((resolve) => {
    tellSignal = resolve;
  });
  let resolve: (exit: EngineExit) => void = () => {};
  let reject: (error: JobError) => void = () => {};
  const done = new Promise<EngineExit>((yes, no) => {
    resolve = yes;
    reject = no;
  });

  const end = () => {
    wanted = false;
    if (pid !== undefined) ending ??= endGroup(pid, graceMs);
  };
  const sink = outputSink(run, end);

  async function settle(): Promise<void> {
    // Without a code the child was killed: the server knows by what, if it still lives.
    if (code === null) await Promise.race([signalled, delay(SIGNAL_WITHIN_MS)]);
    await ending;
    resolve({ code, signal: code === null ? (signal ?? 'SIGKILL') : null, stderr: sink.end() });
  }

  const closed = () => {
    open -= 1;
    if (open === 0) settle().catch((cause) => reject(new JobError('engine_failed', String(cause))));
  };

  function hear(line: string, socket: Socket): void {
    const report = v.parse(Report, JSON.parse(line));
    if ('code' in report) {
      code = report.code;
      if (!report.kept) return;
      kept = keptChild(socket, pid ?? 0, graceMs);
      closed();
      return;
    }
    pid = report.pid;
    self.onStarted();
    if (wanted) socket.write('go\n');
    else end();
  }

  function ctl(socket: Socket, rest: Buffer): void {
    const reader = lineReader((line) => hear(line, socket), 1_024);
    reader.write(rest);
    socket.on('data', reader.write);
    // A grandchild that outlives yt-dlp holds `out` and `err`, never `ctl`.
    socket.on('close', () => {
      if (kept) return;
      if (pid !== undefined && !ending) ending = endLeftovers(pid, graceMs);
      closed();
    });
  }

  const self: WarmRun = {
    get started() {
      return pid !== undefined;
    },
    get pid() {
      return pid;
    },
    get kept() {
      return kept;
    },
    done,
    take(name, socket, rest) {
      if (name === 'ctl') return ctl(socket, rest);
      socket.on('close', closed);
      const write = name === 'out' ? sink.stdout : sink.stderr;
      if (rest.length > 0) write(rest);
      socket.on('data', write);
    },
    gone(by) {
      signal = by;
      tellSignal();
    },
    giveUp: (error) => reject(error),
    end,
    onStarted: () => {},
  };
  return self;
}

function keptChild(ctl: Socket, pid: number, graceMs: number): KeptChild {
  let asked = false;
  const child: KeptChild = {
    ask(request) {
      asked = true;
      ctl.write(`${JSON.stringify(request)}\n`);
    },
    drop() {
      ctl.destroy();
    },
    onGone: () => {},
  };
  ctl.on('close', () => {
    // One that took the next run says goodbye here and reports there.
    if (!asked) endLeftovers(pid, graceMs).catch(() => {});
    child.onGone();
  });
  return child;
}

const delay = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/**
 * The child closes `ctl` just before it ends; what runs a little later is not the child. Until then
 * a signal tells enough: telling zombies apart reads about every process of the machine.
 */
async function endLeftovers(pid: number, graceMs: number): Promise<void> {
  for (let ms = 2; ms <= 64; ms *= 2) {
    if (!signalGroup(pid, 0)) return;
    await delay(ms);
  }
  if (groupRuns(pid)) await endGroup(pid, graceMs);
}
