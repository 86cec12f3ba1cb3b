/** Telegram updates, bent: wrong types, huge numbers, odd letters, depth, missing and extra parts. */
import type { seeded } from '../random.ts';
import { button, inline, member, message, words } from '../updates.ts';

type Random = ReturnType<typeof seeded>;
type Json = unknown;

const LINK_TEXT = 'https://example.com/a?b=c سلام http://127.0.0.1/ youtu.be/dQw4w9WgXcQ 1:00-2:00';

const WHOLE: ((n: number) => object)[] = [
  (n) => message({}, n),
  (n) => words(LINK_TEXT, {}, n),
  (n) => words('/start@bot now', {}, n),
  (n) => words('/audio https://example.com/a', {}, n),
  (n) => button({}, n),
  (n) => inline('https://example.com/a', n),
  (n) => member('kicked', n),
  (n) =>
    message({ text: undefined, document: { file_id: 'f', file_name: 'c.txt', file_size: 9 } }, n),
  (n) => ({ update_id: n, edited_message: {}, channel_post: {} }),
];

const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

const VALUES: ((random: Random) => Json)[] = [
  () => null,
  () => true,
  () => [],
  () => ({}),
  () => -1,
  () => 0.5,
  () => 2 ** 53,
  () => 1e308,
  () => Number.MIN_SAFE_INTEGER,
  () => '',
  () => '\ud800',
  () => '\u0000\u202e\u2066%s$(x)`--exec',
  () => '__proto__',
  (random) => 'x'.repeat(random.below(20_000)),
  (random) => 'http://'.repeat(random.below(2_000)),
  (random) => `https://example.com/${'a.'.repeat(random.below(2_000))}`,
  (random) => '('.repeat(random.below(8_000)),
  (random) =>
    `/${'a'.repeat(random.below(70))}@${'b'.repeat(random.below(70))} ${'--exec id\n'.repeat(30)}`,
  (random) => `a:${random.pick(['cleanup', 'ban:1', 'cast', '__proto__', 'constructor'])}`,
  (random) =>
    `${random.pick(['x', 'm', 'c', 'ok', 're', 'h', 's', 'f', 'constructor'])}:${random.below(9)}:${random.pick(['v720', 'constructor', '😀', ''])}`,
  (random) => random.below(2 ** 31),
  () => [{ type: 'url', offset: 0, length: 1e9 }],
  () => [{ type: 'text_link', offset: 3, length: 2, url: 'javascript:alert(1)' }],
  (random) =>
    Array.from({ length: random.below(300) }, (_, offset) => ({ type: 'url', offset, length: 3 })),
];

/** One step into the object at random, until a leaf or chance stops it. */
function change(value: Json, random: Random): Json {
  if (typeof value !== 'object' || value === null || random.chance(0.12))
    return random.pick(VALUES)(random);
  const names = Object.keys(value);
  if (names.length === 0) return random.pick(VALUES)(random);
  const name = random.pick(names);
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const fields = copy as Record<string, Json>;
  if (random.chance(0.1)) delete fields[name];
  else fields[name] = change(fields[name], random);
  return copy;
}

/** The JSON text of the n-th update; about one in thirty is no JSON, or a very deep one. */
export function mutated(n: number, random: Random): string {
  let update: Json = random.pick(WHOLE)(n);
  for (let times = random.below(4); times > 0; times -= 1) update = change(update, random);
  const text = JSON.stringify(update) ?? 'null';
  if (random.chance(0.01)) return text.slice(0, random.below(text.length));
  if (random.chance(0.01)) return text.replace('{', `{"__proto__":${deep(50)},`);
  if (random.chance(0.005)) return `{"update_id":${n},"message":${deep(10_000)}}`;
  if (random.chance(0.005)) return text.replace(/:\d+/g, ':123456789012345678901234567890');
  return text;
}
