/** `smoke URL…`: everything a job does but the sending, with the time of each stage. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { canonicalise } from '../../shared/canonical.ts';
import { formatChoice } from '../../shared/choice.ts';
import { asJobError, JobError } from '../../shared/errors.ts';
import { textsFor } from '../../shared/texts/index.ts';
import { loadConfig } from '../config/config.ts';
import { size } from '../health/words.ts';
import { fetchMedia } from '../jobs/fetch.ts';
import { createLog } from '../log.ts';
import type { MediaFile } from '../media/media.ts';
import { prepareMedia } from '../media/prepare.ts';
import { observedPrepare, observedYtdlp } from '../observe/observed.ts';
import type { ObservedStage } from '../observe/observer.ts';
import type { Command } from './command.ts';
import { type Fetcher, openFetcher } from './fetcher.ts';

export const smoke: Command = async (urls, { env, terminal }) => {
  if (urls.length === 0) {
    terminal.err('Usage: smoke URL…');
    return 2;
  }
  const config = loadConfig(env);
  const log = createLog({ ...config.log, level: 'fatal' });
  const fetcher = await openFetcher(config, log);
  try {
    let failed = 0;
    for (const [index, url] of urls.entries()) {
      const dir = join(fetcher.dir, String(index));
      const result = await tryLink(fetcher, { url, dir, limit: config.maxFileBytes });
      for (const line of result.lines) terminal.out(line);
      if (!result.ok) failed += 1;
    }
    terminal.out(failed === 0 ? `All ${urls.length} ok.` : `${failed} of ${urls.length} failed.`);
    return failed === 0 ? 0 : 1;
  } finally {
    await fetcher.close();
  }
};

interface Try {
  url: string;
  dir: string;
  /** Bytes. */
  limit: number;
}

type Times = Partial<Record<ObservedStage, number>>;

async function tryLink(fetcher: Fetcher, link: Try): Promise<{ ok: boolean; lines: string[] }> {
  const times: Times = {};
  try {
    const files = await fetchAndPrepare(fetcher, link, times);
    const what = files.map(({ kind, bytes }) => `${kind} ${size(bytes)}`).join(', ');
    return { ok: true, lines: [`✅ ${link.url}`, `   ${what}`, `   ${timing(times)}`] };
  } catch (cause) {
    const { code, detail, facts } = asJobError(cause);
    const why = detail || textsFor('en').errors[code](facts);
    const lines = [`❌ ${link.url}`, `   ${code}: ${why}`, `   ${timing(times)}`];
    return { ok: false, lines };
  }
}

async function fetchAndPrepare(
  { ytdlp, ffmpeg }: Fetcher,
  { url, dir, limit }: Try,
  times: Times,
): Promise<MediaFile[]> {
  const canonical = canonicalise(url);
  if (!canonical.ok) throw new JobError(canonical.code);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const watch = {
    stage: (stage: ObservedStage, ms: number) => {
      times[stage] = (times[stage] ?? 0) + ms;
    },
  };
  const { signal } = new AbortController();
  const gates = { begin: new PQueue(), extract: new PQueue(), download: new PQueue() };
  const fetched = await fetchMedia(
    { ytdlp: observedYtdlp(ytdlp, watch), gates, maxFileBytes: limit },
    { job: asked(canonical.url), dir, signal, watch: SILENT },
  );
  const prepare = observedPrepare((job) => prepareMedia({ ...job, ffmpeg }), watch);
  const { info, plan } = fetched;
  const ready: MediaFile[] = [];
  for (const path of fetched.files) ready.push(await prepare({ path, dir, info, plan, signal }));
  return ready;
}

const asked = (url: string) => ({
  url,
  choice: formatChoice({ kind: 'auto' }),
  clipStartMs: null,
  clipEndMs: null,
});

const SILENT = {
  extracting() {},
  downloading() {},
  converting() {},
  async probed() {},
  sized() {},
};

function timing(times: Times): string {
  const stages = Object.entries(times).map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)} s`);
  return stages.length > 0 ? stages.join(' · ') : 'nothing was started';
}
