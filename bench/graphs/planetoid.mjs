import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Graph } from "../../dist/messages/graph.js";

const [newline, zero] = [10, 48];

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
  const lines = readFileSync(path, "latin1").trimEnd().split("\n").slice(1);
  return lines.map((line) => line.split(","));
}

/**
 * A citation graph with the split of Yang et al. 2016 from a folder with edges.csv.gz (source,target), features.txt.gz (a line
 * `rows columns entries`, then `row column value` in order), labels.csv (node,label; -1: none) and split.csv (node,split).
 * Gives the graph, without edges from a node to itself, and what gcn and sgc take: features as a sparse matrix, labels, and
 * the numbers of the nodes of each part: 20 of each class for training, 500 for validation, 1000 for the test.
 */
export async function loadPlanetoid(folder) {
  const unzipped = (name) => gunzipSync(readFileSync(join(folder, name)));
  const numbers = integers(unzipped("features.txt.gz"), 0);
  const [rows, columns, entries] = numbers;
  const starts = new Uint32Array(rows + 1);
  const indices = new Uint32Array(entries);
  const values = new Float32Array(entries);
  for (let k = 0, at = 3; k < entries; k++, at += 3) {
    starts[numbers[at] + 1]++;
    indices[k] = numbers[at + 1];
    values[k] = numbers[at + 2];
  }
  for (let i = 0; i < rows; i++) starts[i + 1] += starts[i];

  const labels = new Int32Array(rows).fill(-1);
  for (const [node, label] of pairs(join(folder, "labels.csv"))) labels[node] = label;
  const split = { train: [], val: [], test: [] };
  for (const [node, part] of pairs(join(folder, "split.csv"))) split[part].push(Number(node));

  const ends = integers(unzipped("edges.csv.gz"), 1);
  const edges = {
    sources: Uint32Array.from({ length: ends.length / 2 }, (_, e) => ends[2 * e]),
    targets: Uint32Array.from({ length: ends.length / 2 }, (_, e) => ends[2 * e + 1]),
    numNodes: rows,
  };
  const graph = await Graph.fromEdges(edges, { selfLoops: "drop" });
  const nodes = { labels, train: split.train, validation: split.val, test: split.test };
  return { graph, nodes: { ...nodes, features: { rows, columns, starts, indices, values } } };
}
