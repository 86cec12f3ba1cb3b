/** What a Bot API server answers, parsed at the border. */
import * as v from 'valibot';

const Refused = v.object({
  ok: v.literal(false),
  error_code: v.number(),
  description: v.optional(v.string(), ''),
  parameters: v.optional(
    v.object({
      retry_after: v.optional(v.number()),
      migrate_to_chat_id: v.optional(v.number()),
    }),
  ),
});

const Taken = v.object({ ok: v.literal(true), result: v.unknown() });

export const Answer = v.variant('ok', [Taken, Refused]);
export type Answer = v.InferOutput<typeof Answer>;

/** Seconds to wait when the answer is a 429, else undefined. */
export function floodWait(answer: Answer): number | undefined {
  if (answer.ok || answer.error_code !== 429) return undefined;
  // A 429 without the parameter still means "not now".
  return Math.max(1, answer.parameters?.retry_after ?? 1);
}
