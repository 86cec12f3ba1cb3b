/** How ffmpeg makes each sample out of nothing: small pictures and tones, a second of CPU apiece. */

export interface Recipe {
  /** The file that stands for the whole, relative to the recipe's folder. */
  main: string;
  /** Recipes whose main file this one reads as `{name}`. */
  from?: RecipeName;
  args: readonly string[];
}

export type RecipeName = 'clip' | 'lake' | 'slow' | 'hls' | 'dash' | 'song' | 'picture';

const sky =
  'gradients=s=854x480:r=25:d=10:c0=0x1e3a8a:c1=0x38bdf8:c2=0xf59e0b:n=3:speed=0.02:seed=7';
const lake =
  'gradients=s=640x360:r=25:d=8:c0=0x064e3b:c1=0x34d399:c2=0x0e7490:n=3:speed=0.03:seed=3';
const chord = (seconds: number) =>
  `aevalsrc=0.12*sin(2*PI*220*t)+0.1*sin(2*PI*277.2*t)+0.1*sin(2*PI*329.6*t):s=44100:d=${seconds}`;
const phones = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '50'];
const sound = ['-c:a', 'aac', '-b:a', '96k', '-ac', '2'];
const input = (source: string) => ['-f', 'lavfi', '-i', source];
/** A ball that bounces, so that a moving picture moves. */
const ball = (size: number) =>
  `drawbox=x='(iw-${size})*abs(sin(t))':y='(ih-${size})*abs(cos(t*1.7))':w=${size}:h=${size}:color=white@0.85:t=fill`;

export const RECIPES: Record<RecipeName, Recipe> = {
  clip: {
    main: 'clip.mp4',
    args: [
      ...[...input(sky), ...input(chord(10)), '-vf', ball(60), ...phones, '-crf', '26', ...sound],
      ...['-shortest', '-movflags', '+faststart', 'clip.mp4'],
    ],
  },
  lake: {
    main: 'lake.mp4',
    args: [
      ...[...input(lake), ...input(chord(8)), '-vf', ball(40), ...phones, '-crf', '28', ...sound],
      ...['-shortest', '-movflags', '+faststart', 'lake.mp4'],
    ],
  },
  slow: {
    main: 'slow.mp4',
    args: [
      ...[...input('testsrc2=s=640x360:r=25:d=12'), ...input(chord(12))],
      // Noise does not compress: it makes the file large enough to watch it come.
      ...['-vf', 'noise=alls=30:allf=t', ...phones, '-b:v', '3500k', '-maxrate', '3500k'],
      ...['-bufsize', '3500k', ...sound, '-shortest', '-movflags', '+faststart', 'slow.mp4'],
    ],
  },
  hls: {
    main: 'master.m3u8',
    from: 'clip',
    args: [
      ...['-i', '{clip}', '-map', '0:v', '-map', '0:a', '-map', '0:v', '-map', '0:a'],
      ...['-c:v:0', 'copy', '-c:a', 'copy', '-filter:v:1', 'scale=426:240', '-c:v:1', 'libx264'],
      ...['-preset:v:1', 'ultrafast', '-g:v:1', '50', '-b:v:0', '900k', '-b:v:1', '250k'],
      ...['-f', 'hls', '-hls_time', '2', '-hls_playlist_type', 'vod', '-master_pl_name'],
      ...['master.m3u8', '-var_stream_map', 'v:0,a:0 v:1,a:1', 'rung%v.m3u8'],
    ],
  },
  dash: {
    main: 'manifest.mpd',
    from: 'clip',
    args: [
      ...['-i', '{clip}', '-map', '0:v', '-map', '0:a', '-c', 'copy', '-f', 'dash'],
      ...['-adaptation_sets', 'id=0,streams=v id=1,streams=a', 'manifest.mpd'],
    ],
  },
  song: {
    main: 'song.mp3',
    args: [
      ...[...input(chord(20)), '-af', 'tremolo=f=2:d=0.7', '-c:a', 'libmp3lame', '-b:a', '96k'],
      ...['-metadata', 'title=Three Notes · سه نُت', '-metadata', 'artist=The Postchi Trio'],
      ...['-metadata', 'album=Sandbox', '-id3v2_version', '3', 'song.mp3'],
    ],
  },
  picture: {
    main: 'picture.jpg',
    args: [
      ...input(
        'gradients=s=1280x854:c0=0x0f172a:c1=0x7c3aed:c2=0xf472b6:c3=0xfbbf24:n=4:type=spiral:seed=5',
      ),
      ...['-frames:v', '1', '-q:v', '4', 'picture.jpg'],
    ],
  },
};
