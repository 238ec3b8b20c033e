/**
 * What JPEG, GIF and WebP files say of their size in pixels, read from their first bytes without decoding, so that a size that is
 * a lie or too large is refused before anything is allocated for it.
 */

export interface DeclaredSize {
  width: number;
  height: number;
}

/** The size that a file declares; null where it is of another format or ends before it says. */
export function declaredSize(bytes: Uint8Array): DeclaredSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(bytes, 0, "\xff\xd8")) return jpegSize(view);
  if (startsWith(bytes, 0, "GIF8")) return gifSize(view);
  if (startsWith(bytes, 0, "RIFF") && startsWith(bytes, 8, "WEBP")) return webpSize(bytes, view);
  return null;
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  return Array.from(text).every((character, k) => bytes[at + k] === character.charCodeAt(0));
}

/** The frame header SOF0 to SOF15 (ITU-T T.81, B.2.2); C4, C8 and CC are other segments. */
function jpegSize(view: DataView): DeclaredSize | null {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff)
      at += 1; // fill
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8))
      at += 2; // segments without content
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    else at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/** The logical screen (GIF89a, section 18), on which frames are drawn. */
function gifSize(view: DataView): DeclaredSize | null {
  if (view.byteLength < 10) return null;
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** RFC 9649: section 2.7 for VP8X, 3.4 for VP8L; RFC 6386, section 9.1 for VP8. */
function webpSize(bytes: Uint8Array, view: DataView): DeclaredSize | null {
  if (bytes.length < 30) return null;
  if (startsWith(bytes, 12, "VP8X")) return { width: 1 + uint24(view, 24), height: 1 + uint24(view, 27) };
  if (startsWith(bytes, 12, "VP8L")) {
    const bits = view.getUint32(21, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  if (startsWith(bytes, 12, "VP8 "))
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  return null;
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) + 65536 * view.getUint8(at + 2);
}
