import { parseAllowList } from '../egress/allow-list.ts';
import { publicFetchDispatcher } from '../egress/fetch.ts';
import { startEgressProxy } from '../egress/proxy.ts';
import { networkPrefixes } from '../egress/translation.ts';
import { openQuickLook } from '../media/quick-look.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import { knownFfmpeg } from '../tools/ffmpeg.ts';
import { findJsRuntime, watchJsRuntime } from '../tools/js-runtime.ts';
import { knownPyav } from '../tools/pyav.ts';
import { ensureYtdlp } from '../tools/ytdlp.ts';
import type { Base } from './base.ts';

export async function buildSurroundings(base: Base) {
  const { config, log, opened, paths } = base;
  const [[ffmpeg, pyav], install, js] = await Promise.all([
    lookers(base),
    ensureYtdlp({ path: config.ytdlpPath, dir: paths.ytdlp, log }),
    findJsRuntime({ dir: paths.tools }),
  ]);
  const sandbox = config.token ? undefined : openSandbox(base, ffmpeg.ffmpeg);
  const account = {
    token: config.token ?? sandbox?.token ?? '',
    apiRoot: sandbox?.apiRoot ?? config.apiRoot,
  };
  const adminIds = new Set([...config.adminIds, ...(sandbox?.adminIds ?? [])]);
  const jsFlags = watchJsRuntime(js, { dir: paths.tools }, opened);
  const wayOut = await openWayOut(base, sandbox?.egressAllow ?? []);
  if (pyav) log.info({ ...pyav }, 'PyAV found: thumbnails need no ffmpeg of their own');
  const quickLook = pyav && (await openQuickLook({ python: pyav.python, log }));
  opened('look server', () => quickLook?.close());
  return { ffmpeg, install, js, jsFlags, sandbox, account, adminIds, quickLook, ...wayOut };
}

export type Surroundings = Awaited<ReturnType<typeof buildSurroundings>>;

/** One after the other: where ffmpeg is installed, PyAV comes with it. */
async function lookers({ config, log, paths }: Base) {
  const ffmpeg = await knownFfmpeg({ path: config.ffmpegPath, dir: paths.tools, log });
  return [ffmpeg, await knownPyav(paths.tools)] as const;
}

function openSandbox({ config, log, opened, paths, http }: Base, ffmpeg: string) {
  const sandbox = createSandbox({
    baseUrl: `http://127.0.0.1:${http.port}`,
    dir: paths.sandbox,
    ffmpeg,
    log,
    maxUploadBytes: config.maxFileBytes,
  });
  opened('sandbox', sandbox.close);
  return sandbox;
}

/** One set of rules for the engines' proxy and for the node's own requests. */
async function openWayOut({ config, log, opened }: Base, sandboxAllow: readonly string[]) {
  const rules = {
    allow: parseAllowList([config.egressAllow, ...sandboxAllow].filter(Boolean).join(',')),
    upstream: config.egressProxy,
    fakeIp: config.egressFakeIp,
    prefixes: networkPrefixes(),
  };
  const proxy = await startEgressProxy({ ...rules, log });
  opened('egress proxy', proxy.close);
  const web = publicFetchDispatcher(rules);
  opened('web', () => web.close());
  return { proxy, web };
}
