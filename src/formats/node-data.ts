import { FormatError } from "../io/errors.js";
import { Names } from "../io/names.js";
import { knownOptions } from "../io/options.js";
import { counted, type GraphFile } from "./graph-file.js";
import type { NodeTable } from "./node-table.js";
import type { SparseMatrix } from "./sparse-features.js";

/** A full matrix of a row for each node. */
export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** rows x columns, row by row. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Classes of nodes. */
export interface NodeLabels {
  /** What classes are called: numbers in order of number, other names sorted by code unit. */
  readonly classes: readonly string[];
  /** The class of each node, -1 where it has none; null where a node has several. */
  readonly of: Int32Array<ArrayBuffer> | null;
  /** The classes of node i, in order: indices[offsets[i]] .. indices[offsets[i + 1] - 1]. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  readonly indices: Uint32Array<ArrayBuffer>;
}

/** Nodes by what they are for, in order. */
export interface NodeSplit {
  readonly train: Uint32Array<ArrayBuffer>;
  readonly val: Uint32Array<ArrayBuffer>;
  readonly test: Uint32Array<ArrayBuffer>;
}

/** A graph and what is known of its nodes, in their order. */
export interface NodeData {
  /** The graph, with nodes that only tables have as isolated ones behind the others. */
  readonly graph: GraphFile;
  readonly features: SparseMatrix | DenseMatrix | null;
  readonly labels: NodeLabels | null;
  readonly split: NodeSplit | null;
  readonly understood: string;
}

/** What is joined to a graph; one table may serve for several. */
export interface NodeSources {
  /** Columns of numbers as features: those named, or all but the label's and the split's. */
  features?: { table: NodeTable; columns?: readonly string[] } | SparseMatrix | null;
  /** The column of the classes; several rows may stand for one node, each with a class. An empty field or -1 is none. */
  labels?: { table: NodeTable; column?: string } | null;
  /** The column that says train, val (or valid, validation) or test; an empty field is none. */
  split?: { table: NodeTable; column?: string } | null;
}

const where = "joinNodes";

/**
 * Joins tables about nodes to a graph by the nodes' names. Rows of sparse features are nodes 0, 1, ... by name.
 *
 * Nodes that only tables have are added to the graph as isolated nodes. Throws FormatError where features miss a node that
 * edges name, where a node has two rows of features or of the split, where a column is not there or not of numbers, and
 * for other words than train, val and test; with the line where there is one.
 */
export function joinNodes(graph: GraphFile, sources: NodeSources): NodeData {
  knownOptions(where, sources, ["features", "labels", "split"]);
  const { features, labels, split } = sources;
  const index = new NodeIndex(graph);
  const tables = new Set<NodeTable>();
  for (const source of [features, labels, split]) if (source && "table" in source) tables.add(source.table);
  for (const table of tables) for (const id of table.ids) index.add(id);
  if (features && !("table" in features)) for (let row = 0; row < features.rows; row++) index.add(String(row));
  const joined = index.graph();
  const labelColumn = labels
    ? columnOf(labels.table, labels.column, ["label", "class", "y", "target"], "labels")
    : undefined;
  const splitColumn = split ? columnOf(split.table, split.column, ["split", "set", "fold"], "split") : undefined;
  const result = {
    features: features
      ? "table" in features
        ? denseFeatures(
            index,
            features.table,
            features.columns ?? numericBut(features.table, [labelColumn, splitColumn]),
          )
        : sparseFeatures(index, features)
      : null,
    labels: labels ? labelsOf(index, labels.table, labelColumn as string) : null,
    split: split ? splitOf(index, split.table, splitColumn as string) : null,
  };
  const said = [
    ...(index.added === 0 ? [] : [`${counted(index.added, "node")} without edges added`]),
    ...(result.features === null ? [] : [counted(result.features.columns, "feature")]),
    ...(result.labels === null
      ? []
      : [`${counted(result.labels.classes.length, "class").replace("classs", "classes")} by "${labelColumn}"`]),
    ...(result.split === null
      ? []
      : [
          `${result.split.train.length} / ${result.split.val.length} / ${result.split.test.length} nodes to train, validate and test`,
        ]),
  ];
  return { graph: joined, ...result, understood: said.join("; ") };
}

/** Nodes by number that tables may add beyond twice those of the edges, so that a slip does not ask for billions. */
const mostAdded = 2 ** 20;

/** Numbers of nodes by name, more than the graph has where tables know more. */
class NodeIndex {
  readonly #graph: GraphFile;
  readonly #names: Names | null;
  #numNodes: number;

  constructor(graph: GraphFile) {
    this.#graph = graph;
    this.#names = graph.names === null ? null : Names.from(graph.names);
    this.#numNodes = graph.numNodes;
  }

  get numNodes(): number {
    return this.#numNodes;
  }
  get added(): number {
    return this.#numNodes - this.#graph.numNodes;
  }

  /** The number of a node; -1 where there is none of that name. */
  of(name: string): number {
    if (this.#names !== null) return this.#names.indexOf(name);
    const node = /^(?:0|[1-9]\d{0,8})$/.test(name) ? Number(name) : -1;
    return node < this.#numNodes ? node : -1;
  }

  nameOf(node: number): string {
    return this.#names?.get(node) ?? String(node);
  }

  add(name: string): void {
    if (this.of(name) >= 0) return;
    if (this.#names !== null) this.#names.add(name, where);
    else if (!/^(?:0|[1-9]\d{0,8})$/.test(name)) {
      throw new FormatError(
        "number",
        { file: "node table" },
        `nodes are called by their numbers, ${JSON.stringify(name.slice(0, 60))} is none`,
      );
    } else if (Number(name) >= 2 * this.#graph.numNodes + mostAdded) {
      throw new FormatError(
        "limit",
        { file: "node table" },
        `the node ${name} of a table, in a graph of ${this.#graph.numNodes} nodes`,
      );
    } else this.#numNodes = Number(name) + 1;
    if (this.#names !== null) this.#numNodes = this.#names.length;
  }

  graph(): GraphFile {
    if (this.added === 0) return this.#graph;
    if (this.#graph.bipartite !== undefined) {
      throw new FormatError(
        "fields",
        { file: "node table" },
        `${counted(this.added, "node")} that no edge names, in a bipartite graph: of which kind they are is not known`,
      );
    }
    return { ...this.#graph, numNodes: this.#numNodes, names: this.#names };
  }
}

function columnOf(table: NodeTable, choice: string | undefined, usual: readonly string[], what: string): string {
  const names = [...table.columns.keys()];
  const name = choice ?? names.find((column) => usual.includes(column.toLowerCase()));
  if (name !== undefined && table.columns.has(name)) return name;
  const wanted = choice === undefined ? `one of ${usual.join(", ")}` : JSON.stringify(choice);
  throw new FormatError(
    "header",
    { file: table.file, line: 1 },
    `${what}: expected a column ${wanted}, there are ${names.join(", ") || "none"}`,
  );
}

/** The columns about nodes that a graph's own file has, as a table; null where there are none. */
export function tableOfGraph({ nodes, names, numNodes, file }: GraphFile & { file: string }): NodeTable | null {
  if (nodes === null) return null;
  const columns = new Map<string, readonly string[] | Float64Array>();
  for (const [name, column] of nodes.columns) {
    const values = Array.from<string | number | boolean | null>(column);
    const numbers = values.every((value) => value === null || typeof value === "number");
    columns.set(
      name,
      numbers
        ? Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)))
        : values.map((value) => (value === null ? "" : String(value))),
    );
  }
  const ids = Array.from({ length: numNodes }, (_, node) => names?.get(node) ?? String(node));
  return { file, rows: numNodes, ids, columns, understood: `columns ${[...columns.keys()].join(", ")}` };
}

function numericBut(table: NodeTable, others: readonly (string | undefined)[]): string[] {
  return [...table.columns]
    .filter(([name, column]) => column instanceof Float64Array && !others.includes(name))
    .map(([name]) => name);
}

function denseFeatures(index: NodeIndex, table: NodeTable, names: readonly string[]): DenseMatrix {
  const { file } = table;
  if (names.length === 0) throw new FormatError("fields", { file }, "no column of numbers that could be a feature");
  const columns = names.map((name) => {
    const column = table.columns.get(name);
    if (column === undefined)
      throw new FormatError("header", { file, line: 1 }, `there is no column ${JSON.stringify(name)}`);
    if (column instanceof Float64Array) return column;
    throw new FormatError("number", { file }, `the column ${JSON.stringify(name)} holds other things than numbers`);
  });
  const values = new Float32Array(index.numNodes * names.length);
  const seen = new Uint8Array(index.numNodes);
  for (let row = 0; row < table.rows; row++) {
    const node = index.of(table.ids[row]);
    const place = { file, line: table.lines?.[row] };
    if (seen[node] !== 0)
      throw new FormatError("duplicate", place, `the node ${JSON.stringify(table.ids[row])} has features already`);
    seen[node] = 1;
    for (const [k, column] of columns.entries()) {
      if (Number.isNaN(column[row]))
        throw new FormatError("number", place, `the feature ${JSON.stringify(names[k])} is missing`);
      values[node * names.length + k] = column[row];
    }
  }
  const without = seen.indexOf(0);
  if (without >= 0) {
    throw new FormatError(
      "fields",
      { file },
      `the node ${JSON.stringify(index.nameOf(without))} of the edges has no features`,
    );
  }
  return { rows: index.numNodes, columns: names.length, values };
}

function sparseFeatures(index: NodeIndex, matrix: SparseMatrix): SparseMatrix {
  const { numNodes } = index;
  const rowOf = new Int32Array(numNodes).fill(-1);
  for (let row = 0; row < matrix.rows; row++) rowOf[index.of(String(row))] = row;
  const without = rowOf.indexOf(-1);
  if (without >= 0) {
    const message = `the node ${JSON.stringify(index.nameOf(without))} has no row among the ${matrix.rows} of the features`;
    throw new FormatError("fields", { file: "features" }, message);
  }
  const offsets = new Uint32Array(numNodes + 1);
  const indices = new Uint32Array(matrix.indices.length);
  const values = new Float32Array(matrix.values.length);
  for (let node = 0, at = 0; node < numNodes; node++) {
    const [start, end] = [matrix.offsets[rowOf[node]], matrix.offsets[rowOf[node] + 1]];
    indices.set(matrix.indices.subarray(start, end), at);
    values.set(matrix.values.subarray(start, end), at);
    at += end - start;
    offsets[node + 1] = at;
  }
  return { rows: numNodes, columns: matrix.columns, offsets, indices, values };
}

function labelsOf(index: NodeIndex, table: NodeTable, name: string): NodeLabels {
  const column = table.columns.get(name) as readonly string[] | Float64Array;
  const textOf = (row: number) => (Number.isNaN(column[row]) ? "" : String(column[row]));
  const isNone = (text: string) => text === "" || text === "-1";
  const distinct = new Set<string>();
  for (let row = 0; row < table.rows; row++) distinct.add(textOf(row));
  const classes = [...distinct].filter((text) => !isNone(text));
  if (column instanceof Float64Array) classes.sort((a, b) => Number(a) - Number(b));
  else classes.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const numberOf = new Map(classes.map((text, k) => [text, k]));
  const own = Array.from({ length: index.numNodes }, (): number[] => []);
  for (let row = 0; row < table.rows; row++) {
    const text = textOf(row);
    if (isNone(text)) continue;
    const list = own[index.of(table.ids[row])];
    const label = numberOf.get(text) as number;
    if (list.includes(label)) {
      const message = `the node ${JSON.stringify(table.ids[row])} has the class ${JSON.stringify(text)} already`;
      throw new FormatError("duplicate", { file: table.file, line: table.lines?.[row] }, message);
    }
    list.push(label);
  }
  const offsets = new Uint32Array(own.length + 1);
  for (const [node, list] of own.entries()) offsets[node + 1] = offsets[node] + list.length;
  const indices = Uint32Array.from(own.flatMap((list) => list.sort((a, b) => a - b)));
  const single = own.every((list) => list.length <= 1);
  return { classes, of: single ? Int32Array.from(own, (list) => list[0] ?? -1) : null, offsets, indices };
}

const parts: Record<string, keyof NodeSplit> = {
  train: "train",
  training: "train",
  val: "val",
  valid: "val",
  validation: "val",
  test: "test",
};

function splitOf(index: NodeIndex, table: NodeTable, name: string): NodeSplit {
  const column = table.columns.get(name) as readonly string[] | Float64Array;
  const nodes = { train: [] as number[], val: [] as number[], test: [] as number[] };
  const seen = new Set<number>();
  for (let row = 0; row < table.rows; row++) {
    const word = String(column[row]).toLowerCase();
    if (word === "") continue;
    const place = { file: table.file, line: table.lines?.[row] };
    if (!Object.hasOwn(parts, word)) {
      throw new FormatError("fields", place, `expected train, val or test, got ${JSON.stringify(word.slice(0, 40))}`);
    }
    const node = index.of(table.ids[row]);
    if (seen.has(node))
      throw new FormatError("duplicate", place, `the node ${JSON.stringify(table.ids[row])} stands twice`);
    seen.add(node);
    nodes[parts[word]].push(node);
  }
  const sorted = (list: number[]) => Uint32Array.from(list).sort();
  return { train: sorted(nodes.train), val: sorted(nodes.val), test: sorted(nodes.test) };
}
