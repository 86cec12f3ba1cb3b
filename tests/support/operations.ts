/** The watching half of a node on a real database, with nothing to watch but what a test does. */
import { pino } from 'pino';
import { loadConfig } from '../../node/config/config.ts';
import { createMetrics } from '../../node/observe/metrics.ts';
import { telegramWatch } from '../../node/observe/telegram-watch.ts';
import { dataPaths } from '../../node/paths.ts';
import { createGates } from '../../node/queue/gates.ts';
import { type OperationsParts, startOperations } from '../../node/services/operations.ts';
import { upkeepStore } from '../../node/store/upkeep.ts';
import { tempStore } from './store.ts';

export async function startWatch(
  change: Partial<OperationsParts> = {},
  env: Record<string, string> = {},
  temp = tempStore(),
) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const config = loadConfig({
    DATA_DIR: temp.dir,
    MAX_CONCURRENT_DOWNLOADS: '8',
    YTDLP_PATH: '/yt-dlp',
    ...env,
  });
  const operations = await startOperations({
    ...{ config, paths: dataPaths(temp.dir), store: temp.store, log },
    upkeep: upkeepStore(temp),
    gates: createGates({ downloads: 8, workers: 16, cores: 2 }),
    runner: { running: new Map(), kick: () => {} },
    settings: { limits: { ...config.limits, size: 50, downloads: 8 }, changed: [] },
    breakers: { list: () => [] },
    api: { getWebhookInfo: async () => ({ url: '', pending_update_count: 0 }) } as never,
    telegram: telegramWatch(),
    metrics: createMetrics(),
    engine: { why: 'ENGINE=spawn' },
    tools: {
      ytdlp: { version: '2026.10.26', source: 'env' },
      ffmpeg: '5.1.9',
      gallery: () => ({ bin: '/bin/gallery-dl', version: '1.30.9', source: 'path' }),
      js: { flags: ['--js'], reason: 'Node 22' },
    },
    egress: { requests: 0, refused: 0, failed: 0, bytesIn: 0, open: 0 },
    ...change,
  });
  return {
    ...{ temp, lines, operations },
    async close() {
      await operations.stop();
      temp.close();
    },
  };
}
