/** One extraction by a given engine, with nothing remembered and nothing learnt from it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CookieJars } from '../cookies/jars.ts';
import { withCookies } from '../cookies/with-cookies.ts';
import type { Engine } from '../engine/engine.ts';
import { createYtdlp, type YtdlpOptions } from '../engine/ytdlp.ts';
import type { Extract } from './canary.ts';

export interface ExtractParts extends Omit<YtdlpOptions, 'engine'> {
  jars: Pick<CookieJars, 'lend'>;
  /** A folder for the tries; each makes its own in it. */
  dir: string;
}

export function extractWith(engine: Engine, { jars, dir, ...options }: ExtractParts): Extract {
  // A release on trial must not send accounts to rest, nor write to their cookies.
  const lender = { lend: jars.lend, giveBack: async () => {} };
  const ytdlp = withCookies(createYtdlp({ ...options, engine }), lender);
  return async (url, signal) => {
    const folder = await mkdtemp(join(dir, 'try-'));
    try {
      await ytdlp.probe({ url, dir: folder, signal });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}
