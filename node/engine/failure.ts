/**
 * What yt-dlp's stderr means, as a table: the first row that matches names the failure.
 *
 * The strings are those of yt-dlp 2026.10.26 and of the sites it quotes. Rows go from the narrow
 * to the wide, because one line often matches several (a private video also "requires a login",
 * a 403 of the egress proxy is also a 403).
 */
import { type ErrorCode, type ErrorFacts, JobError } from '../../shared/errors.ts';
import type { EngineExit } from './engine.ts';

const refusal = (reason: string) =>
  new RegExp(
    `(?:HTTP Error|connection failed:?) \\d{3}:? (?:postchi-egress:? )?(?:${reason})`,
    'i',
  );

const TABLE: readonly (readonly [ErrorCode, RegExp])[] = [
  // The egress proxy speaks through its reason phrase, the only part of an answer yt-dlp quotes:
  // `HTTP Error 403: private_address`, `Tunnel connection failed: 502 no_such_host`.
  ['private_address', refusal('private_address|blocked_port')],
  ['no_such_host', refusal('no_such_host')],
  ['site_unreachable', refusal('site_unreachable|timeout')],

  // Half a stream is not a missing page, although the fragment's answer was 404.
  // With two fragments at once yt-dlp sometimes writes the second one after it gave up on the
  // first, and dies of that instead of saying so.
  ['incomplete', /fragment \d+ not found|ValueError: write to closed file/i],

  // The server's own faults
  ['disk_full', /\[Errno 28\]|No space left on device|\[Errno 122\]|Disk quota exceeded/i],
  ['too_large', /\[Errno 27\]|File too large|larger than max-filesize/i],
  ['out_of_memory', /MemoryError|Cannot allocate memory|\[Errno 12\]/i],

  ['drm', /DRM protected|DRM protection|\bhas DRM\b|requires? DRM/i],

  // Live
  [
    'upcoming',
    /will begin in|Premieres? in|premiere will begin|has not yet started|hasn't started|not yet aired|is_upcoming|Offline, will|scheduled to (?:start|begin)/i,
  ],
  ['live', /live_status|!is_live|is live and|currently live|live stream recording/i],

  // The person at the site's door
  [
    'bot_check',
    /not a bot|confirm you.re not|Cloudflare anti-bot|challenge page|captcha|blocked by Cloudflare|automated (?:requests|queries)|PhantomJS|Please solve/i,
  ],
  [
    'rate_limited',
    /HTTP Error 429|Too Many Requests|rate.?limit(?:ed)?\b|exceeded the rate-limit|try again later\b|(?:many|too many) requests/i,
  ],
  [
    'age_restricted',
    /confirm your age|age.?restrict|inappropriate for some users|age.?verif|adults? only|NSFW tweet|18\+|mature content/i,
  ],
  [
    'members_only',
    /members.only|members on level|channel'?s members|Join this channel|subscribers? only|for (?:premium|paying|paid)\b|premium (?:users|members|subscribers|account)|requires? (?:a )?(?:payment|purchase|subscription)|only available (?:to|for) (?:patrons|subscribers|supporters)|pay.?per.?view|paid content|Music Premium/i,
  ],
  [
    'private_video',
    /private video|video is private|(?:account|profile|post|tweet|content|playlist) is private|private (?:account|profile|post|playlist|track)|protected (?:account|tweet)|not authorized to view|granted access|users? (?:the )?author'?s? accepted|friends? only|(?:video|password).{0,20}protected by a password|password.protected|--video-password/i,
  ],
  [
    'geo_blocked',
    /geo.?restrict|geo.?block|not available (?:from|in) your (?:location|country|region)|in your country|(?:blocked|unavailable|available).{0,40}(?:your|this) (?:country|region|territory)|uploader has not made this video available/i,
  ],
  [
    'login_required',
    /log.?in (?:is )?required|login to|sign in\b|logged.in|registered users|requires? (?:a |an )?(?:log.?in|account|authentication)|need to log ?in|--cookies|empty media response|cookies? (?:is |are )?(?:needed|required|missing)|authentication (?:is )?required|HTTP Error 401/i,
  ],
  [
    'removed',
    /has been removed|been deleted|was deleted|was removed|no longer (?:available|exists)|removed by (?:the )?(?:uploader|user)|account (?:associated|has been) .{0,30}(?:terminated|suspended|closed)|copyright (?:claim|grounds)|taken down|has been suspended|terminated|HTTP Error 410/i,
  ],
  [
    'not_found',
    /HTTP Error 404|Not Found|does ?n.t exist|does not exist|not exist|Video unavailable|video is unavailable|is not available\b|isn.t available|page (?:isn.t|not) (?:available|found)|Video not available|Unable to find video|No status found|empty playlist/i,
  ],

  // The link
  [
    'unsupported_link',
    /Unsupported URL|is not a valid URL|Unsupported url scheme|No suitable extractor|known to use DRM|piracy/i,
  ],
  [
    'redirect_loop',
    /redirect(?:ion)? (?:error|loop)|Too many redirects|infinite loop|exceeded \d+ redirects/i,
  ],
  [
    'no_subtitles',
    /There are no subtitles|no subtitles for the requested|Subtitles? .{0,30}not available/i,
  ],
  [
    'no_media',
    /No video formats found|no video could be found|no video (?:in|on) this|There.s no video|no media (?:found|in)|does not (?:contain|have) (?:a |any )?(?:video|media)|No videos? found|no suitable formats|only images are available|no downloadable|not a video|Unable to extract .{0,30}video url/i,
  ],
  [
    'extractor_broken',
    /Requested format is not available|please report this issue|Unable to extract|Failed to parse JSON|unable to parse|KeyError|TypeError|AttributeError|n challenge solving failed|Signature (?:extraction|solving) failed|the downloaded file is empty/i,
  ],

  // The wire
  [
    'no_such_host',
    /Name or service not known|No address associated|nodename nor servname|getaddrinfo|Name does not resolve/i,
  ],
  ['stalled', /Did not get any data blocks|--throttled-rate|download speed is below/i],
  [
    'site_error',
    /HTTP Error 5\d\d|Bad Gateway|Service Unavailable|Gateway Time-?out|Internal Server Error/i,
  ],
  [
    'site_unreachable',
    /timed out|Connection refused|Network is unreachable|No route to host|Unable to connect|Failed to establish|Temporary failure in name resolution|Tunnel connection failed|ProxyError|certificate verify failed|\bSSL\b|EOF occurred/i,
  ],
  [
    'incomplete',
    /fragment \d+ not found|unable to continue|aborting|IncompleteRead|bytes read, .* more expected|Connection (?:reset|aborted)|RemoteDisconnected|Broken pipe|giving up after|ConnectionResetError|Content too short|Got error/i,
  ],
  ['site_error', /HTTP Error 403|Forbidden|HTTP Error 4\d\d/i],
  [
    'convert_failed',
    /Postprocessing:|Conversion failed|ffmpeg exited|audio conversion failed|Error (?:opening|while) (?:input|output|decoding|encoding)|codec (?:not|could not)/i,
  ],
];

const isError = (line: string) => /^ERROR:|^\s*raise |^\w*Error\b|^\w+Error:/.test(line);
const isWarning = (line: string) => line.startsWith('WARNING:');

/** A link's own words ("/private-video") say nothing about what went wrong. */
const LINK = /\bhttps?:\/\/[^\s'"]+/gi;

/** The code a text stands for, or undefined when no row knows it. */
export function codeOf(text: string): ErrorCode | undefined {
  const words = text.replace(LINK, 'LINK');
  return TABLE.find(([, pattern]) => pattern.test(words))?.[0];
}

/**
 * The failure behind a stderr: the errors are asked first, from the last one back, because
 * yt-dlp's warnings often name things that did not matter; then the warnings, which hold the
 * reason when formats were missing and that was ignored.
 */
export function failureOf(stderr: string): { code: ErrorCode; line: string } | undefined {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  for (const wanted of [isError, isWarning, () => true]) {
    for (const line of lines.filter(wanted).reverse()) {
      const code = codeOf(line);
      if (code) return { code, line };
    }
  }
  return undefined;
}

const UNITS_MS = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const;
const WAIT = /\b(?:for up to|for|in|after) (an?|\d{1,4}) (second|minute|hour)s?\b/i;

/** How long a site wants to be left alone by its own words ("for up to an hour"), ms. */
function waitNamed(line: string): number | undefined {
  const [, many = '', unit = ''] = WAIT.exec(line) ?? [];
  const length = UNITS_MS[unit.toLowerCase() as keyof typeof UNITS_MS];
  return length && (/^\d/.test(many) ? Number(many) : 1) * length;
}

/**
 * The error that stands in a stderr, or undefined when no row knows it.
 * @param now ms since the epoch; a wait the site names starts here
 */
export function knownError(
  stderr: string,
  facts: ErrorFacts = {},
  now: number = Date.now(),
): JobError | undefined {
  const known = failureOf(stderr);
  if (!known) return undefined;
  const wait = known.code === 'rate_limited' ? waitNamed(known.line) : undefined;
  const all = wait === undefined ? facts : { ...facts, until: now + wait };
  return new JobError(known.code, known.line.slice(0, 500), all);
}

/** Turns a run that did not deliver into the error the job ends with. */
export function errorOf(exit: EngineExit, facts: ErrorFacts = {}): JobError {
  const known = knownError(exit.stderr, facts);
  if (known) return known;
  const last = exit.stderr.trim().split('\n').at(-1)?.slice(0, 500) ?? '';
  if (exit.signal === 'SIGKILL') return new JobError('out_of_memory', `killed; ${last}`, facts);
  if (exit.signal === 'SIGXFSZ') return new JobError('too_large', last, facts);
  const how = exit.signal ? `ended by ${exit.signal}` : `exit code ${exit.code}`;
  const code = last.startsWith('ERROR:') ? 'extractor_broken' : 'engine_failed';
  return new JobError(code, `${how}; ${last}`, facts);
}
