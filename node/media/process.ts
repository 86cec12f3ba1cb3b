/** Runs ffmpeg and ffprobe: own process group, bounded output, killed with everything they started. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { JobError } from '../../shared/errors.ts';
import { childEnv } from '../engine/child-env.ts';
import { giveWay } from '../engine/give-way.ts';
import { MEDIA_FORMATS } from '../engine/media-formats.ts';

export interface MediaTools {
  ffmpeg: string;
  ffprobe: string;
}

export interface ToolRun {
  /** The job's folder: by it a start finds what a killed node left running. */
  cwd?: string | undefined;
  /** Aborting kills the group at once: what it wrote is thrown away anyway. */
  signal?: AbortSignal | undefined;
  /** Runs only on what the rest leaves of the CPU. */
  nice?: boolean | undefined;
  onStdout?: ((text: string) => void) | undefined;
}

export interface ToolExit {
  code: number | null;
  stdout: string;
  /** Its last 64 KiB. */
  stderr: string;
}

const STDERR_BYTES = 64 * 1024;
/** ffprobe's JSON of a file with thousands of chapters stays below. */
const STDOUT_BYTES = 4 * 1024 * 1024;

/**
 * Input arguments for a file a stranger's site sent. Playlists are media to ffmpeg as well: without
 * the lists, one named `1.mp4` would be followed to local files and addresses.
 */
export const safeInput = (path: string): string[] => [
  ...['-protocol_whitelist', 'file', '-format_whitelist', MEDIA_FORMATS],
  ...['-i', `file:${path}`],
];

/**
 * Resolves with the exit, whatever its code.
 * @throws JobError `engine_failed` when the program cannot be started; the signal's reason when aborted
 */
export function runTool(
  file: string,
  args: readonly string[],
  run: ToolRun = {},
): Promise<ToolExit> {
  const { cwd, signal, nice, onStdout } = run;
  signal?.throwIfAborted();
  const [program, argv] = nice ? ['nice', ['-n', '15', file, ...args]] : [file, [...args]];
  const child = spawn(program, argv, {
    ...{ cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    env: childEnv(cwd ?? tmpdir()),
  });
  let [stdout, stderr] = ['', ''];
  if (!nice) giveWay(child.pid);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (onStdout) onStdout(text);
    else stdout = (stdout + text).slice(0, STDOUT_BYTES);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_BYTES);
  });
  const kill = () => child.pid !== undefined && killGroup(child.pid);
  signal?.addEventListener('abort', kill, { once: true });
  return new Promise<ToolExit>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new JobError('engine_failed', `${file}: ${cause.message}`, {}, { cause })),
    );
    child.once('close', (code) => {
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code, stdout, stderr });
    });
  }).finally(() => signal?.removeEventListener('abort', kill));
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (cause) {
    // It ended by itself in this very moment.
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}

/** The last line a tool said, for the log. */
export const lastLine = ({ stderr }: ToolExit): string => stderr.trim().split('\n').at(-1) ?? '';

const DISK_FULL = /No space left on device|Disk quota exceeded/i;

/** Why nothing came of a conversion: a full disk is the node's own fault, and it passes. */
export const conversionFault = (exit: ToolExit): JobError =>
  new JobError(DISK_FULL.test(exit.stderr) ? 'disk_full' : 'convert_failed', lastLine(exit));
