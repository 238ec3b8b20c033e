import { writeFileSync } from "node:fs";

const types = new Map([
  [Uint32Array, "<u4"],
  [Int32Array, "<i4"],
  [Float32Array, "<f4"],
  [Float64Array, "<f8"],
]);

/** Writes a typed array as .npy, version 1.0, of the shape given. */
export function writeNpyArray(file, array, shape = [array.length]) {
  const text = `{'descr': '${types.get(array.constructor)}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const header = Buffer.alloc(Math.ceil((10 + text.length + 1) / 64) * 64, " ");
  header.write("\x93NUMPY\x01\x00", 0, "latin1");
  header.writeUInt16LE(header.length - 10, 8);
  header.write(text, 10, "latin1");
  header.write("\n", header.length - 1, "latin1");
  writeFileSync(file, header);
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (let at = 0; at < bytes.length; at += 2 ** 26)
    writeFileSync(file, bytes.subarray(at, at + 2 ** 26), { flag: "a" });
}
