/**
 * What a person wants of a link, as one short string: it is half of the file-id cache's key and
 * travels in button data, so it must stay short and must have exactly one spelling.
 *
 *   auto      the best H.264/AAC rung that fits the upload limit
 *   v720      the same, at most 720 lines high
 *   m4a mp3 opus   audio only
 *   file      the original file, sent as a document
 *   s.fa      subtitles in that language
 *   p1080     that height in several playable parts (p0: the highest there is)
 *   ask       nothing yet: the link is looked at and the person picks from the menu
 */
export type Choice =
  | { kind: 'auto' }
  | { kind: 'video'; height: number }
  | { kind: 'audio'; format: AudioFormat }
  | { kind: 'file' }
  | { kind: 'subtitles'; language: string }
  | { kind: 'parts'; height: number }
  | { kind: 'ask' };

export const AUDIO_FORMATS = ['m4a', 'mp3', 'opus'] as const;
export type AudioFormat = (typeof AUDIO_FORMATS)[number];

const isAudio = (text: string): text is AudioFormat =>
  (AUDIO_FORMATS as readonly string[]).includes(text);

/** The one spelling of a choice. */
export function formatChoice(choice: Choice): string {
  switch (choice.kind) {
    case 'auto':
    case 'file':
    case 'ask':
      return choice.kind;
    case 'video':
      return `v${choice.height}`;
    case 'audio':
      return choice.format;
    case 'subtitles':
      return `s.${choice.language}`;
    case 'parts':
      return `p${choice.height}`;
  }
}

/** The choice a string spells, or undefined: button data comes from strangers. */
export function parseChoice(text: string): Choice | undefined {
  if (text === 'auto' || text === 'file' || text === 'ask') return { kind: text };
  if (isAudio(text)) return { kind: 'audio', format: text };
  const language = /^s\.([A-Za-z0-9-]{1,20})$/.exec(text)?.[1];
  if (language) return { kind: 'subtitles', language };
  const [, kind, digits] = /^([vp])(\d{1,5})$/.exec(text) ?? [];
  if (!kind || !digits || String(Number(digits)) !== digits) return undefined;
  return { kind: kind === 'v' ? 'video' : 'parts', height: Number(digits) };
}
