/** Makes the sample media once, one at a time and when first asked for, and keeps it on disk. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Log } from '../../log.ts';
import { RECIPES, type RecipeName } from './recipes.ts';

export interface ClipsOptions {
  /** Path of the ffmpeg executable. */
  ffmpeg: string;
  /** Where finished samples stay; a folder for each. */
  dir: string;
  log?: Log | undefined;
}

export class Clips {
  private readonly made = new Map<RecipeName, Promise<string>>();
  /** One ffmpeg at a time: the bot has the other core. */
  private line: Promise<unknown> = Promise.resolve();
  private readonly dir: string;

  constructor(private readonly options: ClipsOptions) {
    this.dir = resolve(options.dir);
  }

  /** The folder that holds a sample; made now when it is not there. */
  folder(name: RecipeName): Promise<string> {
    const known = this.made.get(name);
    if (known) return known;
    const making = this.make(name);
    this.made.set(name, making);
    // A failure is told to whoever asks and tried again by the next one.
    making.catch(() => this.made.delete(name));
    return making;
  }

  /** Makes what is missing, in the background; a failure is logged and met again on request. */
  async warmUp(): Promise<void> {
    for (const name of Object.keys(RECIPES) as RecipeName[]) {
      await this.folder(name).catch((err: unknown) =>
        this.options.log?.warn({ err, sample: name }, 'sandbox: a sample could not be made'),
      );
    }
  }

  private async make(name: RecipeName): Promise<string> {
    const { main, from, args } = RECIPES[name];
    const folder = join(this.dir, name);
    if (existsSync(join(folder, main))) return folder;
    const source = from && join(await this.folder(from), RECIPES[from].main);
    const turn = this.line.then(() =>
      this.run(folder, source ? fill(args, `{${from}}`, source) : args),
    );
    this.line = turn.catch(() => undefined);
    await turn;
    return folder;
  }

  /** Works in a folder aside, so that a half-made sample is never taken for a finished one. */
  private async run(folder: string, args: readonly string[]): Promise<void> {
    const aside = `${folder}.making`;
    await rm(aside, { recursive: true, force: true });
    await mkdir(aside, { recursive: true });
    await ffmpeg(this.options.ffmpeg, args, aside);
    await rm(folder, { recursive: true, force: true });
    await rename(aside, folder);
  }
}

const fill = (args: readonly string[], name: string, value: string) =>
  args.map((arg) => (arg === name ? value : arg));

function ffmpeg(bin: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((done, failed) => {
    const all = ['-nostdin', '-v', 'error', '-threads', '1', '-y', ...args];
    const child = spawn(bin, all, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-2000);
    });
    child.on('error', failed);
    child.on('close', (code) =>
      code === 0 ? done() : failed(new Error(`ffmpeg ended with ${code}: ${errors.trim()}`)),
    );
  });
}
