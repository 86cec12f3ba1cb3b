/** yt-dlp, ffmpeg, the JavaScript runtime and the engine, as they are: nothing is installed. */
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { type ChosenEngine, createEngine } from '../engine/create-engine.ts';
import type { YtdlpInstall } from '../engine/engine.ts';
import type { Check, HealthSource } from '../health/check.ts';
import {
  engineCheck,
  ffmpegCheck,
  galleryCheck,
  jsCheck,
  ytdlpCheck,
} from '../health/tool-checks.ts';
import type { Log } from '../log.ts';
import { dataPaths } from '../paths.ts';
import { type RunCommand, runCommand } from '../tools/command.ts';
import { ensureFfmpeg, type FfmpegInstall } from '../tools/ffmpeg.ts';
import { findGallery, lackedByGallery } from '../tools/gallery.ts';
import { findJsRuntime } from '../tools/js-runtime.ts';
import { ensureYtdlp } from '../tools/ytdlp.ts';

export interface FoundTools {
  /** Why each place that was looked at for yt-dlp had none. */
  refused: readonly string[];
  ytdlp: Promise<YtdlpInstall>;
  ffmpeg: Promise<FfmpegInstall>;
  engine: Promise<ChosenEngine>;
}

const notHere = async (): Promise<never> => {
  throw new Error('not tried: doctor installs nothing');
};

const lookOnly: RunCommand = (file, args, options) =>
  file === 'npm' || file === 'apt-get'
    ? Promise.resolve({ code: 1, stdout: '', stderr: 'not tried: doctor installs nothing' })
    : runCommand(file, args, options);

export function foundTools(config: Config, log: Log): FoundTools {
  const paths = dataPaths(config.dataDir);
  const refused: string[] = [];
  const ytdlp = ensureYtdlp({
    ...{ path: config.ytdlpPath, dir: paths.ytdlp },
    log: { info: log.info.bind(log), warn: (line: unknown) => void refused.push(String(line)) },
    ...{ release: notHere, debian: notHere },
  });
  const ffmpeg = ensureFfmpeg({ path: config.ffmpegPath, dir: paths.tools, log, run: lookOnly });
  const engine = Promise.all([ytdlp, ffmpeg]).then(([install, found]) =>
    createEngine({
      ...{ kind: config.engine, install, ffmpeg: found.ffmpeg, log },
      ...{ cacheDir: paths.cache, jsFlags: [] },
    }),
  );
  // Each is awaited by a check of its own; until then a failure is nobody's surprise.
  for (const one of [ytdlp, ffmpeg, engine]) one.catch(() => {});
  return { ytdlp, ffmpeg, engine, refused };
}

export function toolSources(config: Config, tools: FoundTools, log: Log): HealthSource[] {
  const { tools: dir } = dataPaths(config.dataDir);
  return [
    {
      name: 'ytdlp',
      check: () =>
        tools.ytdlp.then(
          (install) => ytdlpCheck(install, Date.now()),
          () =>
            missing(
              'ytdlp',
              tools.refused[0] ?? 'none that is new enough',
              config.ytdlpPath
                ? 'put a newer one at YTDLP_PATH, or take it out of the settings: `npm start` then finds one'
                : '`npm start` installs one, or set YTDLP_PATH',
            ),
        ),
    },
    {
      name: 'ffmpeg',
      check: () =>
        tools.ffmpeg.then(
          ({ version }) => ffmpegCheck(version),
          () =>
            missing(
              'ffmpeg',
              'not found',
              'install it: `apt-get install ffmpeg`, or set FFMPEG_PATH',
            ),
        ),
    },
    {
      name: 'gallery',
      check: async () =>
        galleryCheck(
          await findGallery({ dir: join(dir, 'gallery-dl'), log, run: lookOnly }),
          await lackedByGallery(),
        ),
    },
    { name: 'js', check: async () => jsCheck(await findJsRuntime({ dir })) },
    {
      name: 'engine',
      check: () =>
        tools.engine.then(
          (chosen) => tried(chosen, log),
          (cause) => missing('engine', 'has nothing to run', reason(cause)),
        ),
    },
  ];
}

const missing = (name: Check['name'], detail: string, nextStep: string): Check => ({
  ...{ name, detail, nextStep },
  state: 'bad',
});

const reason = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));

const TRY_MS = 40_000;

/** An engine that is chosen is not yet one that runs. */
async function tried({ engine, why, warm }: ChosenEngine, log: Log): Promise<Check> {
  const said: string[] = [];
  const exit = await engine.run({
    argv: ['--ignore-config', '--version'],
    cwd: process.cwd(),
    signal: AbortSignal.timeout(TRY_MS),
    maxFileBytes: 1024 * 1024,
    onStdout: (line) => void said.push(line),
    onStderr: (line) => log.debug({ line }, 'yt-dlp'),
  });
  if (exit.code !== 0 || said.length === 0)
    return missing(
      'engine',
      `${why}; yt-dlp ended with ${exit.code ?? exit.signal}`,
      'run it by hand to see why',
    );
  const alive = !warm || warm.serverPid !== undefined;
  return engineCheck({ why, warm: warm !== undefined, alive, restarts: warm?.restarts ?? 0 });
}
