/** The search for a yt-dlp newer than the one in use, and its offer to the admins. */
import type { YtdlpInstall } from '../engine/engine.ts';
import type { InUse } from './in-use.ts';
import { newerYtdlp } from './newer.ts';
import type { UpdaterParts } from './parts.ts';
import type { Records } from './records.ts';

export interface SearchParts extends Pick<UpdaterParts, 'path' | 'dir' | 'log' | 'ensure'> {
  records: Pick<Records, 'changeOwn'>;
  inUse: Pick<InUse, 'install' | 'changed' | 'tidy'>;
}

export interface Search {
  /** A later version that was found and is not in use. */
  readonly newer: string | undefined;
  /** Fetches what there is, beside the one in use. */
  find(): Promise<YtdlpInstall | undefined>;
  /** An earlier process found it. */
  resume(candidate: YtdlpInstall): void;
  /** Another version is in use than when it was found. */
  forget(): void;
}

export function createSearch({ records, inUse, path, dir, log, ensure }: SearchParts): Search {
  let newer: string | undefined;
  return {
    get newer() {
      return newer;
    },
    async find() {
      const { version } = inUse.install;
      const found = await newerYtdlp({ version, path, dir, log, ensure });
      // Changed in its place by the operator: the engine has noticed by itself.
      const inPlace = found?.bin === inUse.install.bin;
      if (found && inPlace) inUse.changed(found);
      const candidate = inPlace ? undefined : found;
      newer = candidate?.version;
      await records.changeOwn({ candidate });
      await inUse.tidy();
      return candidate;
    },
    resume({ version }) {
      if (version !== inUse.install.version) newer = version;
    },
    forget() {
      newer = undefined;
    },
  };
}

export interface OfferParts extends Pick<UpdaterParts, 'cluster' | 'news'> {
  records: Pick<Records, 'verdicts' | 'changeVerdicts'>;
  inUse: Pick<InUse, 'install'>;
}

/** Once for each version, and by one of the nodes. */
export async function offer(parts: OfferParts, { version }: YtdlpInstall): Promise<void> {
  const { records, inUse, cluster, news } = parts;
  const { refused, offered } = await records.verdicts();
  const isNews = !refused[version] && offered !== version;
  if (!isNews || !(await cluster.once('yt-dlp offer'))) return;
  await records.changeVerdicts({ offered: version });
  await news.offered({ version, using: inUse.install.version });
}
