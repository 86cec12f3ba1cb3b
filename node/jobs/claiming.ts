/** Takes jobs from the store while there is room, and looks again when one becomes due. */
import type { Log } from '../log.ts';
import type { ClaimRules, Jobs } from '../store/jobs.ts';
import type { JobRow } from '../store/schema.ts';
import type { Flights } from './flights.ts';

export interface ClaimingParts {
  jobs: Pick<Jobs, 'claim' | 'requeue' | 'nextDue'>;
  flights: Pick<Flights, 'running' | 'launch' | 'stop'>;
  rules(): ClaimRules;
  hasRoom(): boolean;
  log: Log;
  now(): number;
}

export interface Claiming {
  /**
   * From now on jobs are claimed. A breaker, a setting or the heartbeat may kick while the start
   * still reads what an earlier process left: a job claimed then would lose its folder and its
   * status message.
   */
  begin(): void;
  /** Something may have become claimable. */
  kick(): void;
  /** No more claims; resolves when the last one has its answer. */
  close(): Promise<void>;
}

/** How long a run that lost its claim has to leave its folder. */
const LEAVE_MS = 2_000;
/** Claims that find nothing are cheap; waiting jobs become due at most this late. */
const LONGEST_WAIT_MS = 60_000;

export function createClaiming(parts: ClaimingParts): Claiming {
  const { jobs, flights, log, now } = parts;
  let begun = false;
  let closing = false;
  let claiming: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  const hasRoom = () => !closing && parts.hasRoom();

  async function claimAll(): Promise<void> {
    do {
      again = false;
      while (hasRoom()) {
        const job = await jobs.claim(parts.rules());
        if (!job) break;
        if (flights.running.get(job.id)?.attempt === job.attempt) await afterLostClaim(job);
        else flights.launch(job, true);
      }
    } while (again);
    await waitForNextDue();
  }

  /**
   * The database crashed and took back the claim of a run that goes on here: that run must have
   * left its folder before the next one starts.
   */
  async function afterLostClaim(job: JobRow): Promise<void> {
    flights.stop(job.id, 'lost');
    await jobs.requeue(job, { notBefore: now() + LEAVE_MS, burn: false });
  }

  /** Jobs that wait for a time (a retry, a paused site) are claimed when it comes. */
  async function waitForNextDue(): Promise<void> {
    clearTimeout(timer);
    // Without room nothing is claimed when its time comes; what makes room kicks, or the next beat.
    if (!hasRoom()) return;
    const due = await jobs.nextDue(now());
    const wait = due === undefined ? LONGEST_WAIT_MS : Math.min(LONGEST_WAIT_MS, due - now());
    timer = setTimeout(kick, Math.max(10, wait)).unref();
  }

  function kick(): void {
    if (!begun || closing) return;
    if (claiming) {
      again = true;
      return;
    }
    claiming = claimAll()
      .catch((error) => log.error({ error }, 'claiming failed'))
      .finally(() => {
        claiming = undefined;
        if (again) kick();
      });
  }

  return {
    begin() {
      begun = true;
      kick();
    },
    kick,
    async close() {
      closing = true;
      clearTimeout(timer);
      await claiming;
    },
  };
}
