/**
 * What one node took, or gave back, the others do as well. The wish is a row: a node that was
 * away, drained or cut off finds it when it looks again.
 */
import type { Log } from '../log.ts';
import { compareVersions } from '../tools/version.ts';
import type { InUse } from './in-use.ts';
import type { Records } from './records.ts';

export interface FollowParts {
  records: Pick<Records, 'wanted' | 'verdicts'>;
  inUse: Pick<InUse, 'install' | 'reach'>;
  /** `YTDLP_PATH`: this node stays with it. */
  path: string | undefined;
  log: Log;
  now(): number;
}

export interface Follow {
  /** What the other nodes use and this one could not get. */
  readonly behind: string | undefined;
  /** One look, and the way to what is wanted. Never throws for what can be tried again. */
  run(): Promise<void>;
}

/** Between two tries to get the same version, ms: each may download it. */
const AGAIN_MS = 30 * 60_000;

export function createFollow(parts: FollowParts): Follow {
  const { records, inUse, path, log, now } = parts;
  let behind: string | undefined;
  let tried: { version: string; at: number } | undefined;

  async function missing(): Promise<string | undefined> {
    const [wanted, { refused }] = await Promise.all([records.wanted(), records.verdicts()]);
    return wanted && isAhead(wanted.version, inUse.install.version, refused)
      ? wanted.version
      : undefined;
  }

  async function reach(version: string): Promise<boolean> {
    const from = inUse.install.version;
    try {
      const reached = await inUse.reach(version);
      if (reached) log.warn({ from, to: version }, 'yt-dlp exchanged, as on the other nodes');
      else log.error({ from, version }, 'the yt-dlp of the other nodes could not be had here');
      return reached;
    } catch (err) {
      log.error({ from, version, err }, 'the yt-dlp of the other nodes cannot be used here');
      return false;
    }
  }

  return {
    get behind() {
      return behind;
    },
    async run() {
      const version = await missing();
      behind = version;
      if (!version || path) return;
      if (tried?.version === version && now() - tried.at < AGAIN_MS) return;
      tried = { version, at: now() };
      if (await reach(version)) behind = undefined;
    },
  };
}

/**
 * Newer than the one in use; or older, when the one in use was refused. Any other older one is no
 * reason to change: an operator put something newer there by hand.
 */
function isAhead(
  wanted: string,
  using: string,
  refused: Readonly<Record<string, unknown>>,
): boolean {
  const order = compareVersions(wanted, using);
  return order > 0 || (order < 0 && using in refused);
}
