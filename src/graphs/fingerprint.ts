import { sha256 } from "#platform";
import type { Graph } from "../messages/graph.js";

/** Bytes hashed at a time. */
const pieceBytes = 1 << 22;

/** SHA-256 of what a graph is but for its names: rows, and whether it is directed. The same edges give the same graph. */
export async function fingerprintOf({ rows, directed }: Graph): Promise<string> {
  const hash = sha256();
  hash.update(Uint8Array.of(directed ? 1 : 0, rows.valuesAt === 0 ? 0 : 1));
  for (const part of [rows.offsets, rows.indices, rows.values]) {
    if (part === null) continue;
    for (let at = 0; at < part.byteLength; at += pieceBytes) {
      const length = Math.min(pieceBytes, part.byteLength - at);
      // a copy, since platforms hash no shared memory
      hash.update(new Uint8Array(part.buffer, part.byteOffset + at, length).slice());
    }
  }
  return hash.digest();
}
