import { UsageError, writing } from "./exit-codes.js";

/** What a picture's name may end in. */
const endings = /\.(svg|png)$/i;

/** Refuses a name that no picture can have, before work begins. */
export function requirePictureName(verb: string, flag: string, path: string): void {
  if (!endings.test(path)) throw new UsageError(`${verb}: ${flag} must end in .svg or .png, got ${path}`);
}

/** Writes a picture, given as SVG, in the format that the file's name asks for. */
export async function writePicture(path: string, svg: string): Promise<void> {
  const { writeAtomic } = await import("../io/atomic.js");
  if (/\.svg$/i.test(path)) return writing(() => writeAtomic(path, svg));
  const { pngOf } = await import("../maps/pictures/png.js");
  const bytes = await pngOf(svg);
  return writing(() => writeAtomic(path, bytes));
}
