/**
 * SVG to PNG. The library is loaded at the first picture: it takes 38 MB that most hours of a
 * bot's life can do without. Without a font file it would draw no letter, and say nothing.
 */
import { join } from 'node:path';
import { fontsDir } from '../paths.ts';

export async function renderPicture(svg: string): Promise<Buffer> {
  const { Resvg } = await import('@resvg/resvg-js');
  const font = {
    fontFiles: [join(fontsDir(), 'Vazirmatn-Regular.ttf')],
    loadSystemFonts: false,
    defaultFontFamily: 'Vazirmatn',
  };
  return new Resvg(svg, { font }).render().asPng();
}
