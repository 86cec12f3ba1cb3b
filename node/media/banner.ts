/**
 * What ffmpeg says about its input before it works on it. Reading it saves a run of ffprobe, half
 * of the CPU a plain file costs; where it is not understood, `inspect` asks ffprobe.
 */
export interface Banner {
  container?: string | undefined;
  /** Seconds. */
  duration?: number | undefined;
  video?: { codec: string; pixels: string; width: number; height: number } | undefined;
  audio?: { codec: string } | undefined;
}

const INPUT = /^Input #0, (.+), from /m;
const DURATION = /^ {2}Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/m;
const AUDIO = /^ {2}Stream #0:\d+.*?: Audio: (\w+)/m;
const VIDEO = /^ {2}Stream #0:\d+.*?: Video: (\w+).*$/gm;
const SIZE = /, (\d{2,5})x(\d{2,5})(?: \[SAR (\d+):(\d+) DAR [\d:]+\])?/;
const ROTATION = /rotation of (-?\d+(?:\.\d+)?) degrees/;

export function parseBanner(stderr: string): Banner {
  // What stands after the output's header is about the thumbnail.
  const [text = ''] = stderr.split(/^Output #0|^Stream mapping:/m);
  const [, hours, minutes, seconds] = DURATION.exec(text) ?? [];
  const line = [...text.matchAll(VIDEO)].find(([whole]) => !whole.includes('(attached pic)'));
  const audio = AUDIO.exec(text)?.[1];
  return {
    container: INPUT.exec(text)?.[1],
    duration: hours ? Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) : undefined,
    video: line && picture(line[0], line[1] ?? '', ROTATION.exec(text)?.[1]),
    audio: audio === undefined ? undefined : { codec: audio },
  };
}

function picture(line: string, codec: string, rotation: string | undefined): Banner['video'] {
  const [, coded, lines, num, den] = SIZE.exec(line) ?? [];
  // The pixel format is the field before the size, its colour facts in brackets.
  const pixels = /, (\w+)(?:\([^)]*\))?, \d+x\d+/.exec(line)?.[1];
  if (!coded || !lines || !pixels) return undefined;
  const width =
    num && den ? Math.round((Number(coded) * Number(num)) / Number(den)) : Number(coded);
  const height = Number(lines);
  const turned = Math.abs(Number(rotation ?? 0)) % 180 === 90;
  return { codec, pixels, ...(turned ? { width: height, height: width } : { width, height }) };
}
