/**
 * The engine port: run yt-dlp once, in its own process group, and report what happened.
 * Two implementations (a fresh process, a fork of a warmed one) pass one contract suite.
 */

export interface EngineRun {
  /** yt-dlp's arguments, the URL last and after `--`. */
  argv: readonly string[];
  /** The job's own folder: working directory, HOME and TMPDIR of the child. */
  cwd: string;
  /** Aborting kills the process group: SIGINT, a grace, then SIGKILL. `reason` is kept. */
  signal: AbortSignal;
  /** No single file may grow past this many bytes (RLIMIT_FSIZE). */
  maxFileBytes: number;
  /** Another run with this `cwd` follows soon; the engine may keep ready what this one loaded. */
  keep?: boolean | undefined;
  /** Whole lines, decoded, without their end. */
  onStdout(line: string): void;
  onStderr(line: string): void;
}

export interface EngineExit {
  /** Exit code, or null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last 64 KiB of stderr, for the error table. */
  stderr: string;
}

export interface Engine {
  readonly name: 'warm' | 'spawn';
  /** Resolves after the whole process group is gone; rejects `engine_failed` if it never ran. */
  run(run: EngineRun): Promise<EngineExit>;
  /** Kills what still runs and frees what the engine holds. */
  close(): Promise<void>;
}

/** Where yt-dlp was found and how to run it. */
export interface YtdlpInstall {
  /** An executable file. */
  bin: string;
  version: string;
  source: 'env' | 'path' | 'release' | 'debian';
  /** A Python that can import it, when there is one: what the warm engine needs. */
  python?: { exe: string; importPath?: string | undefined } | undefined;
  /** Why the warm engine cannot be used, when it cannot. */
  noPython?: string | undefined;
  /** yt-dlp-ejs is importable (YouTube's player scripts need it). */
  ejs: boolean;
}
