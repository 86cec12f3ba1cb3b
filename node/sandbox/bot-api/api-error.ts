/** An answer of the Bot API that is not `ok`: its code and description as Telegram words them. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly code: number,
    readonly description: string,
    readonly parameters?: { retry_after?: number },
  ) {
    super(`${code} ${description}`);
  }
}

export const bad = (what: string) => new ApiError(400, `Bad Request: ${what}`);
export const forbidden = (what: string) => new ApiError(403, `Forbidden: ${what}`);
export const conflict = (what: string) => new ApiError(409, `Conflict: ${what}`);
export const tooLarge = () => new ApiError(413, 'Request Entity Too Large');
export const tooMany = (seconds: number) =>
  new ApiError(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });

/** The body of an answer that went wrong. */
export function errorBody(error: ApiError) {
  return {
    ok: false as const,
    error_code: error.code,
    description: error.description,
    ...(error.parameters && { parameters: error.parameters }),
  };
}
