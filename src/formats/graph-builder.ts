import { FormatError, type FormatPlace } from "../io/errors.js";
import { Names } from "../io/names.js";
import { counted, type GraphFile } from "./graph-file.js";
import type { Column } from "./table.js";

/** A value of a node's attribute. */
export type AttributeValue = string | number | boolean | null;

/** Gathers a graph whose file names its nodes: a node is known from where it is first named, and must be declared. */
export class GraphBuilder {
  readonly #names = new Names();
  readonly #sources: number[] = [];
  readonly #targets: number[] = [];
  readonly #weights: number[] = [];
  readonly #declared: boolean[] = [];
  /** Where a node that is not declared yet was first named. */
  readonly #mentioned = new Map<number, () => FormatPlace>();
  readonly #columns = new Map<string, AttributeValue[]>();
  #unweighted = 0;

  get numEdges(): number {
    return this.#sources.length;
  }

  /** Declares a node, once. */
  addNode(name: string, place: () => FormatPlace): number {
    const node = this.#nodeOf(name, place);
    if (this.#declared[node]) throw new FormatError("duplicate", place(), `the node ${quote(name)} stands twice`);
    this.#declared[node] = true;
    this.#mentioned.delete(node);
    return node;
  }

  setAttribute(node: number, name: string, value: AttributeValue): void {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = [];
      this.#columns.set(name, column);
    }
    column[node] = value;
  }

  /** An edge; a weight that is undefined counts as 1 where others have one. `place` may be asked much later. */
  addEdge(source: string, target: string, weight: number | undefined, place: () => FormatPlace): void {
    if (weight !== undefined && !(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new FormatError("number", place(), `a weight must be a finite number above 0, got ${weight}`);
    }
    for (const [name, ends] of [
      [source, this.#sources],
      [target, this.#targets],
    ] as const) {
      const node = this.#nodeOf(name, place);
      if (!this.#declared[node] && !this.#mentioned.has(node)) this.#mentioned.set(node, place);
      ends.push(node);
    }
    this.#weights.push(weight ?? 1);
    if (weight === undefined) this.#unweighted++;
  }

  /** `format` begins what is said. Throws FormatError where an edge names a node that was not declared, or without nodes. */
  finish(file: string, format: string, directed: boolean | null): GraphFile {
    const count = this.#names.length;
    if (count === 0) throw new FormatError("empty", { file }, "no nodes");
    for (const [node, place] of this.#mentioned) {
      const name = quote(this.#names.get(node));
      throw new FormatError("fields", place(), `an edge names the node ${name}, which there is not`);
    }
    const edges = this.#sources.length;
    const weighted = this.#unweighted < edges;
    const place = numbersOf(this.#names);
    const ends = (list: number[]) => Uint32Array.from(place === null ? list : list.map((node) => place[node]));
    const said = [
      `${format}, ${counted(count, "node")}, ${counted(edges, "edge")}, ${directed === null ? "" : directed ? "directed, " : "undirected, "}${weighted ? "with weights" : "no weights"}`,
      ...(weighted && this.#unweighted > 0 ? [`${counted(this.#unweighted, "edge")} without weight count as 1`] : []),
      ...(this.#columns.size === 0 ? [] : [`columns of nodes: ${[...this.#columns.keys()].join(", ")}`]),
      place === null ? "nodes are names" : `nodes are called by their numbers, 0 to ${count - 1}`,
    ];
    return {
      sources: ends(this.#sources),
      targets: ends(this.#targets),
      weights: weighted ? Float64Array.from(this.#weights) : null,
      numNodes: count,
      names: place === null ? this.#names : null,
      directed,
      nodes: this.#columns.size === 0 ? null : { rows: count, columns: this.#table(count, place) },
      understood: said.join("; "),
    };
  }

  #nodeOf(name: string, place: () => FormatPlace): number {
    const known = this.#names.indexOf(name);
    if (known >= 0) return known;
    try {
      return this.#names.add(name);
    } catch (error) {
      throw new FormatError("encoding", place(), `the name ${quote(name)} is no valid Unicode`, { cause: error });
    }
  }

  #table(count: number, place: Uint32Array | null): Map<string, Column> {
    const columns = new Map<string, Column>();
    for (const [name, values] of this.#columns) {
      const column: AttributeValue[] = new Array(count).fill(null);
      for (let node = 0; node < count; node++) column[place === null ? node : place[node]] = values[node] ?? null;
      columns.set(name, column);
    }
    return columns;
  }
}

/** Where the names are 0 to N - 1 in any order, the number of each; null otherwise. */
function numbersOf(names: Names): Uint32Array | null {
  const numbers = new Uint32Array(names.length);
  let row = 0;
  for (const name of names) {
    if (!/^(?:0|[1-9]\d{0,8})$/.test(name) || Number(name) >= names.length) return null;
    numbers[row++] = Number(name);
  }
  return numbers;
}

function quote(name: string): string {
  return JSON.stringify(name.slice(0, 60));
}
