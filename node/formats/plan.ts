/** What will be downloaded for a choice, decided before the first byte of the file moves. */
import type { AudioFormat } from '../../shared/choice.ts';

export interface Plan {
  /** What yt-dlp gets as `--format`: format ids, never anything a user wrote. */
  selector: string;
  kind: 'video' | 'audio' | 'file' | 'subtitles';
  height?: number | undefined;
  size?: { bytes: number; exact: boolean } | undefined;
  why: 'best' | 'fits' | 'asked';
  /** Streams a finished file must have: a file that lacks one is not a success. */
  expect: { video: boolean; audio: boolean };
  extractAudio?: AudioFormat | undefined;
  subtitles?: string | undefined;
  /** A phone cannot play these codecs: the file must be converted to be sent as a video. */
  convert: boolean;
}
