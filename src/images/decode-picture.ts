import { decodeByPlatform } from "#platform";
import type { Picture } from "../formats/picture.js";
import { decodePng, pngSignature } from "../formats/png/read.js";
import { decodePpm } from "../formats/ppm.js";
import { FormatError, ResourceError } from "../io/errors.js";

/**
 * A file's bytes as a picture: PNG, PGM and PPM by our own readers, JPEG, WebP, GIF, AVIF and TIFF by sharp (Node, an optional
 * peer) or by the browser; turned as EXIF says. Throws FormatError where the file is damaged or no picture, ResourceError
 * where sharp is needed and not installed; `file` names it.
 */
export async function decodePicture(bytes: Uint8Array, file: string): Promise<Picture> {
  if (bytes.length === 0) throw new FormatError("empty", { file }, "the file is empty");
  if (pngSignature.every((byte, k) => bytes[k] === byte)) return decodePng(bytes, file);
  if (bytes[0] === 0x50 && [0x32, 0x33, 0x35, 0x36].includes(bytes[1])) return decodePpm(bytes, file);
  const kind = kindOf(bytes);
  if (kind === undefined) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new FormatError("unsupported", { file, offset: 0 }, `no picture of a known format; it begins with ${start}`);
  }
  try {
    return await decodeByPlatform(bytes);
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).includes("MODULE_NOT_FOUND")) {
      throw new ResourceError(`${file}: ${kind} needs sharp, which is not installed; run: npm install sharp`, {
        cause: error,
      });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError("truncated", { file }, `damaged or cut short ${kind} (${reason})`, { cause: error });
  }
}

/** Formats that others decode, by the bytes that they begin with. */
function kindOf(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  if (text.startsWith("\xff\xd8\xff")) return "JPEG";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "WebP";
  if (text.startsWith("GIF8")) return "GIF";
  if (text.slice(4, 8) === "ftyp" && /avif|avis|mif1/.test(text.slice(8, 12))) return "AVIF";
  if (text.startsWith("II*\0") || text.startsWith("MM\0*")) return "TIFF";
  return undefined;
}

/** Endings of files that are taken for pictures. */
export const pictureEndings = /\.(png|jpe?g|webp|gif|avif|tiff?|ppm|pgm|pnm)$/i;
