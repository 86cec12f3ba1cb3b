/**
 * What `/health` and the alerts say of each check. Times in ms, sizes in bytes. Paths and
 * addresses of the machine are for the terminal (`doctor`), never for a chat.
 */

export interface HealthDetails {
  cpu(percent: number): string;
  memory(p: { percent: number; available: number; total: number }): string;
  disk(p: { free: number; total: number; needed: number }): string;
  queue(p: {
    queued: number;
    percent: number;
    running: number;
    taken: number;
    places: number;
  }): string;
  workers(p: { busy: number; limit: number; waiting: number }): string;
  success(p: { done: number; of: number }): string;
  database: {
    sound(bytes: number): string;
    damaged: string;
    /** PostgreSQL answers, or does not. */
    answers(bytes: number): string;
    silent: string;
  };
  backup: {
    last(ageMs: number): string;
    none: string;
  };
  telegram: {
    /** Undefined: it has not answered yet. */
    answered(agoMs: number | undefined): string;
    failing(p: { agoMs: number | undefined; failures: number }): string;
  };
  webhook: {
    unused: string;
    leftOver: string;
    unset: string;
    elsewhere: string;
    waiting(pending: number): string;
    /** `why`: Telegram's own words. */
    failing(p: { pending: number; why: string }): string;
  };
  ytdlp(p: {
    version: string;
    source: 'env' | 'path' | 'release' | 'debian';
    days: number;
    newer?: string | undefined;
    /** What the other nodes use and this one could not get. */
    behind?: string | undefined;
  }): string;
  /** Of a program. */
  version(name: string): string;
  gallery: {
    later: string;
    /** `lacks`: a program's name. */
    none(lacks: string): string;
  };
  js: {
    found(name: string): string;
    none: string;
  };
  engine: {
    warm(p: { alive: boolean; restarts: number }): string;
    spawn: string;
  };
  cookies: {
    dead(names: { site: string; account: string }[]): string;
    ending(names: { site: string; account: string }[]): string;
    fine(jars: number): string;
    none: string;
  };
  edge: {
    last(agoMs: number): string;
    never: string;
  };
  services: {
    fine(next: { name: string; ms: number }[]): string;
    failing(names: string[]): string;
  };
  nodes(p: {
    alive: number;
    draining: readonly string[];
    gone: readonly string[];
    worried: readonly string[];
  }): string;
  /** The check itself failed; the log says why. */
  unknown: string;
}
