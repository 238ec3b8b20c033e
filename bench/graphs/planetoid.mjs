/**
 * The citation graphs of Planetoid (Yang, Cohen and Salakhutdinov 2016) with their public split: of each class 20 nodes for
 * training, 500 nodes for validation and 1000 for the test. A folder holds edges.csv.gz (source, target; once an edge),
 * features.txt.gz (a line "N D entries", then lines "node column value"), labels.csv (node, label; -1 is none) and split.csv
 * (node, train | validation | test).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const newline = 10;
const zero = 48;

/** All unsigned integers of a text of digits and separators, after its first `skip` lines. */
function integers(bytes, skip) {
  let at = 0;
  for (let line = 0; line < skip; line++) at = bytes.indexOf(newline, at) + 1;
  const found = new Uint32Array((bytes.length - at + 1) >> 1);
  let count = 0;
  while (at < bytes.length) {
    let digit = bytes[at] - zero;
    if (digit < 0 || digit > 9) {
      at++;
      continue;
    }
    let value = 0;
    while (digit >= 0 && digit <= 9) {
      value = 10 * value + digit;
      digit = bytes[++at] - zero;
    }
    found[count++] = value;
  }
  return found.subarray(0, count);
}

/** The lines of a table of two columns, as pairs of texts, its head left out. */
function pairs(path) {
  const lines = readFileSync(path, "latin1").split("\n").slice(1);
  return lines.filter((line) => line !== "").map((line) => line.trim().split(","));
}

/**
 * A graph's edges, features, labels and split: edges as `Graph.fromEdges` takes them; features a sparse matrix [N, D] in f32,
 * each row divided by its sum, as GCN and SGC load them; labels [N], -1 where there is none; the nodes of each part of the split.
 */
export function loadPlanetoid(folder) {
  const unzipped = (name) => gunzipSync(readFileSync(join(folder, name)));
  const text = unzipped("features.txt.gz");
  const entries = integers(text, 0);
  const [rows, columns, numEntries] = entries;
  if (entries.length !== 3 + 3 * numEntries) {
    throw new RangeError(`${folder}: features.txt.gz needs ${numEntries} entries, got ${(entries.length - 3) / 3}`);
  }
  const starts = new Uint32Array(rows + 1);
  const indices = new Uint32Array(numEntries);
  const values = new Float32Array(numEntries);
  for (let e = 0; e < numEntries; e++) {
    starts[entries[3 + 3 * e] + 1] = e + 1;
    indices[e] = entries[4 + 3 * e];
    values[e] = entries[5 + 3 * e];
  }
  for (let i = 0; i < rows; i++) starts[i + 1] = Math.max(starts[i], starts[i + 1]); // rows without entries
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = starts[i]; k < starts[i + 1]; k++) sum += values[k];
    for (let k = starts[i]; k < starts[i + 1]; k++) values[k] /= sum;
  }

  const ends = integers(unzipped("edges.csv.gz"), 1);
  const numEdges = ends.length / 2;
  const sources = Uint32Array.from({ length: numEdges }, (_, e) => ends[2 * e]);
  const targets = Uint32Array.from({ length: numEdges }, (_, e) => ends[2 * e + 1]);

  const labels = new Int32Array(rows).fill(-1);
  for (const [node, label] of pairs(join(folder, "labels.csv"))) labels[node] = Number(label);
  const split = { train: [], validation: [], test: [] };
  for (const [node, part] of pairs(join(folder, "split.csv")))
    split[part === "val" ? "validation" : part].push(Number(node));
  return {
    edges: { sources, targets, numNodes: rows },
    features: { rows, columns, starts, indices, values },
    labels,
    classes: Math.max(...labels) + 1,
    ...split,
  };
}
