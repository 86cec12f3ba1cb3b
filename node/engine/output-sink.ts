/** What both engines do with a child's two streams: lines out, a bounded tail, a flood guard. */
import type { EngineRun } from './engine.ts';
import { lineReader, tail } from './lines.ts';

/** The info JSON is one line of stdout; a large video page's is about 3 MB. */
const MAX_STDOUT_LINE = 24 * 1024 * 1024;
const MAX_STDERR_LINE = 64 * 1024;
const STDERR_TAIL = 64 * 1024;
/** A run that writes more than this to stderr is broken and is ended. */
const MAX_STDERR = 32 * 1024 * 1024;

export interface OutputSink {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
  /** Flushes the last lines; the tail of stderr. */
  end(): string;
}

/** @param onFlood called when stderr passes `MAX_STDERR` bytes */
export function outputSink(
  run: Pick<EngineRun, 'onStdout' | 'onStderr'>,
  onFlood: () => void,
): OutputSink {
  const last = tail(STDERR_TAIL);
  const out = lineReader(run.onStdout, MAX_STDOUT_LINE);
  const err = lineReader((line) => {
    last.add(line);
    run.onStderr(line);
  }, MAX_STDERR_LINE);
  let errBytes = 0;
  return {
    stdout: (chunk) => out.write(chunk),
    stderr(chunk) {
      errBytes += chunk.length;
      if (errBytes > MAX_STDERR) return onFlood();
      err.write(chunk);
    },
    end() {
      out.end();
      err.end();
      return last.text();
    },
  };
}
