/**
 * The benchmark: `npm run bench` runs everything and writes docs/performance.md;
 * `npm run bench -- direct idle` runs these parts and only prints.
 */
import { stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findPyav } from '../../node/tools/pyav.ts';
import { measure, type Row } from './compare.ts';
import { documentOf } from './document.ts';
import { edge } from './edge.ts';
import { freshLink, type Kind } from './kinds.ts';
import { benchMedia } from './media.ts';
import { type Results, tables, targets } from './report.ts';
import { idle, kills, repeats, throttled } from './special.ts';
import { startSite } from './stand-ins.ts';
import { botSystem, byHand, type System, type Tools } from './systems.ts';
import { findTools } from './tools.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const COMPARED: Kind[] = ['direct', 'page', 'hls', 'merged'];
const SPECIAL = ['clips', 'repeat', 'idle', 'throttled', 'kill', 'edge'] as const;
const PARTS: readonly string[] = [...COMPARED, ...SPECIAL];
/** People at once, and the jobs they ask for together. */
const CROWDS: [people: number, jobs: number][] = [
  [1, 4],
  [8, 8],
  [32, 32],
];

const asked = process.argv.slice(2);
const unknown = asked.filter((part) => !PARTS.includes(part));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; parts are ${PARTS.join(', ')}`);
  process.exit(2);
}
const wanted = (part: string) => asked.length === 0 || asked.includes(part);

const say = (line: string) => console.log(`bench: ${line}`);
const began = performance.now();

async function prepare() {
  const { ytdlp, ffmpeg } = await findTools();
  return { ytdlp, ffmpeg, media: await benchMedia(ffmpeg.ffmpeg) };
}

async function compare(
  tools: Tools,
  kinds: readonly Kind[],
  crowds: typeof CROWDS,
): Promise<Row[]> {
  const systems: System[] = [];
  const rows: Row[] = [];
  try {
    systems.push(
      await byHand(tools),
      await botSystem('spawn', tools),
      await botSystem('warm', tools),
    );
    for (const kind of kinds) {
      // Not counted: what only the first job of its kind pays.
      for (const system of systems) await system.job(freshLink(tools.sitePort, kind));
      for (const [people, jobs] of crowds)
        for (const system of systems) {
          const row = await measure({ system, kind, people, jobs, sitePort: tools.sitePort });
          say(`${kind}, ${people} people, ${row.system}: ${row.cpuPerJob.toFixed(3)} CPU s a job`);
          rows.push(row);
        }
    }
    return rows;
  } finally {
    for (const system of systems) await system.close();
  }
}

async function withBot<T>(
  tools: Tools,
  env: Record<string, string>,
  use: (bot: Awaited<ReturnType<typeof botSystem>>) => Promise<T>,
): Promise<T> {
  const bot = await botSystem('warm', tools, env);
  try {
    return await use(bot);
  } finally {
    await bot.close();
  }
}

async function specials(tools: Tools, results: Results): Promise<void> {
  const { sitePort } = tools;
  if (wanted('clips')) results.clips = await compare(tools, ['small'], [[32, 48]]);
  if (wanted('idle') || wanted('repeat'))
    await withBot(tools, {}, async (bot) => {
      if (wanted('idle')) results.idle = await idle(bot);
      if (wanted('repeat')) results.repeats = await repeats(bot, sitePort, 100);
    });
  if (wanted('throttled'))
    await withBot(tools, { MAX_CONCURRENT_DOWNLOADS: '32' }, async (bot) => {
      await bot.job(freshLink(sitePort, 'direct'));
      results.throttled = await throttled(bot, sitePort, 32, tools.clipBytes);
    });
  if (wanted('kill'))
    await withBot(tools, {}, async (bot) => {
      results.kills = await kills(bot, sitePort, { jobs: 200, kills: 50, people: 16 });
    });
  if (wanted('edge')) results.edge = await edge();
}

async function run(): Promise<void> {
  const { ytdlp, ffmpeg, media } = await prepare();
  const site = await startSite(media);
  const { size: clipBytes } = await stat(join(media, 'clip.mp4'));
  const tools = { ytdlp: ytdlp.bin, ffmpeg: ffmpeg.ffmpeg, sitePort: site.port, clipBytes };
  const kinds = COMPARED.filter(wanted);
  const results: Results = { rows: [] };
  if (kinds.length > 0) results.rows = await compare(tools, kinds, CROWDS);
  await specials(tools, results);
  await site.stop();
  console.log(`\n${tables(results)}\n\n${targets(results)}\n`);
  say(`took ${Math.round((performance.now() - began) / 1000)} s`);
  if (asked.length > 0) return;
  const pyav = await findPyav();
  const versions = { ytdlp: ytdlp.version, ffmpeg: ffmpeg.version, pyav: pyav?.version };
  await writeFile(join(ROOT, 'docs/performance.md'), documentOf(results, versions));
  say('wrote docs/performance.md');
}

await run();
process.exit();
