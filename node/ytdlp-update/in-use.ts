/** The installation this node works with, and how it comes to work with another one. */
import type { ChosenEngine } from '../engine/create-engine.ts';
import type { YtdlpInstall } from '../engine/engine.ts';
import type { Log } from '../log.ts';
import { runCommand } from '../tools/command.ts';
import { remember } from '../tools/remembered.ts';
import { findVersion } from '../tools/version.ts';
import type { EnsureYtdlp } from '../tools/ytdlp.ts';
import { exactYtdlp, tidyFinds } from './newer.ts';
import type { Records } from './records.ts';

export interface InUseParts {
  using: YtdlpInstall;
  /** `YTDLP_PATH`. */
  path: string | undefined;
  /** `DATA_DIR/yt-dlp`. */
  dir: string;
  records: Pick<Records, 'own' | 'changeOwn'>;
  /** An engine for an installation. @throws where it cannot be used */
  openEngine(install: YtdlpInstall): Promise<ChosenEngine>;
  switchTo(next: ChosenEngine): void;
  log: Log;
  ensure?: ((options: EnsureYtdlp) => Promise<YtdlpInstall>) | undefined;
}

export interface InUse {
  readonly install: YtdlpInstall;
  /** The operator has put another version in its place. */
  changed(install: YtdlpInstall): void;
  /** New jobs run with it from now on; the one before is kept for the way back. */
  take(found: YtdlpInstall, engine: ChosenEngine): Promise<void>;
  /**
   * To exactly this version, by a copy that is here or by fetching it; false where it cannot be
   * had. @throws where it cannot be used
   */
  reach(version: string): Promise<boolean>;
  /** Removes the copies that are neither used nor kept. */
  tidy(): Promise<void>;
}

export function createInUse(parts: InUseParts): InUse {
  const { path, dir, records, log, ensure } = parts;
  let install = parts.using;

  const tidy = async () => {
    const { previous, candidate } = await records.own();
    await tidyFinds(dir, [install, previous, candidate]);
  };

  async function take(found: YtdlpInstall, engine: ChosenEngine): Promise<void> {
    const previous = install;
    const { candidate } = await records.own();
    await remember(dir, path, found);
    const open = candidate?.version === found.version ? undefined : candidate;
    await records.changeOwn({ previous, candidate: open });
    parts.switchTo(engine);
    install = found;
    await tidy();
  }

  async function here(version: string): Promise<YtdlpInstall | undefined> {
    const { previous, candidate } = await records.own();
    for (const one of [previous, candidate])
      if (one?.version === version && (await runs(one))) return one;
    return undefined;
  }

  return {
    get install() {
      return install;
    },
    changed(other) {
      install = other;
    },
    take,
    async reach(version) {
      const found = (await here(version)) ?? (await exactYtdlp({ dir, log, ensure }, version));
      if (!found) return false;
      await take(found, await parts.openEngine(found));
      return true;
    },
    tidy,
  };
}

async function runs({ bin, version }: YtdlpInstall): Promise<boolean> {
  const { stdout } = await runCommand(bin, ['--ignore-config', '--version']);
  return findVersion(stdout) === version;
}
