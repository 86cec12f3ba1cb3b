import { describe, expect, test } from 'vitest';
import { ERRORS } from '../../shared/errors.ts';
import { LANGS, langOf, textsFor } from '../../shared/texts/index.ts';

const NOW = Date.UTC(2026, 10, 23, 14, 20);
const NODE = {
  ...{ id: 'tehran-1', here: true, alive: true, draining: false, running: 3, places: 8 },
  ...{ startedAt: NOW, seenAt: NOW, trouble: [] },
};
const TITLE = 'A "title" <b>with</b> {braces} 720p — and \u202eturned\u2069 words\nin two lines';
const SIZE = { bytes: 45_000_000, exact: true };
const PROGRESS = { percent: 45.6, done: 12_000_000, total: 45_000_000, speed: 2_100_000, eta: 75 };

const SITE_FIGURES = [
  { site: 'youtube', jobs: 20, rate: 95, p50: 12, p95: 61 },
  { site: 'example.com', jobs: 1 },
];
const FIGURES = {
  ...{ people: 12, fresh: 3, jobs: 40, delivered: 30, failed: 8, cancelled: 2, rate: 79 },
  ...{ cached: 5, bytes: 3e9, sites: SITE_FIGURES, errors: [{ code: 'bot_check', jobs: 4 }] },
};
const { rate: _rate, ...UNTRIED } = FIGURES;
const JARS = [
  { site: 'youtube', account: 'main', signedIn: true, expires: NOW + 9e9 },
  { site: 'instagram', account: 'second', signedIn: false, restingUntil: NOW },
  { site: 'x', account: 'main', signedIn: true, probed: { at: NOW, alive: false } },
  { site: 'x', account: 'new', signedIn: true, probed: { at: NOW, alive: true } },
];
const RATE = { good: 46, judged: 50 };
const VERSIONS = { from: '2026.10.26', to: '2026.11.20' };
const TRIED = [
  { url: 'https://a.example/v/1', old: 'ok', next: 'extractor_broken' },
  { url: 'https://b.example/', old: 'ok', next: 'ok' },
];
const SENT = { of: 100, sent: 60, blocked: 4, failed: 1 };

/** Facts for every text that takes some; each row is one call. */
const FACTS: Record<string, unknown[]> = {
  start: [{}, { name: 'Sara' }, { name: TITLE }],
  help: [{ limitMb: 50, maxLinks: 10 }],
  rateLimited: [
    { seconds: 12, scope: 'user' },
    { seconds: 1, scope: 'all' },
  ],
  tooManyLinks: [{ found: 14, taken: 10 }],
  'status.queued': [{ position: 1 }, { position: 3, wait: 130 }, { position: 1, wait: 0 }],
  'status.downloading': [
    PROGRESS,
    { done: 0 },
    { done: 5e6, speed: 0 },
    { done: 0, total: 10, percent: 0, eta: 0 },
    { ...PROGRESS, percent: 101 },
  ],
  'status.converting': [{ why: 'merge' }, { why: 'cut' }, { why: 'reencode' }],
  'status.uploading': [{}, { percent: 0 }, { percent: 100 }],
  'status.retrying': [{ n: 2, seconds: 5 }],
  'status.paused': [
    { site: 'youtube', until: NOW },
    { site: 'example.com', until: NOW + 9e8 },
  ],
  'status.batch': [
    { done: 0, failed: 0, of: 10 },
    { done: 3, failed: 1, of: 10, current: '⬇️ سلام\n۱۲ مگابایت' },
  ],
  'status.stopped': [{ done: 3, of: 10 }],
  'status.about': [{ name: TITLE, words: 'سلام' }],
  caption: [
    { title: TITLE, height: 720, bytes: 45e6, why: 'fits' },
    { title: TITLE, bytes: 144, why: 'asked', subtitles: 'فارسی' },
    { title: 'عنوان فارسی', bytes: 45e6, why: 'best', clip: { start: 80, end: 165 } },
    { title: 'x'.repeat(5000), bytes: 1, why: 'asked', clip: { start: 80 }, part: { n: 1, of: 3 } },
  ],
  failed: [{ sentence: 'سلام', errorId: 'e-7f3k' }],
  'menu.title': [
    { title: TITLE, limit: 5e7 },
    { title: TITLE, duration: 3723, limit: 2e9 },
  ],
  'menu.video': [
    { height: 720, size: SIZE, fits: true },
    { height: 2160, fits: false },
    { height: 0, size: SIZE, fits: true },
  ],
  'menu.audio': [{ format: 'm4a', size: { ...SIZE, exact: false } }, { format: 'mp3' }],
  'menu.subtitlesTitle': [{ title: TITLE }],
  'menu.subtitles': [
    { language: 'fa', auto: false },
    { language: 'zh-Hans-very-long-name-of-it', auto: true },
  ],
  'menu.original': [{ size: SIZE }, {}],
  'settings.height': [0, 1080],
  'settings.row': [{ name: textsFor('en').settings.language, value: textsFor('en').settings.on }],
  'history.row': [
    { title: TITLE, form: 'media', at: NOW },
    { title: TITLE, form: 'clip', at: NOW },
  ],
  'privacy.done': [
    { jobs: 1, settings: true },
    { jobs: 20, settings: false },
  ],
  'cancel.done': [{ jobs: 1 }, { jobs: 3 }],
  'list.ask': [{ max: 50 }, { title: TITLE, total: 120, max: 50 }],
  'list.first': [10],
  'list.all': [42],
  'list.askRange': [{ max: 50 }, { total: 120, max: 50 }],
  'list.badRange': [{ max: 50 }, { total: 120, max: 50 }],
  'list.paused': [{ done: 3, of: 10 }],
  'list.finished': [
    { done: 10, failed: 0, of: 10 },
    { done: 7, failed: 3, of: 10 },
  ],
  'offer.title': [{ limit: 5e7 }, { size: 2e8, limit: 5e7 }],
  'offer.largest': [{ height: 360, size: SIZE }, { height: 360 }],
  'offer.audio': [{ size: SIZE }, {}],
  'offer.parts': [{ height: 1080, parts: 4 }],
  'clip.ask': [{}, { duration: 3723 }],
  'inline.cached': [{ title: TITLE }],
  'admin.stats.page': [
    { day: FIGURES, all: UNTRIED, since: NOW, people: { all: 50, blocked: 4, banned: 2 } },
    { day: UNTRIED, all: FIGURES, people: { all: 1, blocked: 0, banned: 0 } },
  ],
  'admin.stats.picture.ago': [0, 6],
  'admin.health.line': [{ name: 'ytdlp', state: 'warn', detail: '\u20682026.10.26\u2069' }],
  'admin.health.details.cpu': [45.6],
  'admin.health.details.memory': [{ percent: 40, available: 1e9, total: 2e9 }],
  'admin.health.details.disk': [{ free: 1e9, total: 4e10, needed: 4e9 }],
  'admin.health.details.queue': [{ queued: 3, percent: 12, running: 2, taken: 1, places: 8 }],
  'admin.health.details.workers': [{ busy: 1, limit: 16, waiting: 0 }],
  'admin.health.details.success': [{ done: 9, of: 10 }],
  'admin.health.details.database.sound': [4e6],
  'admin.health.details.database.answers': [4e6],
  'admin.health.details.backup.last': [9e7],
  'admin.health.details.telegram.answered': [undefined, 3000],
  'admin.health.details.telegram.failing': [{ agoMs: 3000, failures: 4 }, { failures: 2 }],
  'admin.health.details.webhook.waiting': [0, 12],
  'admin.health.details.webhook.failing': [{ pending: 3, why: 'Connection timed out' }],
  'admin.health.details.ytdlp': [
    { version: '2026.10.26', source: 'release', days: 28 },
    { version: '2026.10.26', source: 'env', days: 1, newer: '2026.11.20' },
    { version: '2026.10.26', source: 'env', days: 1, behind: '2026.11.20' },
  ],
  'admin.health.details.version': ['5.1.9'],
  'admin.health.details.gallery.none': ['python3'],
  'admin.health.details.js.found': ['deno'],
  'admin.health.details.engine.warm': [
    { alive: true, restarts: 0 },
    { alive: false, restarts: 2 },
  ],
  'admin.health.details.cookies.dead': [JARS],
  'admin.health.details.cookies.ending': [JARS],
  'admin.health.details.cookies.fine': [2],
  'admin.health.details.edge.last': [3000],
  'admin.health.details.nodes': [
    { alive: 2, draining: ['tehran-1'], gone: ['tehran-2'], worried: ['tehran-1'] },
  ],
  'admin.health.details.services.fine': [
    [
      { name: 'clean-up', ms: 3e6 },
      { name: 'alerts', ms: 1e3 },
    ],
  ],
  'admin.health.details.services.failing': [['clean-up', 'something of another part']],
  'admin.health.verdict': [
    { state: 'ok' },
    { state: 'warn', name: 'disk', step: 'make room' },
    { state: 'bad', name: 'telegram', step: 'check the token' },
  ],
  'admin.circuit.page': [
    {
      sites: [
        { site: 'youtube', phase: 'open', failures: 8, until: NOW, why: 'bot_check', waiting: 3 },
        { site: 'x', phase: 'half_open', failures: 8, why: 'hand', waiting: 1 },
        { site: 'aparat', phase: 'closed', failures: 2, waiting: 0 },
        { site: 'example.com', phase: 'closed', failures: 0, waiting: 0 },
      ],
    },
  ],
  'admin.circuit.pause': ['youtube', 'a-very-long-name-of-a-host.and.more.of.it.example.com'],
  'admin.circuit.resume': ['youtube', 'example.com'],
  'admin.cleanup.plan': [{ items: [{ what: 'folders of jobs', count: 3, bytes: 5e7 }] }],
  'admin.cleanup.go': [5e7],
  'admin.cleanup.done': [{ count: 3, bytes: 5e7 }],
  'admin.reset.ask': [{ jobs: 40 }, { jobs: 1, since: NOW }],
  'admin.queue': [
    {
      ...{ queued: 3, running: 2, sending: 1, places: 8, oldest: NOW, held: true },
      now: [
        { id: 12, site: 'youtube', stage: 'downloading', seconds: 75 },
        { id: 13, site: 'youtube', seconds: 5, node: 'tehran-2' },
      ],
      waiting: [{ site: 'example.com', jobs: 3 }],
    },
    { ...{ queued: 0, running: 1, sending: 0, places: 8, held: false }, now: [], waiting: [] },
  ],
  'admin.person.page': [
    {
      ...{ id: 42, name: TITLE, username: 'sara', since: NOW, seen: NOW, banned: true },
      ...{ blocked: true, waiting: 2 },
      last: [{ at: NOW, site: 'youtube', state: 'failed', code: 'removed' }],
    },
    { id: 42, since: NOW, seen: NOW, banned: false, blocked: false, waiting: 0, last: [] },
  ],
  'admin.person.unknown': [42],
  'admin.person.banned': [42],
  'admin.person.unbanned': [42],
  'admin.broadcast.preview': [{ of: 100, seconds: 5 }],
  'admin.broadcast.send': [100],
  'admin.broadcast.running': [SENT],
  'admin.broadcast.finished': [SENT],
  'admin.broadcast.stopped': [{ of: 100, sent: 60 }],
  'admin.cookies.page': [
    { jars: [], untried: [] },
    { jars: JARS, untried: ['instagram', 'x'] },
  ],
  'admin.cookies.probes': [
    { links: [] },
    { links: [{ site: 'youtube', url: 'https://a.example/' }] },
  ],
  'admin.cookies.probeSet': ['youtube'],
  'admin.cookies.added': [{ jars: JARS }],
  'admin.cookies.remove': [{ site: 'youtube', account: 'main' }],
  'admin.log.page': [
    {
      ...{
        errorId: '1a2b3c4d',
        at: NOW,
        job: 12,
        user: 42,
        site: 'youtube',
        url: 'https://a.example/',
      },
      ...{ code: 'bot_check', detail: 'ERROR: it failed', attempts: 3, seconds: 75 },
    },
  ],
  'admin.maintenance.on': [{ running: 3 }],
  'admin.maintenance.off': [{ queued: 3 }],
  'admin.maintenance.is': [true],
  'admin.limits.page': [
    {
      ...{ user: 10, global: 25, size: 50, downloads: 8, changed: ['user'], remoteEdge: true },
    },
    { ...{ user: 0, global: 0, size: 50, downloads: 8, changed: [], remoteEdge: false } },
  ],
  'admin.limits.set': [{ name: 'user', value: 20 }],
  'admin.limits.bad': [{ name: 'user', min: 0, max: 1000 }],
  'admin.channels.page': [{ channels: [] }, { channels: [{ name: '@news', title: TITLE }] }],
  'admin.channels.added': ['@news'],
  'admin.channels.removed': ['@news'],
  ...Object.fromEntries(
    ['cpu', 'memory', 'success', 'queue'].map((kind) => [
      `admin.alerts.${kind}`,
      [{ percent: 55 }],
    ]),
  ),
  ...Object.fromEntries(
    ['disk', 'cookies', 'ytdlp', 'webhook'].map((kind) => [
      `admin.alerts.${kind}`,
      [{ detail: '\u2068what it said\u2069' }],
    ]),
  ),
  'admin.alerts.breaker': [{ site: 'youtube', code: 'bot_check', until: NOW }],
  'admin.alerts.crashed': [{ requeued: 3, dead: 1, uncertain: 2 }],
  'admin.alerts.over.breaker': [{ site: 'youtube' }],
  'admin.alerts.atNode': [{ node: 'tehran-1', words: 'گرم است' }],
  'admin.alerts.nodeGone': [{ node: 'tehran-1', seenAt: NOW, left: 2 }],
  'admin.alerts.nodeBack': [{ node: 'tehran-1' }],
  'admin.nodes.page': [
    { nodes: [NODE], shared: false },
    {
      nodes: [
        { ...NODE, version: '1.2.0', engine: 'warm', ytdlp: '2026.10.26', cpu: 45, memory: 60 },
        { ...NODE, id: 'tehran-2', here: false, draining: true, diskFree: 5e9, trouble: ['disk'] },
        { ...NODE, id: 'tehran-3', here: false, alive: false },
      ],
      shared: true,
    },
  ],
  'admin.nodes.drain': ['tehran-1'],
  'admin.nodes.resume': ['tehran-1'],
  'admin.update.page': [
    { version: '2026.10.26', days: 28, elsewhere: [] },
    {
      ...{ version: '2026.10.26', days: 28, newer: '2026.11.20', previous: '2026.09.01' },
      ...{ behind: '2026.11.20', elsewhere: [{ node: 'tehran-2', version: '2026.11.20' }] },
      ...{ refused: 'canary', trial: { of: 50, after: RATE, before: { good: 0, judged: 0 } } },
    },
  ],
  'admin.update.fixed': ['2026.10.26'],
  'admin.update.now': [undefined, '2026.11.20'],
  'admin.update.back': ['2026.10.26'],
  'admin.update.trying': [{ version: '2026.11.20', done: 1, of: 5 }],
  'admin.update.newest': ['2026.10.26'],
  'admin.update.failed': ['2026.11.20'],
  'admin.update.worse': [{ ...VERSIONS, tried: TRIED }],
  'admin.update.switched': [
    { ...VERSIONS, tried: [], others: 0 },
    { ...VERSIONS, tried: TRIED, others: 1 },
    { ...VERSIONS, tried: TRIED, others: 3 },
  ],
  'admin.update.wentBack': [
    { ...VERSIONS, others: 0 },
    { ...VERSIONS, others: 2 },
  ],
  'admin.update.news.offered': [{ version: '2026.11.20', using: '2026.10.26' }],
  'admin.update.news.wentBack': [{ ...VERSIONS, before: RATE, after: { good: 3, judged: 10 } }],
  'admin.update.news.proved': [{ version: '2026.11.20', after: RATE }],
  'admin.update.links.page': [
    { links: [], chosen: false },
    { links: ['https://a.example/v/1'], chosen: true },
  ],
  'admin.update.links.usage': [5],
  'admin.update.links.set': [1, 3],
  'admin.notices.join': [{ channels: ['@news', '@other'] }],
  ...Object.fromEntries(
    Object.keys(ERRORS).map((code) => [
      `errors.${code}`,
      [
        {},
        { site: 'instagram', until: NOW, size: 2e8, smallest: 6e7, limit: 5e7 },
        { site: 'example.com', limit: 5e7 },
        { size: 2e8 },
      ],
    ]),
  ),
};

type Leaf = string | ((facts: unknown) => string);

function leaves(node: object, path: string[] = []): [path: string, leaf: Leaf][] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'object'
      ? leaves(value, [...path, key])
      : [[[...path, key].join('.'), value] as [string, Leaf]],
  );
}

/** Every text of a language with every row of facts. */
function spoken(lang: 'en' | 'fa'): [path: string, text: string][] {
  return leaves(textsFor(lang)).flatMap(([path, leaf]) =>
    typeof leaf === 'string'
      ? [[path, leaf] as [string, string]]
      : (FACTS[path] ?? []).map((facts) => [path, leaf(facts)] as [string, string]),
  );
}

const BUTTONS =
  /^(buttons\.|menu\.(?!title|subtitlesTitle)|settings\.(?!title|saved)|history\.row|privacy\.(yes|no)$|language\.names|list\.(first|all|typeRange|pause|resume)$|offer\.(?!title)|group\.(links|quiet)|inline\.(fetch|goBackButton)|admin\.(circuit\.(pause|resume)|cleanup\.go|reset\.(yes|no)|person\.(ban|unban)$|broadcast\.(send|cancel|stop)$|cookies\.remove$|notices\.checkAgain|update\.(now|back)$))/;

/** The longest a text may be where it stands; Telegram's limits. */
function limitOf(path: string): number {
  if (BUTTONS.test(path)) return 64;
  if (path === 'caption') return 1024;
  if (path.startsWith('toast.') || path === 'busyButton') return 200;
  if (path === 'profile.short') return 120;
  if (path === 'profile.description') return 512;
  return path.startsWith('profile.') ? 256 : 4096;
}

const withoutIsolates = (text: string) => {
  let [before, after] = ['', text];
  while (before !== after) {
    before = after;
    after = before.replace(/[\u2066-\u2068][^\u2066-\u2069]*\u2069/g, '');
  }
  return after;
};

test('both languages have the same texts and take facts in the same places', () => {
  const shape = (lang: 'en' | 'fa') =>
    leaves(textsFor(lang))
      .map(([path, leaf]) => `${path} ${typeof leaf}`)
      .sort();
  expect(shape('fa')).toEqual(shape('en'));
});

test('every text that takes facts is tried here, and none beside them', () => {
  const taking = leaves(textsFor('en')).flatMap(([path, leaf]) =>
    typeof leaf === 'string' ? [] : path,
  );
  expect(Object.keys(FACTS).sort()).toEqual(taking.sort());
});

/** The same facts with one of them changed; names of a fixed set are left alone. */
function variations(facts: unknown): unknown[] {
  if (typeof facts === 'number') return [facts * 3 + 7];
  if (typeof facts === 'boolean') return [!facts];
  if (Array.isArray(facts)) {
    return facts.flatMap((item, at) => variations(item).map((other) => facts.with(at, other)));
  }
  if (typeof facts !== 'object' || facts === null) return [];
  return Object.entries(facts).flatMap(([name, value]) => {
    const words = [
      ...['title', 'site', 'name', 'current', 'errorId', 'language', 'sentence', 'subtitles'],
    ];
    const changed = words.includes(name) ? [`Q${value}`] : variations(value);
    return changed.map((other) => ({ ...facts, [name]: other }));
  });
}

test('a fact that changes the English text changes the Persian one, and no other does', () => {
  const persian = new Map(leaves(textsFor('fa')));
  for (const [path, english] of leaves(textsFor('en'))) {
    const other = persian.get(path);
    if (typeof english === 'string' || typeof other !== 'function') continue;
    for (const facts of FACTS[path] ?? [])
      for (const changed of variations(facts)) {
        const said = english(changed) !== english(facts);
        expect(other(changed) !== other(facts), `${path} ${JSON.stringify(changed)}`).toBe(said);
      }
  }
});

describe.each(LANGS)('%s', (lang) => {
  const all = spoken(lang);

  test.each(all)('%s is whole and fits its place: %j', (path, text) => {
    expect(text).not.toMatch(/undefined|NaN|null|\[object|\$\{|Infinity/);
    expect(text.replaceAll('{braces}', '')).not.toMatch(/[{}]/);
    expect(text.trim()).toBe(text);
    expect(text.length).toBeGreaterThan(0);
    expect(text.length, path).toBeLessThanOrEqual(limitOf(path));
    expect(text).not.toMatch(/ {2}|\.\.(?!\.)| [.,،؛]/);
  });

  test.each(all)('%s leaves every isolate closed on its own line: %j', (_, text) => {
    for (const line of text.split('\n')) {
      let depth = 0;
      for (const char of line) {
        if (/[\u2066-\u2068]/.test(char)) depth += 1;
        if (char === '\u2069') depth -= 1;
        expect(depth).toBeGreaterThanOrEqual(0);
      }
      expect(depth).toBe(0);
    }
    expect(text).not.toMatch(/[\u202a-\u202e]/);
  });

  test('each failure has its own sentence', () => {
    const sentences = Object.keys(ERRORS).map((code) =>
      textsFor(lang).errors[code as keyof typeof ERRORS]({}),
    );
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  test('an error carries the number an admin can look up', () => {
    expect(textsFor(lang).failed({ sentence: 'S.', errorId: 'e7f3' })).toContain('e7f3');
  });
});

describe('Persian', () => {
  const all = spoken('fa').filter(
    ([path]) => path !== 'language.names.en' && path !== 'settings.row',
  );

  test.each(all)('%s keeps Latin letters and digits inside isolates: %j', (_, text) => {
    expect(withoutIsolates(text)).not.toMatch(/[A-Za-z0-9]/);
  });

  test.each(all)('%s reads from right to left in every line: %j', (path, text) => {
    // Only a height or the name of a format: there is nothing to turn around.
    if (path === 'settings.height' && /^\u2068[^\u2069]*\u2069$/.test(text)) return;
    for (const line of text.split('\n').filter(Boolean)) {
      // Isolates counted as well: not every client knows them.
      for (const counted of [withoutIsolates(line), line]) {
        const first = /\p{L}|\u200f/u.exec(counted)?.[0] ?? '';
        expect(first).toMatch(/[\p{Script=Arabic}\u200f]/u);
      }
    }
  });

  test.each(all)('%s is written with Persian letters and marks: %j', (_, text) => {
    const own = withoutIsolates(text);
    expect(own).not.toMatch(/[يكة٠-٩,;?]/);
    expect(own).not.toMatch(/(?<!\p{L})ن?می \p{L}/u); // the half-space: می‌شود
    expect(own).not.toMatch(/\p{L} (ها|های|هایی)(?!\p{L})/u);
  });
});

describe('langOf', () => {
  test.each([
    ['fa', 'fa'],
    ['fa-IR', 'fa'],
    ['FA_ir', 'fa'],
    ['prs', 'fa'],
    ['en', 'en'],
    ['en-GB', 'en'],
    ['de', 'en'],
    ['fan', 'en'],
    ['', 'en'],
    [undefined, 'en'],
  ])('%j speaks %s', (code, lang) => {
    expect(langOf(code)).toBe(lang);
  });
});
