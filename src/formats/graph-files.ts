import { FormatError } from "../io/errors.js";
import { knownOptions, wordOption } from "../io/options.js";
import { type ByteStream, openSource, openStream } from "../io/source.js";
import { readAdjacencyList } from "./adjacency-list.js";
import { type EdgeListOptions, readEdgeList } from "./edge-list.js";
import { readGexf } from "./gexf.js";
import type { GraphFile } from "./graph-file.js";
import { readGraphml } from "./graphml.js";
import { readMatrixMarket } from "./matrix-market.js";
import { readNodeLink } from "./node-link.js";
import { readParquetEdges } from "./parquet-edges.js";

export const graphFormats = ["edges", "adjacency", "adjlist", "mtx", "json", "graphml", "gexf", "parquet"] as const;
/** A format of graphs: "adjacency" has a line of successors a node, "adjlist" lines that begin with their node. */
export type GraphFormat = (typeof graphFormats)[number];

export interface GraphFileOptions extends Omit<EdgeListOptions, "weight"> {
  /** By default found by the file's name and its first bytes. */
  format?: GraphFormat | "auto";
  /** Column, key or attribute of the weights; null: none. By default as each format tells. */
  weight?: string | number | null;
}

const where = "readGraphFile";

/** Options that a format has beside those of all. */
const own: Record<GraphFormat, readonly (keyof GraphFileOptions)[]> = {
  edges: ["delimiter", "header", "comments", "source", "target", "weight", "ids", "bipartite", "threads"],
  adjacency: ["comments", "threads"],
  adjlist: ["comments", "ids", "threads"],
  mtx: ["threads"],
  json: ["weight"],
  graphml: ["weight"],
  gexf: ["weight"],
  parquet: ["source", "target", "weight", "ids", "bipartite"],
};
const shared = ["memoryLimit", "signal", "onProgress"] as const;

/**
 * Reads a graph from a file whose format is found by its name and content: Parquet, Matrix Market, GraphML, GEXF, JSON of
 * nodes and links, adjacency lists (`.adjlist`; names with "adjacency" in them), edge lists otherwise. Text may be
 * compressed by gzip; `-` is standard input. Options that the format does not have are refused, but for `threads`.
 * Errors are those of the format's reader.
 */
export async function readGraphFile(path: string, options: GraphFileOptions = {}): Promise<GraphFile> {
  knownOptions(where, options, ["format", ...own.edges, ...shared]);
  const asked = wordOption(where, "format", options.format ?? "auto", ["auto", ...graphFormats]);
  const { stream, head } = await peek(await openStream(path), path === "-");
  const format = asked === "auto" ? graphFormatOf(path, head) : asked;
  const given = Object.entries(options).filter(([name, value]) => value !== undefined && name !== "format");
  for (const [name] of given) {
    if (name === "threads" || (shared as readonly string[]).includes(name)) continue;
    if (!(own[format] as readonly string[]).includes(name)) {
      throw new RangeError(`${where}: ${path} is of format ${format}, which has no option ${name}`);
    }
  }
  const known = [...own[format], ...shared] as readonly string[];
  const passed = Object.fromEntries(given.filter(([name]) => known.includes(name)));
  const weightName = (): object => {
    if (typeof options.weight !== "number") return passed;
    throw new RangeError(`${where}: in ${format} weight must be a name, got ${options.weight}`);
  };
  switch (format) {
    case "edges":
      return readEdgeList(stream, passed);
    case "adjacency":
      return readAdjacencyList(stream, { ...passed, lines: "successors" });
    case "adjlist":
      return readAdjacencyList(stream, { ...passed, lines: "node" });
    case "mtx":
      return readMatrixMarket(stream, passed);
    case "json":
      return readNodeLink(stream, weightName());
    case "graphml":
      return readGraphml(stream, weightName());
    case "gexf":
      return readGexf(stream, weightName());
    case "parquet": {
      if (path === "-") throw new FormatError("unsupported", { file: "<stdin>" }, "Parquet is read from a file only");
      const source = await openSource(path);
      try {
        return await readParquetEdges(source, passed);
      } finally {
        await source.close();
      }
    }
  }
}

/** The format of a graph's file by its name and its first bytes, decompressed. */
export function graphFormatOf(path: string, head: Uint8Array): GraphFormat {
  const name = path.toLowerCase().replace(/\.gz$/, "");
  const text = new TextDecoder()
    .decode(head)
    .replace(/^\ufeff/, "")
    .trimStart();
  if (text.startsWith("PAR1")) return "parquet";
  if (/^%%matrixmarket/i.test(text)) return "mtx";
  if (text.startsWith("<")) return name.endsWith(".gexf") || /<gexf[\s>]/.test(text) ? "gexf" : "graphml";
  if (text.startsWith("{") || name.endsWith(".json")) return "json";
  if (name.endsWith(".parquet")) return "parquet";
  if (name.endsWith(".mtx")) return "mtx";
  if (name.endsWith(".graphml")) return "graphml";
  if (name.endsWith(".gexf")) return "gexf";
  if (name.endsWith(".adjlist")) return "adjlist";
  return /adjacency[^/\\]*$/.test(name) ? "adjacency" : "edges";
}

const headBytes = 4096;

/** The first bytes of a stream, and the stream from its beginning: a file is opened again, standard input comes once. */
async function peek(stream: ByteStream, once: boolean): Promise<{ stream: ByteStream; head: Uint8Array }> {
  const iterator = stream[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  const head = new Uint8Array(headBytes);
  let length = 0;
  while (length < headBytes) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(next.value);
    const part = next.value.subarray(0, headBytes - length);
    head.set(part, length);
    length += part.length;
  }
  if (!once) {
    await iterator.return?.();
    return { stream, head: head.subarray(0, length) };
  }
  const again = async function* () {
    yield* first;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  };
  const { name, size, compressed } = stream;
  return { stream: { name, size, compressed, [Symbol.asyncIterator]: again }, head: head.subarray(0, length) };
}
