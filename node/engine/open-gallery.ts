import { join } from 'node:path';
import type { Log } from '../log.ts';
import { ensureGallery, findGallery } from '../tools/gallery.ts';
import { createGallery, type Gallery } from './gallery.ts';

export interface OpenGallery {
  /** The folder of the tools. */
  dir: string;
  proxyUrl: string;
  log: Log;
}

/** gallery-dl as it is found now; what is missing is installed when a post first needs it. */
export async function openGallery({ dir, proxyUrl, log }: OpenGallery): Promise<Gallery> {
  const options = { dir: join(dir, 'gallery-dl'), log };
  const found = await findGallery(options);
  log.info(
    found ? { version: found.version, source: found.source } : {},
    found ? 'gallery-dl found' : 'no gallery-dl yet: it is fetched for the first post of pictures',
  );
  return createGallery({ found, install: () => ensureGallery(options), proxyUrl, log });
}
