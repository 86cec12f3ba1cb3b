/**
 * Every way a job can end badly, as data: who failed and whether trying again can help.
 * The sentence a person reads for each code stands in `texts/` under the same name.
 */

/** Who failed: the person's request, the site, Telegram, or Postchi and its server. */
export type Blame = 'user' | 'site' | 'telegram' | 'us';

/**
 * `never`: the same request fails again. `soon`: a passing fault, retried by itself with a
 * delay. `later`: a person may try again in a while, the bot does not by itself.
 */
export type Retry = 'never' | 'soon' | 'later';

interface Fact {
  blame: Blame;
  retry: Retry;
  /** Counts against the site in its circuit breaker. */
  breaker?: true;
}

export const ERRORS = {
  // The request
  bad_link: { blame: 'user', retry: 'never' },
  private_address: { blame: 'user', retry: 'never' },
  unsupported_link: { blame: 'user', retry: 'never' },
  no_media: { blame: 'user', retry: 'never' },
  too_large: { blame: 'user', retry: 'never' },
  live: { blame: 'user', retry: 'later' },
  upcoming: { blame: 'user', retry: 'later' },
  bad_clip: { blame: 'user', retry: 'never' },
  playlist_link: { blame: 'user', retry: 'never' },
  no_subtitles: { blame: 'user', retry: 'never' },
  no_audio: { blame: 'user', retry: 'never' },
  cancelled: { blame: 'user', retry: 'never' },
  drm: { blame: 'site', retry: 'never' },
  // The site
  private_video: { blame: 'site', retry: 'never' },
  removed: { blame: 'site', retry: 'never' },
  not_found: { blame: 'site', retry: 'never' },
  age_restricted: { blame: 'site', retry: 'never' },
  geo_blocked: { blame: 'site', retry: 'never' },
  members_only: { blame: 'site', retry: 'never' },
  login_required: { blame: 'site', retry: 'never' },
  bot_check: { blame: 'site', retry: 'later', breaker: true },
  rate_limited: { blame: 'site', retry: 'later', breaker: true },
  site_error: { blame: 'site', retry: 'soon', breaker: true },
  site_unreachable: { blame: 'site', retry: 'soon', breaker: true },
  no_such_host: { blame: 'user', retry: 'never' },
  redirect_loop: { blame: 'site', retry: 'never' },
  extractor_broken: { blame: 'site', retry: 'later' },
  stalled: { blame: 'site', retry: 'later', breaker: true },
  incomplete: { blame: 'site', retry: 'soon' },
  timed_out: { blame: 'site', retry: 'later' },
  site_paused: { blame: 'site', retry: 'later' },
  // Telegram
  telegram_rejected: { blame: 'telegram', retry: 'never' },
  telegram_unreachable: { blame: 'telegram', retry: 'soon' },
  blocked_by_user: { blame: 'telegram', retry: 'never' },
  uncertain: { blame: 'telegram', retry: 'never' },
  // Us
  disk_full: { blame: 'us', retry: 'soon' },
  out_of_memory: { blame: 'us', retry: 'soon' },
  engine_failed: { blame: 'us', retry: 'soon' },
  convert_failed: { blame: 'us', retry: 'never' },
  crashed: { blame: 'us', retry: 'never' },
  busy: { blame: 'us', retry: 'later' },
  queue_full_user: { blame: 'user', retry: 'later' },
  banned: { blame: 'user', retry: 'never' },
  internal: { blame: 'us', retry: 'never' },
} as const satisfies Record<string, Fact>;

export type ErrorCode = keyof typeof ERRORS;

/** What the texts may need: sizes in bytes, times in ms since the epoch, a site's name. */
export interface ErrorFacts {
  /** Size of what was asked for, bytes. */
  size?: number;
  /** Smallest known size of any rung, bytes. */
  smallest?: number;
  /** Largest upload allowed, bytes. */
  limit?: number;
  /** When to try again, ms since the epoch. */
  until?: number;
  site?: string;
}

/** A failed job: a code with its facts; `detail` is for the log only, never for a chat. */
export class JobError extends Error {
  override readonly name = 'JobError';
  constructor(
    readonly code: ErrorCode,
    readonly detail = '',
    readonly facts: ErrorFacts = {},
    options?: ErrorOptions,
  ) {
    super(detail ? `${code}: ${detail}` : code, options);
  }
}

export const factOf = (code: ErrorCode): Fact => ERRORS[code];

/** Anything thrown becomes a `JobError`; what nobody expected is `internal`. */
export function asJobError(cause: unknown): JobError {
  if (cause instanceof JobError) return cause;
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new JobError('internal', detail, {}, { cause });
}
