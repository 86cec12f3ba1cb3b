/**
 * One clip of pieces that lie on both sides of a break: each is cut where its own picture says, and
 * they are shown one after the other, whatever times, sizes and containers they came with.
 */
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { JobError } from '../../shared/errors.ts';
import { clipCodecs } from '../engine/argv.ts';
import type { JoinRequest, Piece, PieceFile } from '../engine/pieces.ts';
import { conversionFault, lastLine, type MediaTools, runTool, safeInput } from './process.ts';

/** A stream of an input, cut: seconds of the input's own time, and a name in the filter graph. */
interface Cut {
  input: number;
  from: number;
  to?: number | undefined;
}

interface Looked extends PieceFile {
  /** The input's number. */
  input: number;
  /** When the file begins, by its own clock. */
  begins: number;
  picture?: { begins: number; width: number; height: number; shape: string } | undefined;
  sound: boolean;
}

/** @throws JobError as `JoinPieces` says */
export async function joinPieces(tools: MediaTools, request: JoinRequest): Promise<string> {
  const { pieces, dir, signal, to } = request;
  const files = pieces.flatMap((piece) => piece.files);
  const looked = await Promise.all(
    files.map((file, input) => look(tools, { ...file, input }, signal)),
  );
  const of = ({ files: own }: Piece) =>
    looked.filter(({ path }) => own.some((f) => f.path === path));
  const target = join(dir, `joined.${to}`);
  const args = ['-nostdin', '-v', 'error', '-y', ...files.flatMap(({ path }) => safeInput(path))];
  args.push(
    ...joining(
      pieces.map((piece) => ({ seconds: piece.seconds, files: of(piece) })),
      request,
    ),
  );
  const exit = await runTool(tools.ffmpeg, [...args, target], { cwd: dir, signal });
  if (exit.code !== 0) throw conversionFault(exit);
  return target;
}

interface Seen {
  files: Looked[];
  seconds?: number | undefined;
}

/** ffmpeg's filters, what of them is taken, and how it is coded. */
function joining(pieces: Seen[], { to, title, artist }: JoinRequest): string[] {
  const coded = to === 'mp4' || to === 'mkv' || to === 'webm';
  const pictures = coded ? cutsOf(pieces, pictureCut) : undefined;
  const sounds = cutsOf(pieces, soundCut);
  if (!(pictures ?? sounds)) throw new JobError('convert_failed', 'there is nothing to join');
  const fit = fitting(pieces);
  const chains = [
    ...(pictures ?? []).map((cut, at) => `[${cut.input}:V:0]${trim('', cut)}${fit}[v${at}]`),
    ...(sounds ?? []).map((cut, at) => `[${cut.input}:a:0]${trim('a', cut)},${EVEN}[a${at}]`),
  ];
  const row = pieces.map((_, at) => `${pictures ? `[v${at}]` : ''}${sounds ? `[a${at}]` : ''}`);
  const out = `${pictures ? '[v]' : ''}${sounds ? '[a]' : ''}`;
  const kinds = `v=${pictures ? 1 : 0}:a=${sounds ? 1 : 0}`;
  const graph = [...chains, `${row.join('')}concat=n=${pieces.length}:${kinds}${out}`].join(';');
  return [
    ...['-filter_complex', graph],
    ...(pictures ? ['-map', '[v]'] : []),
    ...(sounds ? ['-map', '[a]'] : []),
    ...(coded ? clipCodecs(to).split(' ') : SOUND[to]),
    ...(coded ? [] : ['-metadata', `title=${title}`, '-metadata', `artist=${artist ?? ''}`]),
    ...(to === 'mp4' || to === 'm4a' ? ['-movflags', '+faststart'] : []),
  ];
}

/** As yt-dlp codes them elsewhere. */
const SOUND = {
  m4a: ['-c:a', 'aac', '-b:a', '192k'],
  mp3: ['-c:a', 'libmp3lame', '-q:a', '2'],
  opus: ['-c:a', 'libopus', '-b:a', '128k'],
} as const;

/** Holes in the times of sound become silence: coded as they are, what follows would come early. */
const EVEN = 'aresample=async=1:first_pts=0';

/** Of every piece; undefined when none has that kind of stream. */
function cutsOf(pieces: Seen[], cut: (piece: Seen) => Cut | undefined): Cut[] | undefined {
  const cuts = pieces.flatMap((piece) => cut(piece) ?? []);
  if (cuts.length === 0) return undefined;
  if (cuts.length < pieces.length)
    throw new JobError('convert_failed', 'the pieces are of other kinds');
  return cuts;
}

function pictureCut({ files, seconds }: Seen): Cut | undefined {
  const file = files.find(({ picture }) => picture);
  return file?.picture && cut(file, file.start + file.picture.begins - file.begins, seconds);
}

/** Both sides of one clock differ by less: what differs by more counts from something else. */
const ONE_CLOCK_S = 1;

/** Where the picture is cut, when both tell times of one clock; else where its own list says. */
function soundCut({ files, seconds }: Seen): Cut | undefined {
  const seen = files.find(({ picture }) => picture);
  const file = files.find(({ sound }) => sound);
  if (!file || !seen?.picture) return file && cut(file, file.start, seconds);
  const clock = seen.start + seen.picture.begins - file.begins;
  const isOne = Math.abs(clock - file.start) < ONE_CLOCK_S;
  return cut(file, isOne ? clock : file.start, seconds);
}

const cut = ({ input }: Looked, from: number, seconds: number | undefined): Cut => ({
  ...{ input, from },
  to: seconds === undefined ? undefined : from + seconds,
});

/** @param kind `a` for sound */
function trim(kind: '' | 'a', { from, to }: Cut): string {
  const end = to === undefined ? '' : `:end=${to.toFixed(6)}`;
  const start = Math.max(0, from).toFixed(6);
  return `${kind}trim=start=${start}${end},${kind}setpts=PTS-(${from.toFixed(6)})/TB`;
}

/** Pictures of other sizes are fitted into the first one's. */
function fitting(pieces: Seen[]): string {
  const all = pieces.flatMap(({ files }) => files.flatMap(({ picture }) => picture ?? []));
  const [first] = all;
  if (!first || all.every(({ shape }) => shape === first.shape)) return '';
  const size = `${first.width}:${first.height}`;
  return `,scale=${size}:force_original_aspect_ratio=decrease,pad=${size}:-1:-1,setsar=1`;
}

const seconds = v.optional(v.pipe(v.string(), v.transform(Number), v.finite()), '0');
const Probe = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    streams: v.array(
      v.object({
        codec_type: v.optional(v.string(), ''),
        start_time: seconds,
        width: v.optional(v.number(), 0),
        height: v.optional(v.number(), 0),
        sample_aspect_ratio: v.optional(v.string(), ''),
      }),
    ),
    format: v.object({ start_time: seconds }),
  }),
);
const ASKED = 'stream=codec_type,start_time,width,height,sample_aspect_ratio:format=start_time';

async function look(
  { ffprobe }: MediaTools,
  file: PieceFile & { input: number },
  signal: AbortSignal,
): Promise<Looked> {
  const args = ['-v', 'error', '-of', 'json', '-show_entries', ASKED, ...safeInput(file.path)];
  const exit = await runTool(ffprobe, args, { cwd: dirname(file.path), signal });
  const probe = v.safeParse(Probe, exit.stdout);
  if (exit.code !== 0 || !probe.success) throw new JobError('incomplete', lastLine(exit));
  const { streams, format } = probe.output;
  const video = streams.find(({ codec_type }) => codec_type === 'video');
  return {
    ...file,
    begins: format.start_time,
    picture: video && pictureOf(video),
    sound: streams.some(({ codec_type }) => codec_type === 'audio'),
  };
}

function pictureOf(video: v.InferOutput<typeof Probe>['streams'][number]) {
  const { start_time: begins, width, height, sample_aspect_ratio } = video;
  return { begins, width, height, shape: `${width}x${height} ${sample_aspect_ratio}` };
}
