import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../health/check.ts';

/** Whether everything the bot does in its folder can be done: making, writing, renaming. */
export async function dataCheck(dataDir: string): Promise<Check> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const dir = await mkdtemp(join(dataDir, 'doctor-'));
    try {
      await writeFile(join(dir, 'a'), 'written by doctor', { flush: true });
      await rename(join(dir, 'a'), join(dir, 'b'));
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
    return { name: 'data', state: 'ok', detail: `${dataDir} can be written` };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    // `EROFS: read-only file system, mkdtemp '…'`: only the middle is for a reader.
    const detail = `${dataDir} cannot be written: ${/^E[A-Z]+: ([^,]+),/.exec(why)?.[1] ?? why}`;
    const nextStep = `set DATA_DIR to a folder that the bot's user owns, or give it ${dataDir}`;
    return { name: 'data', state: 'bad', detail, nextStep };
  }
}
