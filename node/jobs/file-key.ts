import type { Clip } from '../../shared/wire.ts';

/** What one download serves: a link, the choice made of it and the part cut out. */
export function fileKeyOf(mediaKey: string, choice: string, clip?: Clip): string {
  const part = clip ? `@${clip.start}-${clip.end ?? ''}` : '';
  return `${mediaKey}${part}|${choice}`;
}
