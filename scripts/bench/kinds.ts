/** The four ways a site offers a video, each with a link of its own per job. */

export const KINDS = {
  direct: { path: 'clip.mp4', what: 'direct file, 2.7 MB' },
  page: { path: 'page', what: 'HTML page with a video tag, 2.7 MB' },
  hls: { path: 'video.m3u8', what: 'HLS, 5 fragments, 2.7 MB' },
  merged: { path: 'video.mpd', what: 'DASH, video and audio merged, 2.7 MB' },
  small: { path: 'small.mp4', what: 'direct file, 200 kB' },
} as const;

export type Kind = keyof typeof KINDS;

let jobs = 0;

/** A link nobody asked for before. */
export function freshLink(sitePort: number, kind: Kind, rate?: number): string {
  jobs += 1;
  const query = rate ? `?rate=${rate}` : '';
  return `http://127.0.0.1:${sitePort}/j/${jobs}/${KINDS[kind].path}${query}`;
}
