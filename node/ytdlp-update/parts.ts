/** What the updater works with, and whom it tells. */
import type { Cluster } from '../cluster/cluster.ts';
import type { ChosenEngine } from '../engine/create-engine.ts';
import type { YtdlpInstall } from '../engine/engine.ts';
import type { Log } from '../log.ts';
import type { EndedJob } from '../store/upkeep.ts';
import type { EnsureYtdlp } from '../tools/ytdlp.ts';
import type { Extract } from './canary.ts';
import type { Rate, Records } from './records.ts';

/** What others are told of; the words are theirs. */
export interface UpdateNews {
  offered(found: { version: string; using: string }): Promise<void>;
  wentBack(news: { from: string; to: string; before: Rate; after: Rate }): Promise<void>;
  proved(news: { version: string; after: Rate }): Promise<void>;
}

export interface UpdaterParts {
  using: YtdlpInstall;
  /** `YTDLP_PATH`. */
  path: string | undefined;
  /** `DATA_DIR/yt-dlp`. */
  dir: string;
  /** Its changes of `wanted` are heard by the other nodes. */
  records: Records;
  news: UpdateNews;
  /** Of several nodes one offers, one tries and one judges. */
  cluster: Pick<Cluster, 'shared' | 'once' | 'release'>;
  /** An engine for an installation. @throws where it cannot be used */
  openEngine(install: YtdlpInstall): Promise<ChosenEngine>;
  switchTo(next: ChosenEngine): void;
  /** Extracts with an engine; without one with that in use. */
  extract(engine?: ChosenEngine): Extract;
  links(): Promise<readonly string[]>;
  endedSince(time: number): Promise<readonly EndedJob[]>;
  audit(userId: number, action: string, detail: unknown): Promise<void>;
  log: Log;
  now(): number;
  ensure?: (options: EnsureYtdlp) => Promise<YtdlpInstall>;
}
