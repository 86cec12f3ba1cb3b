/**
 * yt-dlp's arguments. No text of a person is ever an option: links stand after `--`, files have
 * numbered names, and everything else comes from the node's own plan.
 */
import type { AudioFormat } from '../../shared/choice.ts';
import { MEDIA_FORMATS } from './media-formats.ts';

/** Before each machine-readable line; what follows is JSON. */
export const MARK = { progress: '@@P ', post: '@@Q ', media: '@@M ', file: '@@F ' } as const;

export interface CommonArgs {
  /** The egress proxy, `http://127.0.0.1:PORT`; every byte of a download goes through it. */
  proxy?: string | undefined;
  /** The path of ffmpeg; ffprobe stands beside it. */
  ffmpeg: string;
  cacheDir: string;
  /** From `jsRuntime()`. */
  jsFlags: readonly string[];
  /** A Netscape cookie file of this job alone: yt-dlp writes to it. */
  cookies?: string | undefined;
}

/** Options every run gets: nothing of the machine's own configuration, short waits, no plugins. */
export function commonArgv(args: CommonArgs): string[] {
  return [
    ...['--ignore-config', '--no-plugin-dirs', '--no-remote-components', '--no-update'],
    ...['--no-cookies-from-browser', '--no-exec', '--no-mtime', '--color', 'never'],
    ...['--socket-timeout', '15', '--retries', '3', '--extractor-retries', '2'],
    // The job itself is tried again as well: longer sleeps here would add up to minutes.
    ...['--retry-sleep', 'exp=1:5', '--cache-dir', args.cacheDir],
    ...['--ffmpeg-location', args.ffmpeg],
    ...(args.proxy ? ['--proxy', args.proxy] : []),
    ...(args.cookies ? ['--cookies', args.cookies] : []),
    ...args.jsFlags,
  ];
}

/** Seconds from the start. */
export interface Section {
  start: number;
  end?: number | undefined;
}

export interface ProbeArgs extends CommonArgs {
  url: string;
  /** Entries of a playlist that are listed. */
  maxEntries?: number;
}

/**
 * One extraction, printed as one line of JSON: a video with its formats, or a playlist whose
 * entries are listed without visiting each. Missing formats are not an error here, so that an
 * upcoming premiere still tells when it starts; the reason then stands in a warning.
 */
export function probeArgv(args: ProbeArgs): string[] {
  return [
    ...commonArgv(args),
    ...['--dump-single-json', '--no-playlist', '--flat-playlist'],
    ...['--playlist-items', `1:${args.maxEntries ?? 200}`, '--ignore-no-formats-error'],
    '--',
    args.url,
  ];
}

export interface DownloadArgs extends CommonArgs {
  /** The JSON of the probe: the download does not extract again. */
  infoFile: string;
  /** Finished files go here, unfinished ones to `tempDir`. */
  outDir: string;
  tempDir: string;
  /** yt-dlp format selector, made by the planner. */
  format: string;
  maxBytes: number;
  /** Container for separate video and audio. */
  mergeTo?: 'mp4' | 'mkv' | 'webm' | undefined;
  audio?: { format: AudioFormat; cover: boolean } | undefined;
  /** Seconds; only this part is downloaded and it starts and ends exactly there. */
  clip?: Section | undefined;
  /** The clip comes from segments: those are fetched first and then cut, see `cutAfter`. */
  whole?: boolean | undefined;
  /** A stream of MPEG-TS stays one: the node copies it into MP4 in the run that looks at it. */
  transport?: boolean | undefined;
  /** Only subtitles are downloaded, as SRT. */
  subtitles?: { language: string; auto: boolean } | undefined;
}

/**
 * ffmpeg fetches clips of plain files. Of its protocols only http knows a proxy: ftp and rtmp
 * connect by themselves. http needs tcp, and a playlist may name `tcp://127.0.0.1`, so ffmpeg may
 * read nothing that names other addresses.
 */
const FFMPEG_INPUT = `-protocol_whitelist http,https,tls,tcp,httpproxy,crypto,data -format_whitelist ${MEDIA_FORMATS}`;

/**
 * What ffmpeg works on afterwards lies on the disk, and a site chose its bytes: a playlist in a
 * file called mp4 would be followed to files of other jobs, and their sound delivered. yt-dlp has
 * no name for "every step", so each that may run is told.
 */
const STEPS = [
  ...['ExtractAudio', 'Merger', 'Metadata', 'EmbedThumbnail', 'ThumbnailsConvertor'],
  ...['SubtitlesConvertor', 'CopyStream', 'FixupM3u8', 'FixupM4a', 'FixupStretched'],
  ...['FixupTimestamp', 'FixupDuration', 'FixupDuplicateMoov', 'VideoRemuxer'],
];
const STEP_INPUT = `-protocol_whitelist file -format_whitelist ${MEDIA_FORMATS},ffmetadata,srt,webvtt,ass`;

/** More than an album never leaves one link in one download. */
const MAX_FILES = 10;

export function downloadArgv(args: DownloadArgs): string[] {
  return [
    ...commonArgv(args),
    ...['--load-info-json', args.infoFile, '--playlist-items', `1:${MAX_FILES}`],
    ...['--fragment-retries', '3', '--abort-on-unavailable-fragments', '-N', '2'],
    ...['--downloader-args', `ffmpeg_i:${FFMPEG_INPUT}`],
    ...STEPS.flatMap((step) => ['--postprocessor-args', `${step}+ffmpeg_i:${STEP_INPUT}`]),
    ...['--max-filesize', String(args.maxBytes)],
    // It would grow to 4 MB, in fresh pages at every read.
    ...['--buffer-size', '128K', '--no-resize-buffer'],
    ...['-P', `home:${args.outDir}`, '-P', `temp:${args.tempDir}`],
    ...['-o', '%(autonumber)03d.%(ext)s', '--restrict-filenames'],
    ...reporting(),
    ...what(args),
  ];
}

/** `--print` implies quiet and simulate; both are taken back, the words say why no file came. */
function reporting(): string[] {
  return [
    ...['--newline', '--progress', '--progress-delta', '1', '--no-simulate', '--no-quiet'],
    ...['--progress-template', `download:${MARK.progress}%(progress)j`],
    ...['--progress-template', `postprocess:${MARK.post}%(progress)j`],
    ...[
      '--print',
      `before_dl:${MARK.media}%(.{id,ext,duration,filesize,filesize_approx,format_id})j`,
    ],
    ...['--print', `after_move:${MARK.file}%(filepath)j`],
  ];
}

function what(args: DownloadArgs): string[] {
  if (args.subtitles) return subtitlesOnly(args.subtitles);
  return [
    ...['-f', args.format],
    ...(args.mergeTo ? ['--merge-output-format', args.mergeTo] : []),
    // Otherwise yt-dlp starts ffprobe twice and ffmpeg once for every HLS download.
    ...(args.transport ? ['--hls-use-mpegts'] : []),
    ...(args.audio ? audioOnly(args.audio) : []),
    ...(args.clip ? (args.whole ? cutAfter(args.clip, args) : section(args.clip)) : []),
  ];
}

const subtitlesOnly = ({ language, auto }: { language: string; auto: boolean }) => [
  ...['--skip-download', auto ? '--write-auto-subs' : '--write-subs'],
  // The language comes from the probe; the quoting keeps its dots from being a pattern.
  ...['--sub-langs', language.replace(/[^A-Za-z0-9]/g, '\\$&')],
  ...['--sub-format', 'srt/vtt/best', '--convert-subs', 'srt'],
];

/** Opus covers need mutagen, which few installations have: a cover is not worth the failure. */
const audioOnly = ({ format, cover }: { format: AudioFormat; cover: boolean }) => [
  ...['--extract-audio', '--audio-format', format, '--audio-quality', '2', '--embed-metadata'],
  ...(cover && format !== 'opus' ? ['--embed-thumbnail', '--convert-thumbnails', 'jpg'] : []),
];

/** Key frames at the cuts are made anew: without it a clip starts seconds too early. */
const section = ({ start, end }: Section) => [
  ...['--download-sections', `*${start}-${end ?? 'inf'}`, '--force-keyframes-at-cuts'],
];

/** ffmpeg's options for what is coded anew, by the container it goes into. */
export const clipCodecs = (container: DownloadArgs['mergeTo']): string =>
  container === 'webm'
    ? '-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus'
    : '-c:v libx264 -preset veryfast -c:a aac';

/**
 * yt-dlp fetches the parts of a playlist through the proxy, ffmpeg cuts what is on the disk.
 * Pictures are coded anew so that the cut is exact; sound can be cut as it is.
 */
function cutAfter({ start, end }: Section, { audio, mergeTo }: DownloadArgs): string[] {
  const to = end === undefined ? '' : ` -to ${end}`;
  const cut = `-ss ${start}${to}${audio ? '' : ` ${clipCodecs(mergeTo)}`}`;
  return [
    ...['--use-postprocessor', 'FFmpegCopyStream'],
    ...['--postprocessor-args', `CopyStream+ffmpeg_o:${cut}`],
    // Picture and sound of a part begin at different moments: joined as if both began at zero,
    // they would be heard and seen apart.
    ...['--postprocessor-args', 'Merger+ffmpeg_o:-copyts'],
  ];
}
