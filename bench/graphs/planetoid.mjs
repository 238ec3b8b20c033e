import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Graph } from "../../dist/messages/graph.js";

/**
 * A citation graph with the split of Yang et al. 2016 from a folder with edges.csv.gz (source,target), features.txt.gz (a line
 * `rows columns entries`, then `row column value` in order), labels.csv (node,label; -1: none) and split.csv (node,split).
 * Gives the graph, without edges from a node to itself, and what gcn takes: features as a sparse matrix, labels, and the
 * numbers of the nodes of each part.
 */
export async function loadPlanetoid(folder) {
  const text = (file) => {
    const bytes = readFileSync(join(folder, file));
    return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1").trimEnd().split("\n");
  };
  const pairs = (file) =>
    text(file)
      .slice(1)
      .map((line) => line.split(","));

  const [head, ...lines] = text("features.txt.gz");
  const [rows, columns, entries] = head.split(" ").map(Number);
  const starts = new Uint32Array(rows + 1);
  const indices = new Uint32Array(entries);
  const values = new Float32Array(entries);
  for (const [k, line] of lines.entries()) {
    const [row, column, value] = line.split(" ").map(Number);
    starts[row + 1]++;
    indices[k] = column;
    values[k] = value;
  }
  for (let i = 0; i < rows; i++) starts[i + 1] += starts[i];

  const labels = new Int32Array(rows).fill(-1);
  for (const [node, label] of pairs("labels.csv")) labels[node] = label;
  const split = { train: [], val: [], test: [] };
  for (const [node, part] of pairs("split.csv")) split[part].push(Number(node));

  const ends = pairs("edges.csv.gz");
  const edges = {
    sources: Uint32Array.from(ends, ([source]) => source),
    targets: Uint32Array.from(ends, ([, target]) => target),
    numNodes: rows,
  };
  const graph = await Graph.fromEdges(edges, { selfLoops: "drop" });
  const nodes = { labels, train: split.train, validation: split.val, test: split.test };
  return { graph, nodes: { ...nodes, features: { rows, columns, starts, indices, values } } };
}
