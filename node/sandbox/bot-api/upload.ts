/** One uploaded file: streamed to disk and hashed while it comes in, never held in memory. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';

export interface Upload {
  path: string;
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
  name?: string;
  type?: string;
  /** It grew past the limit: the rest was thrown away and no file is left. */
  tooLarge: boolean;
}

export class UploadWriter {
  private readonly hash = createHash('sha256');
  private handle: FileHandle | undefined;
  private bytes = 0;

  constructor(
    private readonly path: string,
    private readonly maxBytes: number,
  ) {}

  async write(chunk: Buffer): Promise<void> {
    this.bytes += chunk.length;
    // The rest is still read: cutting the connection would hide the 413 from the client.
    if (this.bytes > this.maxBytes) return;
    this.hash.update(chunk);
    this.handle ??= await open(this.path, 'w');
    await writeAll(this.handle, chunk);
  }

  /** Broken off on the way: neither the file nor its handle stays. */
  async drop(): Promise<void> {
    await this.handle?.close();
    await rm(this.path, { force: true });
  }

  async close(about: { name?: string; type?: string }): Promise<Upload> {
    this.handle ??= await open(this.path, 'w');
    await this.handle.close();
    const tooLarge = this.bytes > this.maxBytes;
    if (tooLarge) await rm(this.path, { force: true });
    return {
      path: this.path,
      bytes: this.bytes,
      sha256: this.hash.digest('hex'),
      tooLarge,
      ...about,
    };
  }
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    at += (await handle.write(chunk, at)).bytesWritten;
  }
}
