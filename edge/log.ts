/** What the edge logs through; the node's logger fits it when the edge is embedded. */
export interface EdgeLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** For an edge whose owner does not want to hear it. */
export const silent: EdgeLog = { info() {}, warn() {}, error() {} };

/** One line of JSON per event: what `wrangler tail` and Workers Logs can search. */
export function jsonLog(write: (line: string) => void): EdgeLog {
  const at = (level: string) => (facts: object, msg: string) =>
    write(JSON.stringify({ level, msg, ...facts }));
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Enough of a thrown thing to find it again; messages of fetch errors hold no secret. */
export const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
