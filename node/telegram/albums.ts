/** Which files travel together: Telegram's rules for albums. */
import type { MediaKind } from '../media/media.ts';

/** An album holds 2–10 messages (core.telegram.org/bots/api#sendmediagroup). */
const MAX_ALBUM = 10;

type Family = 'pictures' | 'audio' | 'documents' | 'alone';

/** Photos and videos mix; documents and audio only with their own; animations not at all. */
const FAMILY: Record<MediaKind, Family> = {
  photo: 'pictures',
  video: 'pictures',
  audio: 'audio',
  document: 'documents',
  animation: 'alone',
};

/** Groups neighbours that may share an album, the order kept; a group of one is sent plainly. */
export function albums<T extends { kind: MediaKind }>(files: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (const file of files) {
    const group = groups.at(-1);
    const first = group?.[0];
    const family = FAMILY[file.kind];
    const joins = first && family !== 'alone' && FAMILY[first.kind] === family;
    if (joins && group.length < MAX_ALBUM) group.push(file);
    else groups.push([file]);
  }
  return groups;
}
