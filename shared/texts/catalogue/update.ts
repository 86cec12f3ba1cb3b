/** `/update`: the yt-dlp in use, a newer one on trial, the one before. */

export interface UpdateRate {
  good: number;
  judged: number;
}

export interface TriedFacts {
  /** An address, shown as it is. */
  url: string;
  /** `ok` or an error code. */
  old: string;
  next: string;
}

export interface UpdateTexts {
  page(p: {
    version: string;
    days: number;
    newer?: string | undefined;
    previous?: string | undefined;
    /** What the other nodes use and this one could not get. */
    behind?: string | undefined;
    /** Living nodes that use another version. */
    elsewhere: { node: string; version: string }[];
    /** Why the newer one was turned down before. */
    refused?: 'canary' | 'watch' | 'hand' | undefined;
    trial?: { of: number; after: UpdateRate; before: UpdateRate } | undefined;
  }): string;
  /** `YTDLP_PATH` decides. */
  fixed(version: string): string;
  /** On buttons; without a version it is looked for first. */
  now(version?: string): string;
  back(version: string): string;
  looking: string;
  trying(p: { version: string; done: number; of: number }): string;
  busy: string;
  newest(version: string): string;
  failed(version: string): string;
  worse(p: { from: string; to: string; tried: TriedFacts[] }): string;
  /** `others`: the nodes that follow. */
  switched(p: { from: string; to: string; tried: TriedFacts[]; others: number }): string;
  wentBack(p: { from: string; to: string; others: number }): string;
  cannotGoBack: string;
  /** What admins are told without asking. */
  news: {
    offered(p: { version: string; using: string }): string;
    wentBack(p: { from: string; to: string; before: UpdateRate; after: UpdateRate }): string;
    proved(p: { version: string; after: UpdateRate }): string;
  };
  links: {
    page(p: { links: string[]; chosen: boolean }): string;
    usage(most: number): string;
    set(count: number): string;
    reset: string;
  };
}
