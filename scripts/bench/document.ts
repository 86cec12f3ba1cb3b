/** docs/performance.md: the tables, and how they were made. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { type Results, tables, targets } from './report.ts';

const firstLine = (file: string, args: string[]) =>
  execFileSync(file, args, { encoding: 'utf8' }).split('\n')[0] ?? '';

export interface Versions {
  ytdlp: string;
  ffmpeg: string;
  /** Undefined where no Python has it. */
  pyav: string | undefined;
}

export function documentOf(results: Results, versions: Versions): string {
  const curl = firstLine('curl', ['--version']).split(' ')[1];
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `# Performance

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}; a part alone: \`npm run bench -- direct\` (or page, hls, merged, clips, repeat, idle, throttled, kill, edge), which only prints.

## Targets

${targets(results)}

## How it was measured

- Machine: ${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${memory} GB, Linux. Node ${process.versions.node}, yt-dlp ${versions.ytdlp}, ffmpeg ${versions.ffmpeg}, ${versions.pyav ? `PyAV ${versions.pyav}` : 'no PyAV'}, curl ${curl}.
- The bot is \`node dist/node.js\` as an operator runs it, with its defaults, against the embedded Bot API and a media server. These two are processes of their own, on the same cores; their CPU time is not counted, but it is taken from the jobs per second.
- People ask, wait for the file, and ask again; every link is new to the bot, and every job comes from another person, because Telegram lets one chat have a message a second. A job is timed in the Bot API's process, from the message to the end of \`sendVideo\`.
- "By hand" is \`yt-dlp -q LINK\`, then \`curl -F\` of the file: one extraction, no thumbnail, no check of the file, no status message. It is timed from the first command to the end of the last, and as many run at once as there are people.
- CPU seconds are user and system time of the whole process tree, children that ended included, after everything a job started is gone. Peak PSS is the largest sum over the tree, looked at three times a second, once a second where 32 downloads run.
- Repeats are asked for twenty times a second, because Telegram lets a bot send thirty messages a second and the node keeps to it.
- Rest is a minute, from a quarter of a minute after the start: one garbage collection of V8, about one a minute, would look like a whole percent in ten seconds.
- The systems take turns within one run: a busy machine slows all of them.

${tables(results)}
`;
}
