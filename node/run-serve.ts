/** Runs the node until it is told to stop. */
import type { Config } from './config/config.ts';
import type { Log } from './log.ts';
import { serve } from './serve.ts';
import { DataDirBusy } from './store/open.ts';
import { DatabaseUnreachable } from './store/postgres/unreachable.ts';
import { FfmpegMissing } from './tools/ffmpeg.ts';
import { YtdlpMissing } from './tools/ytdlp.ts';
import { TokenRefused } from './updates/start.ts';

/** Long enough for uploads to finish, short enough for systemd's and compose's patience. */
const DRAIN_MS = 25_000;

/** Faults an operator can mend: one line says how, a stack would only hide it. */
const EXPLAINED = [
  ...[YtdlpMissing, FfmpegMissing, TokenRefused, DataDirBusy],
  DatabaseUnreachable,
];

/**
 * The first SIGTERM or SIGINT drains: no new work, running jobs may finish. The second aborts:
 * what runs is killed and goes back into the queue. Answers the exit code.
 */
export async function runServe(config: Config, log: Log): Promise<number> {
  try {
    const node = await serve(config, log);
    await stopped(log, node);
    return 0;
  } catch (error) {
    const line = explained(error);
    if (line === undefined) throw error;
    log.fatal(line);
    return line.startsWith('BOT_TOKEN') ? 2 : 1;
  }
}

/** From the file system, and from SQLite, which meets the folder first. */
const CANNOT_WRITE = new Set([
  ...['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOSPC'],
  ...['SQLITE_CANTOPEN', 'SQLITE_READONLY', 'SQLITE_READONLY_DIRECTORY'],
]);

function explained(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (EXPLAINED.some((kind) => error instanceof kind)) return error.message;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `PORT: the port is in use by another program (${error.message})`;
  if (CANNOT_WRITE.has(String(code))) return `DATA_DIR: cannot be written (${error.message})`;
  return undefined;
}

function stopped(log: Log, node: Awaited<ReturnType<typeof serve>>): Promise<void> {
  return new Promise((resolve, reject) => {
    let signals = 0;
    const onSignal = (signal: NodeJS.Signals) => {
      signals += 1;
      if (signals > 1) {
        log.warn({ signal }, 'stopping at once: running jobs go back into the queue');
        return node.abort();
      }
      log.info({ signal, graceMs: DRAIN_MS }, 'draining: no new work; once more stops at once');
      node.drain(DRAIN_MS).then(resolve, reject);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
