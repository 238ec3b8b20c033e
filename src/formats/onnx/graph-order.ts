import type { FormatErrorCode } from "../../io/errors.js";
import type { OnnxGraph, OnnxNode } from "./model.js";

/** Makes the error of a graph that is not sound; `graph` and `node`, an index, tell where where that is known. */
export type GraphFault = (code: FormatErrorCode, message: string, graph: OnnxGraph, node?: number) => Error;

/**
 * Checks that every name of a graph and of the graphs within it has one value, that every value that is used is there,
 * and that no node needs its own result (https://onnx.ai/onnx/repo-docs/IR.html, "Names Within a Graph"). Nodes that
 * stand before what they need are brought into order, in which nodes in order stay; with `sort` false they are a fault.
 */
export function orderGraph(graph: OnnxGraph, fault: GraphFault, sort = true): void {
  const free = new GraphOrder(graph, fault, sort).settle();
  for (const [name, node] of free) {
    const message = `${nodeLabel(graph.nodes[node])} takes ${JSON.stringify(name)}, which nothing makes`;
    throw fault("header", message, graph, node);
  }
  checkShadows(graph, [], fault);
}

/** `node "name" (Op)`, for messages. */
export function nodeLabel({ name, opType }: OnnxNode): string {
  return name === "" ? `a node without name (${opType})` : `node ${JSON.stringify(name)} (${opType})`;
}

/** The graphs among a node's attributes. */
function graphsOf(node: OnnxNode): readonly OnnxGraph[] {
  let graphs = noGraphs;
  for (const key in node.attributes) {
    const attribute = node.attributes[key];
    if (attribute.kind === "graph") graphs = [...graphs, attribute.value];
  }
  return graphs;
}

const noGraphs: readonly OnnxGraph[] = [];

/** A value that is there before any node runs. */
const given = -1;

class GraphOrder {
  readonly #graph: OnnxGraph;
  readonly #fault: GraphFault;
  readonly #sort: boolean;
  /** Name of a value -> the node that makes it, or `given`. */
  readonly #makers = new Map<string, number>();
  /** Names that the graphs within a node take from around them, by the node's index. */
  readonly #captured = new Map<number, string[]>();

  constructor(graph: OnnxGraph, fault: GraphFault, sort: boolean) {
    this.#graph = graph;
    this.#fault = fault;
    this.#sort = sort;
  }

  /** Checks and sorts; returns the names that must come from around the graph, each with a node that takes it. */
  settle(): Map<string, number> {
    this.#collectMakers();
    const free = new Map<string, number>();
    let inOrder = true;
    const { nodes } = this.#graph;
    for (let index = 0; index < nodes.length; index++) {
      this.#settleWithin(nodes[index], index);
      for (const name of this.#needs(index)) {
        if (name === "") continue;
        const maker = this.#makers.get(name);
        if (maker === undefined) free.set(name, index);
        else if (maker >= index) inOrder = false;
      }
    }
    for (const { name } of this.#graph.outputs) {
      if (!this.#makers.has(name)) throw this.#error("header", `nothing makes the output ${JSON.stringify(name)}`);
    }
    if (!inOrder) this.#reorder();
    return free;
  }

  #collectMakers(): void {
    const { inputs, outputs, initializers, nodes } = this.#graph;
    for (const { name } of inputs) this.#add(name, given, "input");
    for (const name of initializers.keys()) {
      if (!this.#makers.has(name)) this.#add(name, given, "initializer");
    }
    for (const [index, node] of nodes.entries()) {
      for (const name of node.outputs) {
        if (name !== "") this.#add(name, index, "value");
      }
    }
    const seen = new Set<string>();
    for (const { name } of outputs) {
      if (seen.has(name)) throw this.#error("duplicate", `the output ${JSON.stringify(name)} stands twice`);
      seen.add(name);
    }
  }

  #add(name: string, maker: number, kind: string): void {
    if (name === "") throw this.#error("header", `an ${kind} of the graph has no name`);
    if (this.#makers.has(name)) {
      const message = `the ${kind} ${JSON.stringify(name)} is made twice`;
      throw this.#error("duplicate", message, maker === given ? undefined : maker);
    }
    this.#makers.set(name, maker);
  }

  #settleWithin(node: OnnxNode, index: number): void {
    const graphs = graphsOf(node);
    if (graphs.length === 0) return;
    const captured = graphs.flatMap((graph) => [...new GraphOrder(graph, this.#fault, this.#sort).settle().keys()]);
    if (captured.length > 0) this.#captured.set(index, captured);
  }

  /** Names of the values that a node and the graphs within it take; "" stands for none. */
  #needs(index: number): string[] {
    const { inputs } = this.#graph.nodes[index];
    const captured = this.#captured.get(index);
    return captured === undefined ? inputs : [...inputs, ...captured];
  }

  /** Depth first, without recursion: before a node come the nodes that it needs. */
  #reorder(): void {
    const { nodes } = this.#graph;
    if (!this.#sort) throw this.#error("header", "a node stands before one whose output it takes");
    const ordered: OnnxNode[] = [];
    const entered = new Uint8Array(nodes.length);
    const left = new Uint8Array(nodes.length);
    const path: { index: number; makers: number[] }[] = [];
    const enter = (index: number) => {
      entered[index] = 1;
      const makers = Array.from(this.#needs(index), (name) => this.#makers.get(name) ?? given);
      path.push({ index, makers: makers.filter((maker) => maker !== given).reverse() });
    };
    for (let root = 0; root < nodes.length; root++) {
      if (entered[root] === 0) enter(root);
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const maker = top.makers.pop();
        if (maker === undefined) {
          left[top.index] = 1;
          ordered.push(nodes[top.index]);
          path.pop();
        } else if (entered[maker] === 0) enter(maker);
        else if (left[maker] === 0)
          throw this.#cycle(
            path.map(({ index }) => index),
            maker,
          );
      }
    }
    this.#graph.nodes = ordered;
  }

  #cycle(path: number[], first: number): Error {
    const needed = path.slice(path.indexOf(first) + 1); // each needs the next, the last needs the first
    const cycle = [first, ...needed.reverse()];
    const shown = cycle.slice(0, 10).map((index) => nodeLabel(this.#graph.nodes[index]));
    const more = cycle.length > shown.length ? `, and ${cycle.length - shown.length} more` : "";
    return this.#error(
      "header",
      `a cycle, in which each takes what the one before makes: ${shown.join(", ")}${more}`,
      first,
    );
  }

  #error(code: FormatErrorCode, message: string, node?: number): Error {
    return this.#fault(code, `graph ${JSON.stringify(this.#graph.name)}: ${message}`, this.#graph, node);
  }
}

/** No value of a graph within a node may have the name of one that the node can see. */
function checkShadows(graph: OnnxGraph, around: Set<string>[], fault: GraphFault): void {
  if (around.length === 0 && !graph.nodes.some((node) => graphsOf(node).length > 0)) return;
  const visible = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
  const check = (name: string, node?: number) => {
    if (!around.some((names) => names.has(name))) return;
    const message = `graph ${JSON.stringify(graph.name)}: ${JSON.stringify(name)} is made here and around the graph`;
    throw fault("duplicate", message, graph, node);
  };
  for (const name of visible) check(name);
  for (const [index, node] of graph.nodes.entries()) {
    for (const within of graphsOf(node)) checkShadows(within, [...around, visible], fault);
    for (const name of node.outputs) {
      if (name === "") continue;
      check(name, index);
      visible.add(name);
    }
  }
}
