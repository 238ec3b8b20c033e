import { FormatError } from "../io/errors.js";
import { knownOptions } from "../io/options.js";
import type { ByteStream } from "../io/source.js";
import { collectEdges } from "./edge-list.js";
import { counted, type GraphReadOptions } from "./graph-file.js";

/** A sparse matrix by compressed rows: entries of row i are offsets[i] .. offsets[i + 1] - 1, sorted by column. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly offsets: Uint32Array<ArrayBuffer>;
  readonly indices: Uint32Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
}

export interface SparseFeaturesOptions extends GraphReadOptions {
  /** Threads that read; by default one a processor. The result does not depend on it. */
  threads?: number;
}

const where = "readSparseFeatures";

/**
 * A sparse matrix by its entries: a line `rows columns entries`, then a line `row column value` for each entry, counted from 0
 * and separated by white space, in any order. Values are rounded to f32. Throws FormatError with the line for other lines, and
 * for counts that do not agree, entries outside the matrix, and entries that stand twice.
 */
export async function readSparseFeatures(
  stream: ByteStream,
  options: SparseFeaturesOptions = {},
): Promise<SparseMatrix & { understood: string }> {
  knownOptions(where, options, ["threads", "memoryLimit", "signal", "onProgress"]);
  const file = stream.name;
  let sizes: number[] = [];
  const { edges, lineOf } = await collectEdges(where, stream, { ...options, comments: "" }, (head) => {
    const found = head.subarray(0, 200).indexOf(10);
    const end = found < 0 ? head.length : found + 1;
    const line = new TextDecoder().decode(head.slice(0, Math.min(200, end))).trim();
    sizes = /^(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})$/.exec(line)?.slice(1).map(Number) ?? [];
    if (sizes.length === 0) {
      const came = JSON.stringify(line.slice(0, 60));
      throw new FormatError(
        "header",
        { file, line: 1 },
        `expected the number of rows, columns and entries, got ${came}`,
      );
    }
    if (stream.size !== undefined && !stream.compressed && sizes[2] * 6 > stream.size) {
      const message = `${sizes[2]} entries are announced in a file of ${stream.size} bytes`;
      throw new FormatError("truncated", { file, line: 1 }, message);
    }
    if (sizes[0] > 2 ** 20 + 64 * sizes[2]) {
      throw new FormatError("limit", { file, line: 1 }, `${sizes[0]} rows for ${sizes[2]} entries`);
    }
    return {
      shape: {
        delimiter: 0,
        fields: 3,
        header: null,
        headerEnd: end,
        headerLines: 1,
        firstLine: 2,
        sample: [],
        sampleLines: [],
      },
      columns: { source: 0, target: 1, weight: 2, numbers: true },
      bipartite: false,
      anyWeight: true,
    };
  });
  const [rows, columns, entries] = sizes;
  if (edges.count !== entries) {
    const code = edges.count < entries ? "truncated" : "trailing";
    throw new FormatError(code, { file }, `${entries} entries are announced, there are ${edges.count}`);
  }
  const { sources, targets, weights } = edges.join();
  const offsets = new Uint32Array(rows + 1);
  for (let e = 0; e < entries; e++) {
    if (sources[e] >= rows || targets[e] >= columns) {
      const message = `entry (${sources[e]}, ${targets[e]}) is outside of ${rows} x ${columns}`;
      throw new FormatError("number", { file, line: lineOf(e) }, message);
    }
    offsets[sources[e] + 1]++;
  }
  for (let row = 0; row < rows; row++) offsets[row + 1] += offsets[row];
  const order = new Uint32Array(entries);
  const next = offsets.slice();
  for (let e = 0; e < entries; e++) order[next[sources[e]]++] = e;
  const indices = new Uint32Array(entries);
  const values = new Float32Array(entries);
  for (let row = 0; row < rows; row++) {
    const part = order.subarray(offsets[row], offsets[row + 1]);
    if (part.some((e, k) => k > 0 && targets[e] <= targets[part[k - 1]])) part.sort((a, b) => targets[a] - targets[b]);
    for (let k = 0; k < part.length; k++) {
      if (k > 0 && targets[part[k]] === targets[part[k - 1]]) {
        const place = { file, line: lineOf(Math.max(part[k], part[k - 1])) };
        throw new FormatError("duplicate", place, `the entry (${row}, ${targets[part[k]]}) stands twice`);
      }
      indices[offsets[row] + k] = targets[part[k]];
      values[offsets[row] + k] = (weights as Float64Array)[part[k]];
    }
  }
  const understood = `sparse features, ${rows} x ${columns}, ${counted(entries, "number")} not 0`;
  return { rows, columns, offsets, indices, values, understood };
}
