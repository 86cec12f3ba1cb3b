/** The figures as Markdown tables. */

import type { Row } from './compare.ts';
import type { EdgeRow } from './edge.ts';
import { KINDS, type Kind } from './kinds.ts';
import type { Idle, Kills, Throttled } from './special.ts';

export interface Results {
  rows: Row[];
  clips?: Row[];
  repeats?: { times: number; p50: number; p95: number };
  idle?: Idle;
  throttled?: Throttled;
  kills?: Kills;
  edge?: EdgeRow[];
}

const MB = 1024 * 1024;
const mb = (bytes: number) => `${Math.round(bytes / MB)} MB`;
const s = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

function table(head: string[], rows: (string | number)[][]): string {
  const line = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const HEAD = ['people', 'system', 'p50', 'p95', 'jobs/s', 'CPU s/job', 'peak PSS', 'failed'];

const cells = (row: Row) => [
  row.people,
  row.system,
  s(row.p50),
  s(row.p95),
  row.jobsPerSecond.toFixed(2),
  row.cpuPerJob.toFixed(3),
  mb(row.peakPss),
  `${row.failed}/${row.jobs}`,
];

function comparison(rows: readonly Row[]): string {
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  return kinds
    .map((kind) => {
      const here = rows.filter((row) => row.kind === kind).sort((a, b) => a.people - b.people);
      return `**${KINDS[kind].what}**\n\n${table(HEAD, here.map(cells))}`;
    })
    .join('\n\n');
}

const sections: { title: string; text(r: Results): string | undefined }[] = [
  {
    title: 'By hand, and the bot with each engine',
    text: ({ rows }) => (rows.length > 0 ? comparison(rows) : undefined),
  },
  {
    title: 'Short clips',
    text: ({ clips }) => clips && comparison(clips),
  },
  {
    title: 'The same link again, sent by its file id',
    text: ({ repeats: r }) =>
      r && table(['requests', 'p50', 'p95'], [[r.times, s(r.p50), s(r.p95)]]),
  },
  {
    title: 'At rest, the fork server up',
    text: ({ idle: r }) =>
      r &&
      table(
        ['node RSS', 'node PSS', 'whole tree PSS', 'CPU of one core'],
        [[mb(r.nodeRss), mb(r.nodePss), mb(r.treePss), `${r.cpuPercent.toFixed(2)} %`]],
      ),
  },
  {
    title: 'Downloads at once from a site that gives each 400 kB/s',
    text: ({ throttled: r }) =>
      r &&
      table(
        ['jobs', 'delivered', 'ideal', 'first', 'last', 'last to ideal', 'CPU', 'peak PSS'],
        [
          [
            ...[r.jobs, r.delivered, `${r.ideal.toFixed(1)} s`, `${r.fastest.toFixed(1)} s`],
            ...[`${r.slowest.toFixed(1)} s`, `${(r.slowest / r.ideal).toFixed(2)} ×`],
            ...[`${r.cpu.toFixed(1)} s`, mb(r.peakPss)],
          ],
        ],
      ),
  },
  {
    title: 'The fork server killed again and again',
    text: ({ kills: r }) =>
      r &&
      table(
        ['jobs', 'SIGKILLs', 'delivered', 'wall'],
        [[r.jobs, r.kills, r.delivered, `${r.wall.toFixed(0)} s`]],
      ),
  },
  {
    title: 'The edge in workerd',
    text: ({ edge: rows }) =>
      rows &&
      table(
        ['webhook call', 'calls/s', 'p50', 'p99', 'failed'],
        rows.map((r) => [r.what, Math.round(r.perSecond), ms1(r.p50), ms1(r.p99), r.failed]),
      ),
  },
];

const ms1 = (ms: number) => `${ms.toFixed(1)} ms`;

/** Every section that was measured. */
export function tables(results: Results): string {
  return sections
    .flatMap(({ title, text }) => {
      const body = text(results);
      return body === undefined ? [] : [`## ${title}\n\n${body}`];
    })
    .join('\n\n');
}

interface Target {
  what: string;
  aim: string;
  /** Undefined when its part was not run. */
  found(r: Results): number | undefined;
  met(found: number): boolean;
  show(found: number): string;
}

const row = (r: Results, kind: Kind, people: number, part: string) =>
  r.rows.find((one) => one.kind === kind && one.people === people && one.system.includes(part));

const ratio = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined ? undefined : a / b;

/** Where many people ask at once: the bot's own fixed costs are shared then as in real use. */
const BUSY = 8;

const atMost = (limit: number, unit: string, digits = 2) => ({
  aim: `≤ ${limit} ${unit}`,
  met: (found: number) => found <= limit,
  show: (found: number) => `${found.toFixed(digits)} ${unit}`,
});

const atLeast = (limit: number, unit: string, digits = 1) => ({
  aim: `≥ ${limit} ${unit}`,
  met: (found: number) => found >= limit,
  show: (found: number) => `${found.toFixed(digits)} ${unit}`,
});

const cpuRatio = (kind: Kind) => (r: Results) =>
  ratio(row(r, kind, BUSY, 'spawn')?.cpuPerJob, row(r, kind, BUSY, 'warm')?.cpuPerJob);

const TARGETS: Target[] = [
  {
    what: 'a direct file, warm, 8 people',
    ...atMost(0.2, 'CPU s', 3),
    found: (r) => row(r, 'direct', BUSY, 'warm')?.cpuPerJob,
  },
  {
    what: 'a page, warm, 8 people',
    ...atMost(0.25, 'CPU s', 3),
    found: (r) => row(r, 'page', BUSY, 'warm')?.cpuPerJob,
  },
  {
    what: '200 kB clips, warm, 32 people',
    ...atLeast(6, 'jobs/s'),
    found: (r) => r.clips?.find(({ system }) => system.includes('warm'))?.jobsPerSecond,
  },
  {
    what: 'CPU of spawn to warm, direct file',
    ...atLeast(5, '×'),
    found: cpuRatio('direct'),
  },
  {
    what: 'CPU of spawn to warm, page',
    ...atLeast(5, '×'),
    found: cpuRatio('page'),
  },
  {
    what: '32 throttled downloads: wall to the ideal',
    ...atMost(1.3, '×'),
    found: ({ throttled: r }) => r && r.slowest / r.ideal,
  },
  {
    what: '32 throttled downloads: peak PSS',
    ...atMost(900, 'MB', 0),
    found: ({ throttled: r }) => r && r.peakPss / MB,
  },
  {
    what: 'one 2.7 MB file: time to yt-dlp, then curl',
    ...atMost(0.5, '×'),
    found: (r) => ratio(row(r, 'direct', 1, 'warm')?.p50, row(r, 'direct', 1, 'curl')?.p50),
  },
  { what: 'a repeat, p95', ...atMost(50, 'ms', 0), found: ({ repeats }) => repeats?.p95 },
  {
    what: 'the node at rest',
    ...atMost(120, 'MB', 0),
    found: ({ idle }) => idle && idle.nodeRss / MB,
  },
  { what: 'the tree at rest', ...atMost(1, '% CPU'), found: ({ idle }) => idle?.cpuPercent },
  {
    what: '200 jobs while the fork server is killed 50 times',
    ...atLeast(200, 'delivered', 0),
    found: ({ kills }) => (kills && kills.kills >= 50 ? kills.delivered : undefined),
  },
];

export function targets(results: Results): string {
  const rows = TARGETS.flatMap(({ what, aim, found, met, show }) => {
    const value = found(results);
    return value === undefined ? [] : [[what, aim, show(value), met(value) ? 'yes' : '**no**']];
  });
  return table(['what', 'target', 'measured', 'met'], rows);
}
