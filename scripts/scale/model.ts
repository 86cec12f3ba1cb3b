/**
 * From the measured cost of a job to users a server. Measured figures come from `docs/scale.json`,
 * how people behave is assumed and stands in ASSUMED; the places of a server come from the code
 * that sizes it.
 */
import { sizeFor } from '../../node/config/sizing.ts';
import type { Throughput } from './throughput.ts';

const GB = 1024 ** 3;
const MB = 1024 ** 2;
const DAY_S = 86_400;

/** What no benchmark can tell; each line is said in docs/scale.md. */
export const ASSUMED = {
  jobsPerUserPerDay: 2,
  /** Of a day's jobs, in its busiest hour. */
  busiestHour: 0.12,
  /** Answered by a file id, without a download. */
  cached: 0.35,
  /** Of the downloads that are delivered. */
  fileMb: 18,
  /** From the first byte of the extraction to the last of the file: the site sets the pace. */
  secondsInPlace: 20,
  /** Some sites take several requests, players run, streams are merged: against the direct file. */
  heavierThanMeasured: 2.5,
  /** Above this share of a processor people wait noticeably. */
  busyCores: 0.7,
  /** MB of one place: the forked child, its share of ffmpeg, buffers. */
  placeMb: 30,
  /** MB of the node, its fork server and the system before any job. */
  restMb: 500,
  /** Telegram's limit for one bot, messages a second. */
  telegramPerSecond: 30,
  /** Euros a month for 8 cores, 8 GB and 20 TB at an ordinary host. */
  serverEuros: 30,
} as const;

export interface Server {
  cores: number;
  gb: number;
}

export interface Capacity {
  places: number;
  /** Downloads a second each resource allows. */
  byPlaces: number;
  byCores: number;
  byMemory: number;
  /** The scarcest. */
  first: 'places' | 'processor' | 'memory';
  downloads: number;
}

type Cost = Pick<Throughput, 'nodeCpu' | 'databaseCpu'>;

/** What one server downloads a second, and what holds it back first. */
export function capacityOf({ cores, gb }: Server, cost: Cost): Capacity {
  const places = sizeFor(cores, gb * GB).downloads;
  const room = (gb * GB - ASSUMED.restMb * MB) / (ASSUMED.placeMb * MB);
  const byPlaces = places / ASSUMED.secondsInPlace;
  const byMemory = room / ASSUMED.secondsInPlace;
  const byCores = (cores * ASSUMED.busyCores) / cpuPerDownload(cost);
  const downloads = Math.min(byPlaces, byMemory, byCores);
  const first = downloads === byCores ? 'processor' : downloads === byPlaces ? 'places' : 'memory';
  return { places, byPlaces, byCores, byMemory, first, downloads };
}

export const cpuPerDownload = (cost: Cost): number => cost.nodeCpu * ASSUMED.heavierThanMeasured;

/** Jobs a second in the busiest hour. */
export const peakOf = (users: number): number =>
  (users * ASSUMED.jobsPerUserPerDay * ASSUMED.busiestHour) / 3600;

const downloadsAtPeak = (users: number): number => peakOf(users) * (1 - ASSUMED.cached);

export const usersOf = (downloads: number): number =>
  (downloads / (1 - ASSUMED.cached) / ASSUMED.jobsPerUserPerDay / ASSUMED.busiestHour) * 3600;

/** Messages a second in the busiest hour: what Telegram counts, edits and deletions left out. */
export const messagesAtPeak = (users: number): number => peakOf(users) * 2;

/** Megabits a second in and as many out. */
export const megabitsAtPeak = (users: number): number =>
  downloadsAtPeak(users) * ASSUMED.fileMb * 8;

/** TB a month, in and out. */
export const terabytesAMonth = (users: number): number =>
  (users * ASSUMED.jobsPerUserPerDay * (1 - ASSUMED.cached) * ASSUMED.fileMb * 2 * 30) / 1e6;

/** The busiest hour of the year is not the busiest hour of a day: a third of the power is kept back. */
export const nodesFor = (users: number, server: Server, cost: Cost): number =>
  Math.max(1, Math.ceil(downloadsAtPeak(users) / (capacityOf(server, cost).downloads * (2 / 3))));

export const databaseCores = (users: number, cost: Cost): number =>
  peakOf(users) * cost.databaseCpu;

const jobsADay = (users: number): number => users * ASSUMED.jobsPerUserPerDay;
export const perSecond = (users: number): number => jobsADay(users) / DAY_S;
