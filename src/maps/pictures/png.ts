import { importSharp } from "#platform";
import { ResourceError } from "../../io/errors.js";
import { knownOptions, numberOption } from "../../io/options.js";

/** The part of sharp's interface that is used. */
type Sharp = (
  svg: Uint8Array,
  options: { density: number; limitInputPixels: false },
) => { png(options: { compressionLevel: number }): { toBuffer(): Promise<Uint8Array> } };

/** Pixels an inch at which librsvg draws one pixel for each of the picture. */
const density = 72;

/**
 * A picture in SVG as a PNG file, `scale` pixels for one of the picture: 2 by default, .1 to 10. It is drawn with the fonts
 * of this machine by sharp, an optional peer. Throws ResourceError where that is not installed.
 */
export async function pngOf(svg: string, options: { scale?: number } = {}): Promise<Uint8Array> {
  knownOptions("pngOf", options, ["scale"]);
  const scale = numberOption("pngOf", "scale", options.scale ?? 2, { least: 0.1, most: 10 });
  const sharp = await loadSharp();
  const bytes = new TextEncoder().encode(svg);
  return sharp(bytes, { density: density * scale, limitInputPixels: false })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

async function loadSharp(): Promise<Sharp> {
  if (importSharp === null) {
    throw new ResourceError("pngOf: PNG is written in Node only; a page draws the SVG itself");
  }
  try {
    return (await importSharp.load()) as Sharp;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && String(error.code).includes("MODULE_NOT_FOUND");
    const what = missing ? "is not installed" : `cannot be loaded (${error instanceof Error ? error.message : error})`;
    throw new ResourceError(
      `PNG needs ${importSharp.packageName}, which ${what}; run: npm install ${importSharp.packageName}; or write SVG, which needs nothing`,
      { cause: error },
    );
  }
}
