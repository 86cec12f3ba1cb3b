/**
 * The spawn engine: a fresh yt-dlp per run, started through yt-dlp-wrap.
 *
 * yt-dlp-wrap gives the process; its streams are read here, because it splits lines and letters
 * at chunk borders, keeps stderr without a bound and kills only direct children (see
 * docs/decisions/0003-engine-and-yt-dlp-wrap.md).
 */
import { createRequire } from 'node:module';
import type YTDlpWrapType from 'yt-dlp-wrap';
import { JobError } from '../../shared/errors.ts';
import { childEnv } from './child-env.ts';
import type { Engine, EngineExit, EngineRun, YtdlpInstall } from './engine.ts';
import { giveWay } from './give-way.ts';
import { hideProxy, type ProxyFile, YTDLP_PROXY } from './hidden-proxy.ts';
import { type OutputSink, outputSink } from './output-sink.ts';
import { endGroup, GRACE_MS, groupRuns } from './process-group.ts';

// CommonJS with a `default` member: under native ESM the class is `module.default.default`.
const { default: YTDlpWrap } = createRequire(import.meta.url)('yt-dlp-wrap') as {
  default: typeof YTDlpWrapType;
};

export interface SpawnOptions {
  install: Pick<YtdlpInstall, 'bin'>;
  /** ms between SIGINT and SIGKILL. */
  graceMs?: number;
  path?: string | undefined;
  /** How the program takes its proxy; as yt-dlp does unless told. */
  proxyFile?: ProxyFile;
}

/**
 * The shell sets what Node's spawn cannot: the file size limit (POSIX counts it in blocks of 512
 * bytes) and the umask, since the info JSON and cookies hold secrets. `exec` then makes the
 * process, and the leader of its group, yt-dlp itself. `prlimit` would need util-linux.
 */
const LIMITS = 'umask 077; ulimit -f "$1" && shift && exec "$@"';

export function spawnEngine(options: SpawnOptions): Engine {
  const { install, graceMs = GRACE_MS, path, proxyFile = YTDLP_PROXY } = options;
  const running = new Set<AbortController>();

  async function run(run: EngineRun): Promise<EngineExit> {
    const closing = new AbortController();
    running.add(closing);
    try {
      return await runOnce({ ...run, signal: AbortSignal.any([run.signal, closing.signal]) });
    } finally {
      running.delete(closing);
    }
  }

  function runOnce(run: EngineRun): Promise<EngineExit> {
    run.signal.throwIfAborted();
    const blocks = Math.max(1, Math.ceil(run.maxFileBytes / 512));
    const given = hideProxy(run.argv, run.cwd, proxyFile);
    const argv = ['-c', LIMITS, 'sh', String(blocks), install.bin, ...given];
    const emitter = new YTDlpWrap('/bin/sh').exec(argv, {
      cwd: run.cwd,
      env: childEnv(run.cwd, path),
      detached: true,
    });
    // It emits `error` for any exit code but 0; the code is read from the process itself.
    emitter.on('error', () => {});
    giveWay(emitter.ytDlpProcess?.pid);
    return settle(emitter.ytDlpProcess, run);
  }

  function settle(child: ReturnType<typeof processOf>, run: EngineRun): Promise<EngineExit> {
    return new Promise((resolve, reject) => {
      let ending: Promise<void> | undefined;
      const end = () => {
        ending ??= child?.pid === undefined ? undefined : endGroup(child.pid, graceMs);
      };
      const sink: OutputSink = outputSink(run, end);
      if (!child) return reject(new JobError('engine_failed', 'yt-dlp-wrap made no process'));
      child.stdin.end();
      child.stdout.on('data', sink.stdout);
      child.stderr.on('data', sink.stderr);
      run.signal.addEventListener('abort', end, { once: true });
      child.on('error', (cause) => {
        run.signal.removeEventListener('abort', end);
        reject(new JobError('engine_failed', cause.message, {}, { cause }));
      });
      // A grandchild that outlives yt-dlp holds the pipes: without this `close` would never come.
      child.on('exit', () => {
        if (child.pid !== undefined && groupRuns(child.pid)) end();
      });
      child.on('close', async (code, signal) => {
        run.signal.removeEventListener('abort', end);
        await ending;
        resolve({ code, signal, stderr: sink.end() });
      });
    });
  }

  return {
    name: 'spawn',
    run,
    async close() {
      for (const controller of running) controller.abort(new JobError('cancelled', 'closing'));
      while (running.size > 0) await new Promise((done) => setTimeout(done, 20));
    },
  };
}

const processOf = (emitter: ReturnType<YTDlpWrapType['exec']>) => emitter.ytDlpProcess;
