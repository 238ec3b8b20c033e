import { FormatError } from "../io/errors.js";
import { knownOptions } from "../io/options.js";
import type { ByteStream } from "../io/source.js";
import { collectEdges, type EdgePlan } from "./edge-list.js";
import { counted, type GraphFile, type GraphReadOptions } from "./graph-file.js";

export interface MatrixMarketOptions extends GraphReadOptions {
  /** Threads that read; by default one a processor. The result does not depend on it. */
  threads?: number;
}

const where = "readMatrixMarket";
const mostNodes = 2 ** 32 - 2;

/** What the first lines announce. */
interface Announced {
  field: "pattern" | "real" | "integer";
  symmetric: boolean;
  rows: number;
  columns: number;
  entries: number;
}

/**
 * A sparse matrix in the Matrix Market exchange format (Boisvert, Pozo and Remington 1996, NISTIR 5935) as a graph: an
 * entry (i, j) is the edge i -> j, its value the weight. Formats: coordinate, pattern, real or integer, general or
 * symmetric. A symmetric matrix holds its lower triangle and is an undirected graph, a square general one is a directed
 * graph, and one of M rows and N other columns is bipartite, rows first. Nodes are numbers, from 0 (the file's from 1).
 *
 * Throws FormatError with the line for other kinds, for indices outside the matrix, for values that are not above 0 and
 * finite, and for counts that do not agree with what follows.
 */
export async function readMatrixMarket(stream: ByteStream, options: MatrixMarketOptions = {}): Promise<GraphFile> {
  knownOptions(where, options, ["threads", "memoryLimit", "signal", "onProgress"]);
  const file = stream.name;
  let announced: Announced | undefined;
  const { edges, lineOf } = await collectEdges(where, stream, { ...options, comments: "%" }, (head) => {
    const planned = planOf(head, stream);
    announced = planned.announced;
    return planned.plan;
  });
  const { field, symmetric, rows, columns, entries } = announced as unknown as Announced;
  if (edges.count !== entries) {
    const code = edges.count < entries ? "truncated" : "trailing";
    throw new FormatError(code, { file }, `${entries} entries are announced, there are ${edges.count}`);
  }
  const { sources, targets, weights } = edges.join();
  const square = rows === columns;
  for (let e = 0; e < entries; e++) {
    const [i, j] = [sources[e], targets[e]];
    if (i < 1 || i > rows || j < 1 || j > columns) {
      const message = `entry ${e + 1} is (${i}, ${j}), outside of ${rows} x ${columns}`;
      throw new FormatError("number", { file, line: lineOf(e) }, message);
    }
    if (symmetric && j > i) {
      const message = `entry ${e + 1} is (${i}, ${j}), above the diagonal of a symmetric matrix`;
      throw new FormatError("header", { file, line: lineOf(e) }, message);
    }
    sources[e] = i - 1;
    targets[e] = square ? j - 1 : rows + j - 1;
  }
  const placeOf = (edge: number) => ({ file, line: lineOf(edge) });
  const kind = symmetric ? "symmetric, so undirected" : square ? "general, so directed" : "not square, so bipartite";
  return {
    sources,
    targets,
    weights,
    numNodes: square ? rows : rows + columns,
    names: null,
    placeOf,
    ...(square ? {} : { bipartite: rows }),
    directed: square ? !symmetric : false,
    nodes: null,
    understood: `Matrix Market, ${rows} x ${columns}, ${counted(entries, "entry").replace("entrys", "entries")}, ${field === "pattern" ? "without values" : "values as weights"}; ${kind}`,
  };
}

const banner = /^%%MatrixMarket\s+matrix\s+(\w+)\s+(\w+)\s+(\S+)\s*$/i;

function planOf(head: Uint8Array, stream: ByteStream): { plan: EdgePlan; announced: Announced } {
  const file = stream.name;
  const decoder = new TextDecoder();
  let line = 0;
  let end = 0;
  const nextLine = (): string => {
    const found = head.indexOf(10, end);
    const stop = found < 0 ? head.length : found + 1;
    if (stop === end) throw new FormatError("truncated", { file, line: line + 1 }, "the file ends before its sizes");
    const text = decoder.decode(head.slice(end, Math.min(stop, end + 2000))).trim();
    end = stop;
    line++;
    return text;
  };
  const [, format, field, symmetry] = banner.exec(nextLine())?.map((word) => word.toLowerCase()) ?? [];
  const fail = (code: FormatError["code"], message: string) => new FormatError(code, { file, line }, message);
  if (format === undefined) throw fail("header", "the first line must be: %%MatrixMarket matrix coordinate ...");
  if (format !== "coordinate") throw fail("unsupported", `a coordinate matrix was needed, this is of format ${format}`);
  if (field !== "pattern" && field !== "real" && field !== "integer") {
    throw fail("unsupported", `values must be pattern, real or integer, these are ${field}`);
  }
  if (symmetry !== "general" && symmetry !== "symmetric") {
    throw fail("unsupported", `a matrix must be general or symmetric, this is ${symmetry}`);
  }
  let sizes = nextLine();
  while (sizes === "" || sizes.startsWith("%")) sizes = nextLine();
  const match = /^(\d{1,15})\s+(\d{1,15})\s+(\d{1,15})$/.exec(sizes);
  if (match === null)
    throw fail("header", `expected the number of rows, columns and entries, got ${JSON.stringify(sizes.slice(0, 60))}`);
  const [rows, columns, entries] = match.slice(1).map(Number);
  const symmetric = symmetry === "symmetric";
  if (rows < 1 || columns < 1) throw fail("empty", `a matrix of ${rows} x ${columns}`);
  if (rows + columns > mostNodes) throw fail("limit", `${rows} x ${columns}: at most ${mostNodes} nodes are read`);
  if (symmetric && rows !== columns) throw fail("header", `a symmetric matrix of ${rows} x ${columns}`);
  const fields = field === "pattern" ? 2 : 3;
  if (stream.size !== undefined && !stream.compressed && entries * 2 * fields > stream.size + 1) {
    throw fail("truncated", `${entries} entries are announced in a file of ${stream.size} bytes`);
  }
  const shape = {
    delimiter: 0,
    fields,
    header: null,
    headerEnd: end,
    headerLines: line,
    firstLine: line + 1,
    sample: [],
    sampleLines: [],
  };
  const plan = {
    shape,
    columns: { source: 0, target: 1, weight: fields === 3 ? 2 : -1, numbers: true },
    bipartite: false,
  };
  return { plan, announced: { field, symmetric, rows, columns, entries } };
}
