/** Reads the parameters of one call: query, JSON, urlencoded or multipart, as Telegram takes them. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError, bad } from './api-error.ts';
import {
  boundaryOf,
  MultipartError,
  type PartHead,
  type PartSink,
  readMultipart,
} from './multipart.ts';
import { type Upload, UploadWriter } from './upload.ts';

export interface Form {
  fields: Record<string, unknown>;
  uploads: Map<string, Upload>;
}

export interface IncomingCall {
  query: Record<string, string>;
  contentType: string;
  body: AsyncIterable<Uint8Array> | null;
}

export interface FormLimits {
  /** Folder that uploads are written to; it exists. */
  dir: string;
  maxUploadBytes: number;
}

/** Everything that is not a file, in one call. */
const MAX_FIELD_BYTES = 4 * 1024 * 1024;

/** @throws ApiError 400 for a body that cannot be read, 413 for one beyond the limits */
export async function readForm(call: IncomingCall, limits: FormLimits): Promise<Form> {
  const form: Form = { fields: { ...call.query }, uploads: new Map() };
  const boundary = boundaryOf(call.contentType);
  if (call.body === null) return form;
  if (boundary !== undefined) await readParts(call.body, boundary, form, limits);
  else Object.assign(form.fields, parseText(call.contentType, await readText(call.body)));
  return form;
}

/** Removes files that no message took. */
export async function dropUploads(form: Form, kept: (path: string) => boolean): Promise<void> {
  for (const upload of form.uploads.values()) {
    if (!kept(upload.path)) await rm(upload.path, { force: true });
  }
}

async function readParts(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  form: Form,
  limits: FormLimits,
): Promise<void> {
  try {
    await readMultipart(body, boundary, (head) =>
      head.filename === undefined ? fieldSink(head, form) : fileSink(head, form, limits),
    );
  } catch (cause) {
    await dropUploads(form, () => false);
    if (cause instanceof MultipartError) throw bad(`can't parse the body: ${cause.message}`);
    throw cause;
  }
}

function fieldSink(head: PartHead, form: Form): PartSink {
  const text = new TextCollector();
  return {
    write: (chunk) => text.add(chunk),
    end: () => {
      form.fields[head.name] = text.toString();
    },
  };
}

function fileSink(head: PartHead, form: Form, limits: FormLimits): PartSink {
  const writer = new UploadWriter(join(limits.dir, randomUUID()), limits.maxUploadBytes);
  const about = {
    ...(head.filename !== undefined && { name: head.filename }),
    ...(head.type !== undefined && { type: head.type }),
  };
  return {
    write: (chunk) => writer.write(chunk),
    end: async () => {
      form.uploads.set(head.name, await writer.close(about));
    },
    drop: () => writer.drop(),
  };
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const text = new TextCollector();
  for await (const chunk of body) text.add(chunk);
  return text.toString();
}

class TextCollector {
  private readonly chunks: Uint8Array[] = [];
  private bytes = 0;

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    if (this.bytes > MAX_FIELD_BYTES) throw new ApiError(413, 'Request Entity Too Large');
    // A copy: the parser reuses the memory of what it hands out.
    this.chunks.push(Uint8Array.from(chunk));
  }

  toString(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

function parseText(contentType: string, text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  if (!/\bjson\b/i.test(contentType)) return Object.fromEntries(new URLSearchParams(text));
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // the same answer as for JSON that is no object
  }
  throw bad("can't parse JSON object");
}
