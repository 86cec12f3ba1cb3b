/** The tables of docs/scale.md, from docs/scale.json and the model. */
import type { CampaignFigures } from './campaign.ts';
import type { FaultFigures } from './faults.ts';
import {
  ASSUMED,
  capacityOf,
  cpuPerDownload,
  databaseCores,
  megabitsAtPeak,
  messagesAtPeak,
  nodesFor,
  peakOf,
  type Server,
  terabytesAMonth,
  usersOf,
} from './model.ts';
import type { Throughput } from './throughput.ts';

/** Docs hold what was measured last; a run replaces its own part. */
export interface Measured {
  throughput?: Throughput[];
  kill?: FaultFigures;
  pause?: FaultFigures;
  database?: FaultFigures;
  upgrade?: FaultFigures;
  campaign?: CampaignFigures;
}

const table = (head: string[], rows: (string | number)[][]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const figure = (value: number) =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)));

function throughputTable({ throughput = [] }: Measured): string {
  const [one] = throughput;
  return table(
    [
      'nodes',
      'jobs',
      'delivered',
      'jobs/s',
      'to one node',
      'p50',
      'p95',
      'node CPU s/job',
      'database CPU s/job',
      'Bot API calls/job',
      'peak PSS of a node',
    ],
    throughput.map((row) => [
      ...[row.nodes, row.jobs, row.delivered, row.perSecond.toFixed(2)],
      `${(row.perSecond / (one?.perSecond ?? row.perSecond)).toFixed(2)} ×`,
      ...[seconds(row.p50), seconds(row.p95), row.nodeCpu.toFixed(3), row.databaseCpu.toFixed(4)],
      ...[row.calls.toFixed(1), `${Math.round(row.peakNode / 1024 ** 2)} MB`],
    ]),
  );
}

const FAULTS = {
  kill: 'a random node killed every 10 s, started again',
  pause: 'a random node frozen for 45 s, longer than its lease',
  database: 'the database killed, 2 s away',
  upgrade: 'one node after the other restarted, one every 15 s',
} as const;

function faultTable(measured: Measured): string {
  const rows = (Object.keys(FAULTS) as (keyof typeof FAULTS)[]).flatMap((fault) => {
    const row = measured[fault];
    if (!row) return [];
    return [
      [
        ...[FAULTS[fault], row.strikes, row.asked, row.delivered, row.lost, row.twice],
        ...[row.questions, row.explained, row.leftovers],
        `${row.extraP95.toFixed(1)} s`,
        `${row.extraMax.toFixed(1)} s`,
      ],
    ];
  });
  return table(
    [
      'what',
      'times',
      'jobs',
      'delivered',
      'lost',
      'twice',
      'asked about',
      'explained',
      'left messages',
      'p95 later than usual',
      'longest',
    ],
    rows,
  );
}

function campaignTable({ campaign: c }: Measured): string {
  if (!c) return 'Not measured yet.';
  const mb = (all: readonly number[]) => all.map((one) => `${one} MB`).join(', ');
  return table(
    ['what', 'figure'],
    [
      ['people, updates', `${figure(c.users)}, ${figure(c.updates)} in ${c.seconds} s`],
      ['taken', figure(c.accepted)],
      ['webhook calls answered 503 and made again', figure(c.again)],
      [
        'webhook answer p50, p99, slowest',
        [c.p50, c.p99, c.slowest].map((ms) => `${Math.round(ms)} ms`).join(', '),
      ],
      [
        "calls that waited before for one of Telegram's 40 connections; the longest",
        `${figure(c.queuedCalls)}; ${Math.round(c.queuedMs)} ms`,
      ],
      ['delivered', figure(c.delivered)],
      ['told that it failed or that the bot is full', figure(c.explained)],
      ['without an answer', c.lost],
      ['delivered twice', c.twice],
      ['status messages that stayed', c.leftovers],
      ['uploads', figure(c.downloads)],
      [
        'first word or file after, p50, p95',
        [c.firstWordP50, c.firstWordP95].map((s) => `${s.toFixed(1)} s`).join(', '),
      ],
      [
        'people who read how long it takes; it was within a minute or half to double for',
        c.told > 0 ? `${figure(c.told)}; ${Math.round(c.toldRight * 100)} %` : 'not counted',
      ],
      ['the admins heard of the queue after', c.warnedAfter ? seconds(c.warnedAfter * 1000) : '–'],
      ['longest queue; taken and not yet looked at', `${figure(c.queuedPeak)}; ${c.pendingPeak}`],
      ['the last answer came after', `${Math.round(c.over)} s`],
      ['peak PSS of each node with its children', mb(c.peakMb)],
      ['peak PSS of each Node process', mb(c.nodeMb)],
      [
        'CPU s of the nodes, the database, the edge in workerd',
        [c.cpu.nodes, c.cpu.database, c.cpu.edge].map(Math.round).join(', '),
      ],
      [
        'CPU s of what stands in for Telegram and the site',
        [c.cpu.telegram, c.cpu.site].map(Math.round).join(', '),
      ],
    ],
  );
}

const SIZES: { users: number; server: Server; store: string }[] = [
  { users: 1_000, server: { cores: 2, gb: 2 }, store: 'SQLite' },
  { users: 5_000, server: { cores: 4, gb: 4 }, store: 'SQLite' },
  { users: 20_000, server: { cores: 8, gb: 8 }, store: 'PostgreSQL' },
  { users: 100_000, server: { cores: 8, gb: 8 }, store: 'PostgreSQL, load balancer' },
  {
    users: 1_000_000,
    server: { cores: 8, gb: 8 },
    store: 'PostgreSQL, load balancer, several bots',
  },
];

const costOf = ({ throughput = [] }: Measured) =>
  throughput[0] ?? { nodeCpu: 0.25, databaseCpu: 0.01 };

function serverTable(measured: Measured): string {
  const cost = costOf(measured);
  const servers = [2, 4, 8].map((n) => ({ cores: n, gb: n }));
  return table(
    [
      'server',
      'places',
      'downloads/s by places',
      'by processor',
      'by memory',
      'first to run out',
      'users',
    ],
    servers.map((server) => {
      const c = capacityOf(server, cost);
      return [
        `${server.cores} cores, ${server.gb} GB`,
        ...[c.places, c.byPlaces.toFixed(2), c.byCores.toFixed(2), c.byMemory.toFixed(2)],
        ...[c.first, figure(usersOf(c.downloads))],
      ];
    }),
  );
}

function sizeTable(measured: Measured): string {
  const cost = costOf(measured);
  return table(
    [
      'users',
      'nodes',
      'store',
      'jobs/s at the peak',
      'Telegram messages/s',
      'Mbit/s each way',
      'TB a month',
      'database cores',
      'euros a month',
    ],
    SIZES.map(({ users, server, store }) => {
      const nodes = nodesFor(users, server, cost);
      const price = (nodes * ASSUMED.serverEuros * server.cores) / 8;
      return [
        ...[figure(users), `${nodes} × ${server.cores} cores, ${server.gb} GB`, store],
        ...[peakOf(users), messagesAtPeak(users), megabitsAtPeak(users)].map(figure),
        ...[terabytesAMonth(users), databaseCores(users, cost), price].map(figure),
      ];
    }),
  );
}

const assumedTable = (measured: Measured): string =>
  table(
    ['assumed', 'value'],
    [
      ['jobs of a user a day', ASSUMED.jobsPerUserPerDay],
      ["share of a day's jobs in its busiest hour", ASSUMED.busiestHour],
      ['answered by a file id', ASSUMED.cached],
      ['size of a delivered file', `${ASSUMED.fileMb} MB`],
      ['time a download holds its place', `${ASSUMED.secondsInPlace} s`],
      [
        'CPU of a real download to the measured one',
        `${ASSUMED.heavierThanMeasured} × = ${cpuPerDownload(costOf(measured)).toFixed(2)} s`,
      ],
      ['share of the processor that may be busy', ASSUMED.busyCores],
      ['memory of a place; of a node at rest', `${ASSUMED.placeMb} MB; ${ASSUMED.restMb} MB`],
      ["Telegram's messages a second for one bot", ASSUMED.telegramPerSecond],
      ['a server of 8 cores and 8 GB, euros a month', ASSUMED.serverEuros],
    ],
  );

export const scaleTables = (measured: Measured): Record<string, () => string> => ({
  scale_throughput: () => throughputTable(measured),
  scale_faults: () => faultTable(measured),
  scale_campaign: () => campaignTable(measured),
  scale_assumed: () => assumedTable(measured),
  scale_servers: () => serverTable(measured),
  scale_sizes: () => sizeTable(measured),
});
