/** Sends hostile links through an engine and the egress proxy, and counts who reached the canary. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { parseAllowList } from '../../../node/egress/allow-list.ts';
import { type Dial, dialTcp } from '../../../node/egress/connect.ts';
import { contentLength } from '../../../node/egress/content-length.ts';
import { publicFetchDispatcher } from '../../../node/egress/fetch.ts';
import { type EgressStats, startEgressProxy } from '../../../node/egress/proxy.ts';
import { commonArgv } from '../../../node/engine/argv.ts';
import { createEngine } from '../../../node/engine/create-engine.ts';
import type { Engine, YtdlpInstall } from '../../../node/engine/engine.ts';
import { createYtdlp } from '../../../node/engine/ytdlp.ts';
import { createLog } from '../../../node/log.ts';
import { JobError } from '../../../shared/errors.ts';
import { startCanary } from '../../node/egress/support.ts';
import { type HostileLink, hostileLinks, hostileLookup } from './links.ts';
import { startHostileSite } from './site.ts';

export interface HostileTools {
  kind: 'warm' | 'spawn';
  install: YtdlpInstall;
  ffmpeg: string;
  /** Every n-th link only. */
  every?: number;
}

export interface HostileReport {
  links: number;
  /** Connections the canary accepted, and names of links after which it had. */
  hits: number;
  by: string[];
  /** Addresses the proxy connected to; only the public stand-in may be among them. */
  dialled: Set<string>;
  /** How each link ended, by error code; `delivered` where a harmless part was fetched. */
  ended: Record<string, number>;
  proxy: EgressStats;
}

/** Links to yt-dlp in one run: its start would be most of the work. */
const AT_ONCE = 15;

export async function runHostile(tools: HostileTools): Promise<HostileReport> {
  const { every = 1 } = tools;
  const [site, canary] = await Promise.all([startHostileSite(), startCanary()]);
  const dialled = new Set<string>();
  // The hostile site has a public address, as far as the proxy can tell.
  const dial: Dial = (addresses, port) => {
    for (const { address } of addresses) dialled.add(address);
    const own = addresses.every(({ address }) => address === '93.184.216.34');
    return own ? connect(site.port, '127.0.0.1') : dialTcp(addresses, port);
  };
  const log = createLog({ level: 'silent', format: 'json' });
  const rules = { allow: parseAllowList(''), lookup: hostileLookup(), dial };
  const proxy = await startEgressProxy({ ...rules, log });
  const dir = await mkdtemp(join(tmpdir(), 'postchi-hostile-'));
  const common = { ffmpeg: tools.ffmpeg, jsFlags: [], cacheDir: join(dir, 'cache'), log };
  const { engine } = await createEngine({ ...common, kind: tools.kind, install: tools.install });
  const web = publicFetchDispatcher(rules);
  const links = hostileLinks('site.test:8000', canary.port).filter((_, n) => n % every === 0);
  const ended: Record<string, number> = {};
  const by: string[] = [];
  const count = (what: string) => {
    ended[what] = (ended[what] ?? 0) + 1;
  };
  const noted = async (names: string, work: () => Promise<unknown>) => {
    const before = canary.hits();
    await work();
    if (canary.hits() > before) by.push(names);
  };
  const queue = new PQueue({ concurrency: 3 });
  const direct = links.filter((link) => link.direct);
  for (let from = 0; from < direct.length; from += AT_ONCE) {
    const some = direct.slice(from, from + AT_ONCE);
    void queue.add(() =>
      noted(some.map(({ url }) => url).join(' '), () =>
        probeAll(engine, some, dir, proxy.url, common),
      ),
    );
    count('probed together');
  }
  const ytdlp = createYtdlp({ ...common, engine, proxyUrl: proxy.url });
  for (const link of links.filter((one) => !one.direct)) {
    void queue.add(() =>
      noted(`${link.name} ${link.url}`, async () => count(await fetchOne(ytdlp, link, dir))),
    );
  }
  await queue.onIdle();
  // The node's own requests, which follow redirects by themselves.
  const own = links.filter(({ url }) => URL.canParse(url) && /^https?:/i.test(url));
  for (const { url } of own)
    await noted(`HEAD ${url}`, () => contentLength(url, web, AbortSignal.timeout(5000)));
  const report = {
    links: links.length,
    hits: canary.hits(),
    by,
    dialled,
    ended,
    proxy: { ...proxy.stats },
  };
  await engine.close();
  await Promise.all([web.close(), proxy.close(), site.close(), canary.close()]);
  await rm(dir, { recursive: true, force: true });
  return report;
}

type Common = Parameters<typeof commonArgv>[0];

/** As they are, before anything tidies them up: what the node refuses earlier is tried as well. */
async function probeAll(
  engine: Engine,
  links: HostileLink[],
  root: string,
  proxy: string,
  common: Common,
): Promise<void> {
  const cwd = await mkdtemp(join(root, 'probe-'));
  const options = ['--ignore-errors', '--retries', '0', '--dump-json', '--no-playlist'];
  await engine.run({
    argv: [...commonArgv({ ...common, proxy }), ...options, '--', ...links.map(({ url }) => url)],
    cwd,
    signal: AbortSignal.timeout(120_000),
    maxFileBytes: 64 * 1024 * 1024,
    onStdout: () => {},
    onStderr: () => {},
  });
}

/** The path of a job: probe, then download what the plan says. Answers how it ended. */
async function fetchOne(
  ytdlp: ReturnType<typeof createYtdlp>,
  { url, plan }: HostileLink,
  root: string,
): Promise<string> {
  const dir = await mkdtemp(join(root, 'job-'));
  const signal = AbortSignal.timeout(60_000);
  try {
    const info = await ytdlp.probe({ url, dir, signal });
    await ytdlp.download({ info, plan, dir, signal, maxBytes: 20e6, onProgress: () => {} });
    return 'delivered';
  } catch (cause) {
    if (cause instanceof JobError) return cause.code;
    throw cause;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
