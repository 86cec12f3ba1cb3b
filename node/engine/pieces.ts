/** A clip of a stream that breaks off: its pieces are fetched as files and joined into one. */

import type { AudioFormat } from '../../shared/choice.ts';
import { JobError } from '../../shared/errors.ts';
import type { PiecesInfo } from './part.ts';

/** One file of a piece. */
export interface PieceFile {
  /** Absolute; of whatever container the site chose. */
  path: string;
  /** Seconds from its own beginning to where the clip begins in it. */
  start: number;
}

export interface Piece {
  /** One file, or one with the picture and one with the sound. */
  files: PieceFile[];
  /** Seconds taken; to its end where none are told. */
  seconds?: number | undefined;
}

export interface JoinRequest {
  /** In the order shown. */
  pieces: Piece[];
  /** What it becomes; of sound alone, its format. */
  to: 'mp4' | 'mkv' | 'webm' | AudioFormat;
  /** For the tags of sound. */
  title: string;
  artist?: string | undefined;
  /** The job's folder. */
  dir: string;
  signal: AbortSignal;
}

/**
 * Cuts and joins; resolves with the path of the one file.
 * @throws JobError `incomplete` when a piece is no media, `convert_failed` when they cannot be joined
 */
export type JoinPieces = (request: JoinRequest) => Promise<string>;

/**
 * The files of a run as the pieces they are.
 * @throws JobError `incomplete` when one is missing
 */
export function piecesOf(files: readonly string[], { pieces }: PiecesInfo): Piece[] {
  const each = pieces[0]?.starts.length ?? 0;
  if (files.length !== pieces.length * each)
    throw new JobError('incomplete', `${files.length} files of ${pieces.length} pieces`);
  return pieces.map(({ starts, seconds }, at) => ({
    files: starts.map((start, nth) => ({ path: files[at * each + nth] ?? '', start })),
    seconds,
  }));
}
