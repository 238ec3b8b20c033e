import { Breather } from "../../io/breather.js";
import { integerOption, knownOptions } from "../../io/options.js";
import { Meter, type TaskOptions } from "../../io/progress.js";
import { type GraphInput, structureOf } from "./labeled-graph.js";
import { Partition } from "./partition.js";

export interface RefinementOptions extends TaskOptions {
  /** At most so many rounds, from 0 up; by default until the partition is stable, after at most N - 1. */
  rounds?: number;
}

export interface Refinement {
  /** The color of each node, [N]; which node has which does not depend on how nodes are numbered. */
  colors: Uint32Array;
  numColors: number;
  /** How many colors there were after each round that split a class, labels (round 0) first; the last is numColors. */
  colorsByRound: number[];
  /** Whether another round would split no class; false only where `rounds` ended it, or may have. */
  stable: boolean;
}

/**
 * Color refinement, the 1-dimensional Weisfeiler-Leman algorithm: nodes begin with their labels as colors and are told
 * apart, round by round, by the colors of their neighbors (`Partition` has the equation), until no class splits. Degrees
 * are no colors to begin with: they show in round 1. In a directed graph the neighbors that a node points to and those
 * that point to it are two multisets. Colors of one round can be compared within a graph only; hashes compare graphs.
 *
 * O((N + E) log N) for all rounds, apart from sorting. Throws RangeError for labels that do not fit the graph.
 */
export async function colorRefinement(input: GraphInput, options: RefinementOptions = {}): Promise<Refinement> {
  const where = "colorRefinement";
  knownOptions(where, options, ["rounds", "signal", "onProgress"]);
  const { signal, onProgress } = options;
  const most =
    options.rounds === undefined ? Number.POSITIVE_INFINITY : integerOption(where, "rounds", options.rounds, 0);
  signal?.throwIfAborted();
  const structure = await structureOf(where, [input]);
  const partition = new Partition(structure);
  const breather = new Breather(signal);
  const meter = new Meter("refining", "items", undefined, onProgress); // colors, of which there may be any number
  const colorsByRound = [partition.numColors];
  let stable = false;
  while (!stable && colorsByRound.length <= most) {
    stable = !partition.refine();
    if (!stable) colorsByRound.push(partition.numColors);
    if (breather.due) await breather.pause();
    meter.update(partition.numColors);
  }
  meter.update(partition.numColors, {}, true);
  return { colors: partition.colors, numColors: partition.numColors, colorsByRound, stable };
}
