/** Runs calls of the Bot API: log, flood limits, ordered faults, the method, the answer's body. */
import { ApiError, errorBody, tooLarge } from './api-error.ts';
import { type Fault, Faults, faultError } from './faults.ts';
import type { Flood } from './flood.ts';
import { dropUploads, type Form } from './form.ts';
import { botMethods } from './methods/bot.ts';
import { chatMethods } from './methods/chats.ts';
import { commandMethods } from './methods/commands.ts';
import type { Context, Method } from './methods/context.ts';
import { mediaMethods } from './methods/media.ts';
import { queryMethods } from './methods/queries.ts';
import { textMethods } from './methods/text.ts';
import { Params } from './params.ts';

/** One call as the log keeps it. */
export interface CallRecord {
  id: number;
  method: string;
  /** ms since the epoch: when its body had come in, and when it was answered. */
  at: number;
  doneAt?: number;
  /** Sent over HTTP, or in the answer to a webhook. */
  via: 'http' | 'webhook';
  fields: Readonly<Record<string, unknown>>;
  uploads: { field: string; name?: string; bytes: number; sha256: string }[];
  result?: unknown;
  error?: { code: number; description: string };
}

/** What the connection has to do: answer, or be cut or held as a fault ordered. */
export type Outcome =
  | { do: 'answer'; status: number; body: unknown }
  | { do: 'cut' }
  | { do: 'hang' };

/** Calls kept; older ones are forgotten. */
const MAX_CALLS = 50_000;

const METHODS = new Map<string, [string, Method]>(
  [botMethods, chatMethods, commandMethods, mediaMethods, queryMethods, textMethods]
    .flatMap((group) => Object.entries(group))
    .map(([name, method]) => [name.toLowerCase(), [name, method]]),
);

export class Dispatcher {
  readonly calls: CallRecord[] = [];
  readonly faults = new Faults();
  private count = 0;

  constructor(
    private readonly context: Context,
    private readonly flood: Flood | undefined,
  ) {}

  async run(
    name: string,
    form: Form,
    via: CallRecord['via'],
    signal?: AbortSignal,
  ): Promise<Outcome> {
    const [method, run] = METHODS.get(name.toLowerCase()) ?? [];
    if (!method || !run) return answer(404, errorBody(new ApiError(404, 'Not Found')));
    const record = this.record(method, form, via);
    const fault = this.faults.take(method, form.fields);
    const early = await this.beforehand(record, fault, form);
    if (early) return early;
    const outcome = await this.execute(record, run, form, signal);
    return fault?.kind === 'cut-after' ? { do: 'cut' } : outcome;
  }

  private record(method: string, form: Form, via: CallRecord['via']): CallRecord {
    this.count += 1;
    const uploads = [...form.uploads].map(([field, { name, bytes, sha256 }]) => ({
      field,
      bytes,
      sha256,
      ...(name !== undefined && { name }),
    }));
    const at = this.context.now();
    const record: CallRecord = { id: this.count, method, at, via, fields: form.fields, uploads };
    this.calls.push(record);
    if (this.calls.length > MAX_CALLS) this.calls.shift();
    this.context.world.events.emit('call', record);
    return record;
  }

  /** Faults that leave the world as it is. */
  private async beforehand(
    record: CallRecord,
    fault: Fault | undefined,
    form: Form,
  ): Promise<Outcome | undefined> {
    const error = fault && faultError(fault);
    if (!error && fault?.kind !== 'hang' && fault?.kind !== 'cut-before') return undefined;
    await dropUploads(form, () => false);
    if (error) return this.failed(record, error);
    return { do: fault?.kind === 'hang' ? 'hang' : 'cut' };
  }

  private async execute(
    record: CallRecord,
    run: Method,
    form: Form,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    try {
      if ([...form.uploads.values()].some((upload) => upload.tooLarge)) throw tooLarge();
      const params = new Params(form.fields, form.uploads);
      this.flood?.charge(record.method, Number(form.fields.chat_id) || undefined);
      const result = await run(this.context, { params, signal });
      this.done(record, { result });
      return answer(200, { ok: true, result });
    } catch (cause) {
      if (cause instanceof ApiError) return this.failed(record, cause);
      throw cause;
    } finally {
      await dropUploads(form, (path) => this.context.files.holds(path));
    }
  }

  private failed(record: CallRecord, error: ApiError): Outcome {
    this.done(record, { error: { code: error.code, description: error.description } });
    return answer(error.code, errorBody(error));
  }

  private done(record: CallRecord, how: Pick<CallRecord, 'result' | 'error'>): void {
    Object.assign(record, how, { doneAt: this.context.now() });
    this.context.world.events.emit('called', record);
  }
}

const answer = (status: number, body: unknown): Outcome => ({ do: 'answer', status, body });
