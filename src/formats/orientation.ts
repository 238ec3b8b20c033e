import type { Picture } from "./picture.js";

/** How a picture is turned into its upright form, as the tag Orientation of Exif counts it: 1 (as it is) to 8. */
const orientationTag = 0x0112;

/**
 * The orientation that a block of Exif (a TIFF header and its first directory, Exif 3.0, section 4.6.5.1.6) tells; 1 where it
 * tells none, or none that there is, as viewers do.
 */
export function exifOrientation(block: Uint8Array): number {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const order = String.fromCharCode(...block.subarray(0, 2));
  if (block.length < 8 || (order !== "II" && order !== "MM")) return 1;
  const little = order === "II";
  if (view.getUint16(2, little) !== 42) return 1;
  const directory = view.getUint32(4, little);
  if (directory + 2 > block.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let k = 0; k < entries; k++) {
    const at = directory + 2 + 12 * k;
    if (at + 12 > block.length) return 1;
    if (view.getUint16(at, little) !== orientationTag) continue;
    const short = 3;
    const value = view.getUint16(at + 8, little);
    return view.getUint16(at + 2, little) === short && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** The upright picture of one that is stored in an orientation of 1 to 8. */
export function upright(picture: Picture, orientation: number): Picture {
  if (orientation === 1) return picture;
  const { width, height, channels, data } = picture;
  const swaps = orientation >= 5; //                               rows were columns
  const flipsX = [2, 3, 7, 8].includes(orientation); //            the first pixel of a row is the last of what is stored
  const flipsY = [3, 4, 6, 7].includes(orientation);
  const turned = { width: swaps ? height : width, height: swaps ? width : height, channels, data: data.slice() };
  for (let y = 0; y < turned.height; y++) {
    for (let x = 0; x < turned.width; x++) {
      const [column, row] = swaps ? [y, x] : [x, y];
      const from = (flipsY ? height - 1 - row : row) * width + (flipsX ? width - 1 - column : column);
      const to = y * turned.width + x;
      for (let c = 0; c < channels; c++) turned.data[to * channels + c] = data[from * channels + c];
    }
  }
  return turned;
}
