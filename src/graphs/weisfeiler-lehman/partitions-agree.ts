import { Breather } from "../../io/breather.js";
import { integerOption, knownOptions, numberOption, wordOption } from "../../io/options.js";
import { Meter, type TaskOptions } from "../../io/progress.js";
import { type GraphInput, structureOf } from "./labeled-graph.js";
import { Partition } from "./partition.js";
import { groupRows, type MessageForm, messageForms, randomMessages } from "./random-messages.js";

export interface PartitionsAgreeOptions extends TaskOptions {
  /** How messages are passed, see `randomMessages`: "separate" by default, "symmetric" is a plain GCN. */
  form?: MessageForm;
  /** How many random networks are tried; 100 by default. */
  seeds?: number;
  /** The first network's seed, of which the others' count on; 1 by default. */
  seed?: number;
  /** Features a node; 16 by default. With few, and at hubs, tanh comes near 1 everywhere and nodes look alike. */
  width?: number;
  /** Layers; by default as many as the rounds in which color refinement splits a class, at least 1. */
  layers?: number;
  /** Features that differ by no more are equal; 1e-7 by default, well above rounding and well below differences. */
  tolerance?: number;
}

/** What the groups of one network are to the stable partition of Weisfeiler-Lehman. */
export type Agreement = "equal" | "coarser" | "finer" | "crossing";

export interface PartitionsAgreement {
  /** The share of seeds whose groups equal the partition. */
  share: number;
  /** Seeds by what their groups are to the partition. */
  counts: Record<Agreement, number>;
  /** The class of each node by color refinement, [N], and by the last network. */
  colors: Uint32Array;
  groups: Uint32Array;
  numColors: number;
  layers: number;
}

/**
 * The parallel of Weisfeiler-Lehman and message passing, as an experiment: random networks from constant features, their
 * nodes grouped by equal outputs, against the stable partition of color refinement, over many seeds. A layer can tell
 * apart no more than a round does; with a weight of its own for the node ("separate") random weights tell apart as much,
 * all but surely. A plain GCN ("symmetric") and the plain sum add a node's features to its neighbors' and lose which is
 * which: an edge whose ends have different labels becomes one group. A mean from constant features tells apart nothing.
 *
 * Throws RangeError for labels that do not fit, and for directions or edge labels where the form does not see them.
 */
export async function partitionsAgree(
  input: GraphInput,
  options: PartitionsAgreeOptions = {},
): Promise<PartitionsAgreement> {
  const where = "partitionsAgree";
  knownOptions(where, options, ["form", "seeds", "seed", "width", "layers", "tolerance", "signal", "onProgress"]);
  const form = wordOption(where, "form", options.form ?? "separate", messageForms);
  const seeds = integerOption(where, "seeds", options.seeds ?? 100, 1);
  const seed = integerOption(where, "seed", options.seed ?? 1, 0, Number.MAX_SAFE_INTEGER - seeds);
  const width = integerOption(where, "width", options.width ?? 16, 1);
  const tolerance = numberOption(where, "tolerance", options.tolerance ?? 1e-7, { least: 0 });
  options.signal?.throwIfAborted();
  const structure = await structureOf(where, [input]);
  if (form !== "separate" && (structure.directed || structure.edgeLabels.length > 1)) {
    throw new RangeError(
      `${where}: form must be separate for a graph that is directed or has edge labels, got "${form}"`,
    );
  }
  const partition = new Partition(structure);
  let rounds = 0;
  while (partition.refine()) rounds++;
  const layers = integerOption(where, "layers", options.layers ?? Math.max(1, rounds), 1);

  const breather = new Breather(options.signal);
  const meter = new Meter("comparing", "items", seeds, options.onProgress);
  const counts = { equal: 0, coarser: 0, finer: 0, crossing: 0 };
  let groups: Uint32Array = new Uint32Array();
  for (let k = 0; k < seeds; k++) {
    groups = groupRows(randomMessages(structure, { form, layers, width, seed: seed + k }), width, tolerance);
    counts[compare(groups, partition.colors)]++;
    if (breather.due) await breather.pause();
    meter.update(k + 1, {}, k + 1 === seeds);
  }
  const { colors, numColors } = partition;
  return { share: counts.equal / seeds, counts, colors, groups, numColors, layers };
}

/** What the first partition is to the second. */
function compare(first: Uint32Array, second: Uint32Array): Agreement {
  const meets = new Set(Array.from(first, (group, v) => group * second.length + second[v])).size;
  const [a, b] = [new Set(first).size, new Set(second).size];
  if (a === meets && b === meets) return "equal";
  return a === meets ? "finer" : b === meets ? "coarser" : "crossing"; // each group in one class, or the other way round
}
