/** The name a person sees on a document or song, made from a title a stranger wrote. */

const MAX_CHARACTERS = 60;
const MAX_BYTES = 200;

/**
 * Separators, what Windows forbids, control characters, halves of pairs, and what reverses the
 * reading direction; the zero-width joiners stay, Persian is written with them.
 */
const UNSAFE = /[/\\:*?"<>|\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;

/**
 * E.g. `A title.mp4`: never empty, no path, at most 60 characters and 200 bytes with its ending.
 * @param ext without the dot
 * @param language code of what is written in one, e.g. `fa`: `A title.fa.srt`, as players find it
 */
export function displayName(title: string | undefined, ext: string, language?: string): string {
  const words =
    language === undefined ? '' : `.${language.replace(/[^A-Za-z0-9-]/g, '').slice(0, 20)}`;
  const ending = `${words}.${ext.replace(/[^A-Za-z0-9]/g, '').slice(0, 8) || 'bin'}`;
  const clean = (title ?? '')
    .normalize('NFC')
    .replace(UNSAFE, ' ')
    .replace(/\s+/gu, ' ')
    .replace(/^[\s.]+|[\s.]+$/gu, '');
  const bare = clean.toLowerCase().endsWith(ending) ? clean.slice(0, -ending.length) : clean;
  return `${shorten(bare, ending).trim() || 'file'}${ending}`;
}

/** Cuts between what a reader takes for letters, so that no emoji or Persian letter is halved. */
function shorten(text: string, ending: string): string {
  const letters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  let name = '';
  for (const letter of letters) {
    const longer = name + letter + ending;
    if ([...longer].length > MAX_CHARACTERS || Buffer.byteLength(longer) > MAX_BYTES) break;
    name += letter;
  }
  return name;
}
