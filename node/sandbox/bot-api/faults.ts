/** Faults a test or the page can order: the next calls of a method go wrong in a chosen way. */
import { ApiError, tooMany } from './api-error.ts';

export type FaultKind =
  /** 429 with `retry_after`. */
  | 'flood'
  /** 500 Internal Server Error. */
  | 'error'
  /** No answer until the client goes away. */
  | 'hang'
  /** The connection is cut and nothing happened. */
  | 'cut-before'
  /** It happened, then the connection is cut: the client cannot know. */
  | 'cut-after';

export interface Fault {
  /** A method's name, or `*` for any. */
  method: string;
  kind: FaultKind;
  /** How many calls it hits; 1 unless told. */
  times?: number;
  /** Seconds, for `flood`; 1 unless told. */
  retryAfter?: number;
  /** Leaves calls alone whose fields do not match. */
  when?: (fields: Readonly<Record<string, unknown>>) => boolean;
}

export class Faults {
  private readonly orders: (Fault & { left: number })[] = [];

  add(fault: Fault): void {
    this.orders.push({ ...fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.orders.length = 0;
  }

  /** The fault this call meets, used up by one. */
  take(method: string, fields: Readonly<Record<string, unknown>>): Fault | undefined {
    const found = this.orders.find(
      (o) =>
        o.left > 0 &&
        (o.method === '*' || o.method.toLowerCase() === method.toLowerCase()) &&
        (o.when?.(fields) ?? true),
    );
    if (found) found.left -= 1;
    return found;
  }
}

/** The answer of faults that have one. */
export function faultError(fault: Fault): ApiError | undefined {
  if (fault.kind === 'flood') return tooMany(fault.retryAfter ?? 1);
  if (fault.kind === 'error') return new ApiError(500, 'Internal Server Error');
  return undefined;
}
