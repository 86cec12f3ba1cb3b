/** What went wrong with a Bot API call, as data: who failed and whether it was surely not done. */
import { GrammyError, HttpError } from 'grammy';
import { asJobError, type ErrorCode, JobError } from '../../shared/errors.ts';

export type TelegramFault =
  | { kind: 'flood'; retryAfter: number }
  | { kind: 'migrated'; to: number }
  | { kind: 'rejected'; description: string }
  | {
      kind:
        | 'blocked'
        | 'chat_gone'
        | 'not_modified'
        | 'message_gone'
        | 'bad_file_id'
        | 'query_expired'
        | 'too_large'
        | 'unauthorized'
        | 'conflict'
        /** The call was aborted before Telegram could act on it. */
        | 'aborted'
        /** Telegram surely did not act: no connection, or the request never left in full. */
        | 'unreachable'
        /** The request left in full and no answer came: it may have been acted on. */
        | 'uncertain';
    };

/** How far a request came before it failed. */
export type Stage = 'not_sent' | 'sent';

/** A call that got no usable answer. Its message is free of the token. */
export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
  constructor(
    readonly stage: Stage,
    readonly code: string,
    message: string,
    readonly aborted: boolean,
  ) {
    super(message);
  }
}

/** Descriptions are the only thing that tells one 400 from another. */
const BY_DESCRIPTION: [
  RegExp,
  Exclude<TelegramFault['kind'], 'flood' | 'migrated' | 'rejected'>,
][] = [
  [/message is not modified/i, 'not_modified'],
  [
    /message (to \w+ )?not found|message can't be (edited|deleted)|MESSAGE_ID_INVALID/i,
    'message_gone',
  ],
  [/query is too old|query_?\s?id.* invalid|QUERY_ID_INVALID/i, 'query_expired'],
  [/file_?\s?id|file identifier|FILE_REFERENCE|can't use file of type/i, 'bad_file_id'],
  [/entity too large|file is too big|too big for/i, 'too_large'],
  [/bot was kicked|not a member|chat not found|PEER_ID_INVALID|group chat was d/i, 'chat_gone'],
  [
    /blocked by the user|user is deactivated|not enough rights|WRITE_FORBIDDEN|no rights/i,
    'blocked',
  ],
];

const BY_CODE: Record<number, 'unauthorized' | 'conflict' | 'too_large' | 'blocked'> = {
  401: 'unauthorized',
  403: 'blocked',
  409: 'conflict',
  413: 'too_large',
};

/** Sorts what a Bot API call threw; anything else (a missing file, a bug) is `rejected`. */
export function telegramFault(error: unknown): TelegramFault {
  if (error instanceof GrammyError) return refusal(error);
  const cause = error instanceof HttpError ? error.error : error;
  if (error instanceof HttpError && !(cause instanceof TransportFailure))
    return { kind: 'uncertain' };
  if (!(cause instanceof TransportFailure))
    return { kind: 'rejected', description: error instanceof Error ? error.message : 'unknown' };
  if (cause.stage === 'sent') return { kind: 'uncertain' };
  return { kind: cause.aborted ? 'aborted' : 'unreachable' };
}

function refusal({ error_code, description, parameters }: GrammyError): TelegramFault {
  if (error_code === 429) return { kind: 'flood', retryAfter: parameters.retry_after ?? 1 };
  if (parameters.migrate_to_chat_id) return { kind: 'migrated', to: parameters.migrate_to_chat_id };
  // A 5xx comes from a gateway or a stopping server; what stands behind it may have acted.
  if (error_code >= 500) return { kind: 'uncertain' };
  const kind = BY_DESCRIPTION.find(([text]) => text.test(description))?.[1] ?? BY_CODE[error_code];
  return kind ? { kind } : { kind: 'rejected', description };
}

/** The job error a failed delivery ends in; `detail` goes to the log only. */
export function deliveryError(error: unknown): JobError {
  if (
    !(
      error instanceof GrammyError ||
      error instanceof HttpError ||
      error instanceof TransportFailure
    )
  )
    return asJobError(error);
  const fault = telegramFault(error);
  const detail = error.message;
  const fail = (code: ErrorCode) => new JobError(code, detail, {}, { cause: error });
  switch (fault.kind) {
    case 'blocked':
    case 'chat_gone':
      return fail('blocked_by_user');
    case 'flood':
    case 'unreachable':
      return fail('telegram_unreachable');
    case 'too_large':
    case 'uncertain':
      return fail(fault.kind);
    case 'aborted':
      return fail('cancelled');
    default:
      return fail('telegram_rejected');
  }
}
