/**
 * A part of a stream in segments, fetched without the rest: the probe's JSON is written anew with
 * only those segments in it, and yt-dlp fetches them as it fetches any, through the egress proxy.
 * Where that cannot be told for certain the whole is fetched and cut, as exact and slower.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Section } from './argv.ts';
import { type FormatPart, partOfFormat, StreamFormat } from './format-part.ts';
import type { PartRequest } from './part-request.ts';

export interface PartInfo {
  infoFile: string;
  /** Where the clip lies in what is fetched, in seconds. */
  clip: Section;
}

/** Files that yt-dlp must not join by their times; each is one format of one piece. */
export interface PiecesInfo {
  infoFile: string;
  /** Selects all of them, piece by piece. */
  format: string;
  /** In the order shown. */
  pieces: PieceInfo[];
}

export const isInPieces = (part: PartInfo | PiecesInfo): part is PiecesInfo => 'pieces' in part;

export interface PieceInfo {
  /** Where the clip begins in each of its files, in seconds from the file's own beginning. */
  starts: number[];
  /** Seconds of it; to its end where none are told. */
  seconds?: number | undefined;
}

const Info = v.looseObject({ formats: v.array(v.looseObject({ format_id: v.string() })) });

/** More inputs at once would each hold a decoder's memory. */
const MOST_FILES = 8;
/** Seconds by which a break of the sound may lie beside that of the picture. */
const BESIDE_S = 0.5;

/** Undefined when the whole has to be fetched. */
export async function partInfo(request: PartRequest): Promise<PartInfo | PiecesInfo | undefined> {
  const info = v.safeParse(Info, JSON.parse(await readFile(request.infoFile, 'utf8')));
  if (!info.success) return undefined;
  const ids = request.format.split('+');
  const found: FormatPart[] = [];
  for (const id of ids) {
    const raw = info.output.formats.find(({ format_id }) => format_id === id);
    const format = v.safeParse(StreamFormat, raw);
    const part = format.success ? await partOfFormat(format.output, request) : undefined;
    if (!part) return undefined;
    found.push(part);
  }
  const rows = rowsOf(found);
  if (!rows) return undefined;
  const infoFile = join(request.dir, 'part.info.json');
  const write = (formats: object[]) =>
    writeFile(infoFile, JSON.stringify({ ...info.output, formats }), { mode: 0o600 });
  const [only] = rows;
  if (only && rows.length === 1 && !isApart(found)) {
    const chosen = new Map(ids.map((id, at) => [id, only[at]?.what]));
    await write(info.output.formats.map((one) => chosen.get(one.format_id) ?? one));
    return { infoFile, clip: shifted(request.clip, Math.min(...only.map(({ before }) => before))) };
  }
  if (rows.length * ids.length > MOST_FILES) return undefined;
  const pieces = rows.flat().map(({ what }, at) => ({ ...what, format_id: `piece${at}` }));
  await write(pieces);
  const format = pieces.map(({ format_id }) => format_id).join(',');
  return { infoFile, format, pieces: piecesOf(rows, request.clip) };
}

/** Sound without a container has no times by which it could be joined to a picture. */
const isApart = (found: readonly FormatPart[]) =>
  found.length > 1 && found.some((one) => one.packed);

/** The parts of all formats piece by piece; undefined unless they break off at the same places. */
function rowsOf(found: readonly FormatPart[]): FormatPart['parts'][] | undefined {
  const rows = (found[0]?.parts ?? []).map((_, row) =>
    found.flatMap(({ parts }) => parts.slice(row, row + 1)),
  );
  const even = found.every(({ parts }) => parts.length === rows.length);
  const beside = rows.slice(1).every((row) => {
    const times = row.map(({ before }) => before);
    return Math.max(...times) - Math.min(...times) < BESIDE_S;
  });
  return rows.length > 0 && even && beside ? rows : undefined;
}

function piecesOf(rows: FormatPart['parts'][], { start, end }: Section): PieceInfo[] {
  return rows.map((row, at) => {
    const begins = at === 0 ? start : (row[0]?.before ?? 0);
    const starts = row.map(({ before }) => Math.max(0, start - before));
    const isLast = at === rows.length - 1;
    return { starts, ...(isLast && end !== undefined && { seconds: end - begins }) };
  });
}

function shifted({ start, end }: Section, before: number): Section {
  return { start: start - before, ...(end === undefined ? {} : { end: end - before }) };
}
