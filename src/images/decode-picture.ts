import { decodeByPlatform } from "#platform";
import { mostPixels, type Picture } from "../formats/picture.js";
import { type DeclaredSize, declaredSize } from "../formats/picture-size.js";
import { decodePng, pngSignature } from "../formats/png/read.js";
import { decodePpm } from "../formats/ppm.js";
import { FormatError, ResourceError } from "../io/errors.js";

/**
 * A file's bytes as a picture: PNG, PGM and PPM by our own readers, JPEG, WebP, GIF, AVIF and TIFF by sharp (Node, an optional
 * peer) or by the browser; turned as EXIF says, the first picture of an animation. Throws FormatError where the file is damaged,
 * too large or no picture, ResourceError where sharp is needed and not installed; `file` names it. SVG is refused: it is a program
 * of a kind, which may ask for other files.
 */
export async function decodePicture(bytes: Uint8Array, file: string): Promise<Picture> {
  if (bytes.length === 0) throw new FormatError("empty", { file }, "the file is empty");
  if (pngSignature.every((byte, k) => bytes[k] === byte)) return decodePng(bytes, file);
  if (bytes[0] === 0x50 && [0x32, 0x33, 0x35, 0x36].includes(bytes[1])) return decodePpm(bytes, file);
  const kind = kindOf(bytes);
  if (kind === "SVG") throw new FormatError("unsupported", { file }, "SVG is not read; convert it to PNG first");
  if (kind === undefined) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new FormatError("unsupported", { file, offset: 0 }, `no picture of a known format; it begins with ${start}`);
  }
  const declared = declaredSize(bytes);
  if (declared !== null && declared.width * declared.height > mostPixels) throw tooLarge(declared, file);
  try {
    return await decodeByPlatform(bytes, mostPixels);
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).includes("MODULE_NOT_FOUND")) {
      throw new ResourceError(`${file}: ${kind} needs sharp, which is not installed; run: npm install sharp`, {
        cause: error,
      });
    }
    const reason = error instanceof Error ? error.message : String(error);
    if (/pixel limit/i.test(reason))
      throw new FormatError("limit", { file }, `more than ${mostPixels} pixels, which are read at most`);
    throw new FormatError("truncated", { file }, `damaged or cut short ${kind} (${reason})`, { cause: error });
  }
}

function tooLarge({ width, height }: DeclaredSize, file: string): FormatError {
  const size = `a picture of ${width} x ${height} pixels`;
  return new FormatError("limit", { file }, `${size}; at most ${mostPixels} pixels are read`);
}

/** Formats that others decode, by the bytes that they begin with. */
function kindOf(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 1024));
  if (text.startsWith("\xff\xd8\xff")) return "JPEG";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "WebP";
  if (text.startsWith("GIF8")) return "GIF";
  if (text.slice(4, 8) === "ftyp" && /avif|avis|mif1/.test(text.slice(8, 12))) return "AVIF";
  if (text.startsWith("II*\0") || text.startsWith("MM\0*")) return "TIFF";
  if (/^(\xef\xbb\xbf)?\s*<(\?xml|svg|!DOCTYPE svg|!--)/i.test(text) && /<svg[\s>]/i.test(text)) return "SVG";
  return undefined;
}

/** Endings of files that are taken for pictures. */
export const pictureEndings = /\.(png|jpe?g|webp|gif|avif|tiff?|ppm|pgm|pnm)$/i;
