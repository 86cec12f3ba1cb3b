/** What finding a part of a stream needs to be told, and what it may read of the web itself. */
import type { Section } from './argv.ts';

/** Reads a text from the web under the egress rules; undefined when that fails. */
export type ReadText = (
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
) => Promise<{ text: string; url: string } | undefined>;

/** 256 KiB of a file on the web, under the egress rules; undefined when that fails. */
export type ReadHead = (
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
  /** Bytes left out in front. */
  from?: number,
) => Promise<Uint8Array | undefined>;

/** What the node itself reads of the web, so that less has to be fetched of it. */
export interface Reading {
  readText: ReadText;
  readHead: ReadHead;
}

export interface PartRequest extends Reading {
  infoFile: string;
  /** yt-dlp's format selector: the part is found for plain ids, `137+140`. */
  format: string;
  clip: Section;
  /** The job's folder. */
  dir: string;
  signal: AbortSignal;
}
