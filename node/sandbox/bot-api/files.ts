/**
 * The files Telegram holds for the bot. A `file_id` is opaque and bound to the type it was sent
 * as; `file_unique_id` follows the content, so the same bytes always carry the same one.
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { bad } from './api-error.ts';
import type { FileObject, MediaKind } from './shapes.ts';
import type { Upload } from './upload.ts';

export type FileKind = MediaKind | 'thumbnail';

export interface StoredFile {
  kind: FileKind;
  /** Where the bytes are on this machine. */
  path: string;
  sha256: string;
  bytes: number;
  /** What `getFile` answers as `file_path`. */
  telegramPath: string;
  mime: string;
  object: FileObject;
}

const PREFIX: Record<FileKind, string> = {
  video: 'BAACAgQAAxkDAAI',
  audio: 'CQACAgQAAxkDAAI',
  photo: 'AgACAgQAAxkDAAI',
  document: 'BQACAgQAAxkDAAI',
  animation: 'CgACAgQAAxkDAAI',
  thumbnail: 'AAMCBAADGQMAAg',
};

const MIME: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.mkv': 'video/x-matroska',
  '.mov': 'video/quicktime',
  '.gif': 'image/gif',
  '.mp3': 'audio/mpeg',
  '.m4a': 'audio/mp4',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.flac': 'audio/flac',
  '.wav': 'audio/wav',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.txt': 'text/plain',
  '.srt': 'text/plain',
  '.zip': 'application/zip',
  '.pdf': 'application/pdf',
};

function mimeOf(name: string, kind: FileKind): string {
  const known = MIME[extname(name).toLowerCase()];
  if (known) return known;
  if (kind === 'photo' || kind === 'thumbnail') return 'image/jpeg';
  return kind === 'video' || kind === 'animation' ? 'video/mp4' : 'application/octet-stream';
}

export class Files {
  private readonly byId = new Map<string, StoredFile>();
  private readonly byPath = new Map<string, StoredFile>();
  private readonly paths = new Set<string>();

  /** @param ledger a file that remembers what was taken in; ids stay good across restarts */
  constructor(private readonly ledger?: string) {
    for (const file of ledger ? readLedger(ledger) : []) this.keep(file);
  }

  /** Takes an upload in as `kind`; `about` are the attributes the sender gave. */
  add(kind: FileKind, upload: Upload, about: Partial<FileObject> = {}): StoredFile {
    const name = upload.name ?? kind;
    const mime = mimeOf(name, kind);
    const object: FileObject = {
      file_id: PREFIX[kind] + randomBytes(30).toString('base64url'),
      file_unique_id: `Ag${Buffer.from(upload.sha256.slice(0, 20), 'hex').toString('base64url')}`,
      file_size: upload.bytes,
      ...(kind !== 'photo' && kind !== 'thumbnail' && { mime_type: mime }),
      ...about,
    };
    const telegramPath = `${kind}s/file_${randomBytes(5).toString('hex')}${extname(name)}`;
    const { path, sha256, bytes } = upload;
    const file: StoredFile = { kind, path, sha256, bytes, telegramPath, mime, object };
    this.keep(file);
    if (this.ledger) appendFileSync(this.ledger, `${JSON.stringify(file)}\n`);
    return file;
  }

  /** @throws ApiError for an id that was never given out, or was for another type of file */
  get(fileId: string, kind?: FileKind): StoredFile {
    const file = this.byId.get(fileId);
    if (!file) throw bad('wrong file identifier/HTTP URL specified');
    if (kind && file.kind !== kind) {
      throw bad(`can't use file of type ${title(file.kind)} as ${title(kind)}`);
    }
    return file;
  }

  find(fileId: string): StoredFile | undefined {
    return this.byId.get(fileId);
  }

  /** As when Telegram drops a file: its id is wrong from now on. */
  forget(fileId: string): void {
    this.byId.delete(fileId);
  }

  at(telegramPath: string): StoredFile | undefined {
    return this.byPath.get(telegramPath);
  }

  /** Whether the bytes at this path belong to a file that was taken in. */
  holds(path: string): boolean {
    return this.paths.has(path);
  }

  private keep(file: StoredFile): void {
    this.byId.set(file.object.file_id, file);
    this.byPath.set(file.telegramPath, file);
    this.paths.add(file.path);
  }
}

const title = (kind: string) => kind.charAt(0).toUpperCase() + kind.slice(1);

/** A line that was cut short by a crash, or whose file is gone, is left out. */
function readLedger(path: string): StoredFile[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines
    .map(parseLine)
    .filter((file) => file !== undefined && existsSync(file.path)) as StoredFile[];
}

function parseLine(line: string): StoredFile | undefined {
  try {
    return JSON.parse(line) as StoredFile;
  } catch {
    return undefined;
  }
}
