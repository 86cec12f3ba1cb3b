/**
 * Room on the disk, given out before it is used: a download that finds the disk full has already
 * taken the database's last page.
 *
 * A running job holds an estimate until its file is on the disk, where the kernel counts it. The
 * estimate is a whole job's, so for a while the same bytes count twice: one job too few runs
 * beside a nearly full disk, never one too many.
 */
import { statfsSync } from 'node:fs';
import { JobError } from '../../shared/errors.ts';
import { FOLDER_FACTOR } from '../engine/watchdog.ts';

export interface Disk {
  /** No room for one more job of unknown size. */
  full(): boolean;
  /** Less than the floor is left: what is being written may break off. */
  spent(): boolean;
  /** Room for one of unknown size; asked for the same job again, nothing changes. */
  admit(jobId: number): void;
  /**
   * The size is known now.
   * @throws JobError `disk_full` when it does not fit beside the others
   */
  reserve(jobId: number, bytes: number | undefined): void;
  /** The file is on the disk, or the job has ended. */
  release(jobId: number): void;
}

export interface DiskOptions {
  dir: string;
  /** Largest file a job may send now, bytes. */
  maxFileBytes(): number;
  statfs?: (dir: string) => { bavail: number; blocks: number; bsize: number };
}

const MB = 1024 * 1024;
/** Left for the database, its log and everything else on the disk. */
const FLOOR = { bytes: 512 * MB, share: 0.05 };
/** Most links lead to less; what turns out larger is asked about again when that is known. */
const UNKNOWN_BYTES = 50 * MB;

export function createDisk({ dir, maxFileBytes, statfs = statfsSync }: DiskOptions): Disk {
  const reserved = new Map<number, number>();
  const unknown = () => Math.min(maxFileBytes(), UNKNOWN_BYTES);

  function aboveFloor(): number {
    const { bavail, blocks, bsize } = statfs(dir);
    return bavail * bsize - Math.min(FLOOR.bytes, blocks * bsize * FLOOR.share);
  }

  /** Bytes no other job has a claim to. */
  function free(exceptJob?: number): number {
    let others = 0;
    for (const [id, bytes] of reserved) if (id !== exceptJob) others += bytes;
    return aboveFloor() - others;
  }

  return {
    // A job that runs alone tries its luck: on a small disk nothing would ever start otherwise.
    full: () => free() < (reserved.size > 0 ? unknown() : 0),
    spent: () => aboveFloor() < 0,
    admit(jobId) {
      reserved.set(jobId, unknown());
    },
    reserve(jobId, bytes) {
      const need = bytes === undefined ? unknown() : Math.ceil(bytes * FOLDER_FACTOR);
      if (free(jobId) < need) {
        throw new JobError('disk_full', `${need} bytes do not fit beside the other jobs`);
      }
      reserved.set(jobId, need);
    },
    release(jobId) {
      reserved.delete(jobId);
    },
  };
}
