/** The fragments of a DASH format that hold a stretch of its time. */
import type { Section } from './argv.ts';
import { segmentClock } from './segment-clock.ts';
import { spanByClock } from './span-by-clock.ts';
import { type Stretch, within } from './within.ts';

/** As yt-dlp writes it down. */
export interface DashFragment {
  /** Seconds; the first fragment, which initialises the others, has none. */
  duration?: number | null | undefined;
  url?: string | undefined;
  /** Behind `fragment_base_url`, where there is no `url`. */
  path?: string | undefined;
}

export interface DashFormat {
  fragments?: DashFragment[] | undefined;
  fragment_base_url?: string | undefined;
}

type ReadBytes = (address: string) => Promise<Uint8Array | undefined>;

/** Undefined when the fragments are not told one by one. */
export async function dashPart<T extends DashFormat>(
  format: T,
  clip: Section,
  readHead: ReadBytes,
): Promise<Stretch<T> | undefined> {
  const all = (format.fragments ?? []).map((one) => ({ ...one, duration: one.duration ?? 0 }));
  const media = all.filter(({ duration }) => duration > 0);
  const heads = all.length - media.length;
  if (media.length === 0 || heads > 1 || (heads === 1 && all[0]?.duration !== 0)) return undefined;
  const head = heads === 1 ? all[0] : undefined;
  const told = isOneForAll(media) ? await byClock(format, head, media, clip, readHead) : undefined;
  const { what, before } = told ?? within(media, clip);
  if (what.length === 0) return undefined;
  return { what: { ...format, fragments: [...all.slice(0, heads), ...what] }, before };
}

/** A template gives one duration, and fragments may begin half of it earlier or later. */
const isOneForAll = (media: readonly { duration: number }[]) =>
  media.length > 1 && media.slice(0, -1).every(({ duration }) => duration === media[0]?.duration);

/** Undefined where the fragments tell no time: then the durations have to do. */
async function byClock<F extends DashFragment & { duration: number }>(
  format: DashFormat,
  head: DashFragment | undefined,
  media: readonly F[],
  clip: Section,
  readHead: ReadBytes,
): Promise<Stretch<F[]> | undefined> {
  const read = async (fragment: DashFragment) => {
    const address = addressOf(format, fragment);
    return address === undefined ? undefined : readHead(address);
  };
  const initialisation = head && (await read(head));
  if (!initialisation) return undefined;
  const readClock = async (fragment: F) => {
    const bytes = await read(fragment);
    return bytes && segmentClock(bytes, initialisation);
  };
  const span = await spanByClock(media, clip, readClock);
  return span && { what: media.slice(span.from, span.to), before: span.before };
}

function addressOf({ fragment_base_url: base }: DashFormat, { url, path }: DashFragment) {
  const known = path !== undefined && URL.canParse(path, base);
  const address = url ?? (known ? new URL(path, base).href : undefined);
  return address !== undefined && /^https?:/.test(address) ? address : undefined;
}
