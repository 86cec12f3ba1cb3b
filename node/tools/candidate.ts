import type { YtdlpInstall } from '../engine/engine.ts';

/** A place that may hold yt-dlp; `importPath` when the package was unpacked there. */
export interface Candidate {
  bin: string;
  source: YtdlpInstall['source'];
  importPath?: string | undefined;
}
