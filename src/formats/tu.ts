import { files } from "#platform";
import { FormatError, fileError } from "../io/errors.js";
import { type ByteStream, openStream } from "../io/source.js";
import { lineBlocks } from "./lines.js";

/**
 * Sets of graphs as TUDataset has them (Morris et al. 2020, https://chrsmrrs.github.io/datasets/docs/format/): text files
 * NAME_A.txt and so on, in which the nodes of all graphs are numbered from 1, a line a node, an edge or a graph.
 */

/** The files of a set, whole or as streams. */
export interface TuFiles {
  /** NAME_A.txt: `source, target` a line; an undirected edge usually has two. */
  edges: ByteStream;
  /** NAME_graph_indicator.txt: the graph of each node, from 1. */
  graphIndicator: ByteStream;
  /** NAME_graph_labels.txt: a number for each graph. */
  graphLabels: ByteStream;
  /** NAME_node_labels.txt and NAME_edge_labels.txt: an integer for each node, for each line of edges. */
  nodeLabels?: ByteStream;
  edgeLabels?: ByteStream;
  /** NAME_node_attributes.txt: as many numbers, separated by commas, for each node. */
  nodeAttributes?: ByteStream;
}

/** A set of G graphs with N nodes in all, which are numbered from 0. */
export interface TuDataset {
  numGraphs: number;
  numNodes: number;
  /** The graph of each node, 0 .. G - 1, [N]. */
  graphOf: Uint32Array;
  /** The ends of each edge, as often as the file has it. */
  sources: Uint32Array;
  targets: Uint32Array;
  /** A number for each graph, [G]: a class, or a value for regressions. */
  graphLabels: Float64Array;
  /** By node and by edge; null where there is no file. */
  nodeLabels: Float64Array | null;
  edgeLabels: Float64Array | null;
  /** [N, columns], row-major; null where there is no file. */
  nodeAttributes: { columns: number; values: Float64Array } | null;
}

const endings = {
  edges: "A",
  graphIndicator: "graph_indicator",
  graphLabels: "graph_labels",
  nodeLabels: "node_labels",
  edgeLabels: "edge_labels",
  nodeAttributes: "node_attributes",
} as const;
type Part = keyof typeof endings;
const required: readonly Part[] = ["edges", "graphIndicator", "graphLabels"];

/**
 * Reads a folder in which one set's files are, each as it is or compressed (.gz); attributes of edges and graphs are not
 * read. Throws FormatError, with file and line, for what is no number, lines that are too few or too many, nodes and graphs
 * that do not exist and edges between graphs.
 */
export async function readTu(folder: string): Promise<TuDataset> {
  const names = await files.list(folder).catch((error) => Promise.reject(fileError(folder, error)));
  const found = names.flatMap((name) => /^(.*)_A\.txt(?:\.gz)?$/.exec(name)?.[1] ?? []);
  if (found.length !== 1) {
    const what = found.length === 0 ? "none" : found.join(", ");
    throw new FormatError("header", { file: folder }, `one file *_A.txt of a set of graphs was needed, found ${what}`);
  }
  const streams: Partial<Record<Part, ByteStream>> = {};
  for (const part of Object.keys(endings) as Part[]) {
    const name = `${found[0]}_${endings[part]}.txt`;
    const present = [name, `${name}.gz`].find((candidate) => names.includes(candidate));
    if (present !== undefined) streams[part] = await openStream(`${folder}/${present}`);
    else if (required.includes(part)) {
      throw new FormatError("empty", { file: folder }, `a set of graphs needs ${name}, there is none`);
    }
  }
  return parseTu(streams as TuFiles);
}

/** The same from streams. */
export async function parseTu(streams: TuFiles): Promise<TuDataset> {
  const graphLabels = await readNumbers(streams.graphLabels, { columns: 1 });
  const numGraphs = graphLabels.rows;
  const indicator = await readNumbers(streams.graphIndicator, { columns: 1, integersFrom: [1, numGraphs] });
  const numNodes = indicator.rows;
  const graphOf = Uint32Array.from(indicator.values, (graph) => graph - 1);
  const edges = await readNumbers(streams.edges, {
    columns: 2,
    integersFrom: [1, numNodes],
    empty: true,
    check([source, target]) {
      const [a, b] = [graphOf[source - 1] + 1, graphOf[target - 1] + 1];
      return a === b ? null : `nodes ${source} and ${target} are of graphs ${a} and ${b}`;
    },
  });
  const labels = async (stream: ByteStream | undefined, rows: number, columns: number | null) =>
    stream === undefined ? null : readNumbers(stream, { columns, rows, empty: rows === 0 });
  const nodeAttributes = await labels(streams.nodeAttributes, numNodes, null);
  return {
    numGraphs,
    numNodes,
    graphOf,
    sources: Uint32Array.from({ length: edges.rows }, (_, e) => edges.values[2 * e] - 1),
    targets: Uint32Array.from({ length: edges.rows }, (_, e) => edges.values[2 * e + 1] - 1),
    graphLabels: graphLabels.values,
    nodeLabels: (await labels(streams.nodeLabels, numNodes, 1))?.values ?? null,
    edgeLabels: (await labels(streams.edgeLabels, edges.rows, 1))?.values ?? null,
    nodeAttributes: nodeAttributes && { columns: nodeAttributes.columns, values: nodeAttributes.values },
  };
}

interface NumbersWanted {
  /** Fields a line; null: as many as the first line has. */
  columns: number | null;
  /** Lines; any number by default. */
  rows?: number;
  /** Only integers in this range. */
  integersFrom?: readonly [least: number, most: number];
  /** Whether no lines are fine. */
  empty?: boolean;
  /** What is wrong with a line, or null. */
  check?(fields: readonly number[]): string | null;
}

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const mostFields = 2 ** 16;

/** Lines of finite numbers, separated by commas and spaces. Empty lines may follow, but not stand between. */
async function readNumbers(stream: ByteStream, wanted: NumbersWanted) {
  const values: number[] = [];
  let columns = wanted.columns ?? 0;
  let rows = 0;
  let blank = false;
  for await (const block of lineBlocks(stream)) {
    while (block.next()) {
      const text = asciiOf(block.bytes, block.start, block.end).trim();
      if (text === "") {
        blank = true;
        continue;
      }
      if (blank) throw block.error("fields", block.start, "an empty line before this one");
      const fields = text.split(",", mostFields + 1).map((field) => parseNumber(field.trim()));
      const bad = fields.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) throw block.error("number", block.start, `field ${bad + 1} is no finite number`);
      if (rows === 0 && wanted.columns === null) columns = fields.length;
      if (fields.length !== columns || columns > mostFields) {
        throw block.error("fields", block.start, `${columns} numbers were needed, found ${fields.length}`);
      }
      const [least, most] = wanted.integersFrom ?? [];
      const outside = fields.find(
        (value) => least !== undefined && most !== undefined && !isWithin(value, least, most),
      );
      if (outside !== undefined) {
        throw block.error("number", block.start, `an integer from ${least} to ${most} was needed, found ${outside}`);
      }
      if (rows === wanted.rows) throw block.error("trailing", block.start, `more than ${wanted.rows} lines`);
      const complaint = wanted.check?.(fields) ?? null;
      if (complaint !== null) throw block.error("fields", block.start, complaint);
      for (const value of fields) values.push(value);
      rows++;
    }
  }
  if (rows === 0 && !wanted.empty) throw new FormatError("empty", { file: stream.name }, "the file is empty");
  if (wanted.rows !== undefined && rows < wanted.rows) {
    throw new FormatError(
      "truncated",
      { file: stream.name, line: rows + 1 },
      `the file ends here, ${wanted.rows} lines were needed`,
    );
  }
  return { rows, columns, values: Float64Array.from(values) };
}

function parseNumber(field: string): number {
  return number.test(field) ? Number(field) : Number.NaN;
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** Bytes above 127 become characters that no number has. */
function asciiOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]);
  return text;
}
