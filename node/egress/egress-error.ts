/** Why a connection was not made, as a job error and as the proxy's answer. */
import { type ErrorCode, JobError } from '../../shared/errors.ts';

/**
 * The answer's status and the value of its `postchi-egress` header per reason. The engine shows
 * only the status; the header is for a reader with a packet trace and for the tests.
 */
const REASONS = {
  private_address: { code: 'private_address', status: 403 },
  blocked_port: { code: 'private_address', status: 403 },
  no_such_host: { code: 'no_such_host', status: 502 },
  site_unreachable: { code: 'site_unreachable', status: 502 },
  timeout: { code: 'site_unreachable', status: 504 },
} as const satisfies Record<string, { code: ErrorCode; status: number }>;

export type EgressReason = keyof typeof REASONS;

export class EgressError extends JobError {
  readonly status: number;
  constructor(
    readonly reason: EgressReason,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(REASONS[reason].code, detail, {}, options);
    this.status = REASONS[reason].status;
  }
}

/** Whatever a connection attempt threw; without a better word the site is unreachable. */
export function asEgressError(cause: unknown): EgressError {
  if (cause instanceof EgressError) return cause;
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new EgressError('site_unreachable', detail, { cause });
}
