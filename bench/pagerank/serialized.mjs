import { closeSync, openSync, writeSync } from "node:fs";

/**
 * Writes an undirected graph as GAP's serialized format: a byte 0, the numbers of arcs and of nodes, then offsets, 64 bits
 * wide each, then neighbors of 32 bits.
 */
export function writeSerialized(path, { offsets, indices, numRows, numEntries }) {
  const file = openSync(path, "w");
  const write = (array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let k = 0; k < bytes.length; k += 2 ** 24) writeSync(file, Buffer.from(bytes.slice(k, k + 2 ** 24)));
  };
  write(Uint8Array.of(0));
  write(BigInt64Array.of(BigInt(numEntries), BigInt(numRows)));
  write(BigInt64Array.from(offsets, BigInt));
  write(indices);
  closeSync(file);
}
