import type { LabeledNodes } from "../graphs/labeled-nodes.js";
import type { CheckpointSettings } from "../io/checkpoint-options.js";
import type { TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import type { Space } from "../space/space.js";
import { UsageError } from "./exit-codes.js";
import type { KnownNodes } from "./node-tables.js";
import { percent, plural } from "./output.js";

/** Flags of methods that embed nodes, by the library's names of the options. */
export interface GraphMethodFlags {
  dimensions?: number;
  epochs?: number;
  learningRate?: number;
  seed?: number;
  walks?: number;
  walkLength?: number;
  p?: number;
  q?: number;
  window?: number;
  negatives?: number;
  hidden?: number;
  dropout?: number;
  weightDecay?: number;
  protocol?: "best-validation" | "paper";
  runs?: number;
  steps?: number;
  layers?: number[];
  start?: "identity" | "features" | "constant";
  classifier?: "logistic" | "ridge";
  normalizeFeatures?: boolean;
  threads?: number;
  memoryLimit?: number;
}

/** What a run has besides its options. */
export interface MethodRun extends TaskOptions {
  /** Told of what is worth knowing. */
  note: (text: string) => void;
  warn: (message: string) => void;
  checkpoints?: CheckpointSettings;
}

interface GraphMethod {
  /** The flags that have an effect. */
  readonly flags: readonly (keyof GraphMethodFlags)[];
  /** Whether an interrupted run can go on. */
  readonly resumes: boolean;
  embed(graph: Graph, known: KnownNodes, flags: GraphMethodFlags, run: MethodRun): Promise<Space>;
}

/** The options that were given, of those that a method takes. */
function chosen<K extends keyof GraphMethodFlags>(
  flags: GraphMethodFlags,
  names: readonly K[],
): Pick<GraphMethodFlags, K> {
  return Object.fromEntries(names.map((name) => [name, flags[name]])) as Pick<GraphMethodFlags, K>;
}

const walkFlags = [
  ...["walks", "walkLength", "p", "q", "window", "negatives", "epochs", "learningRate", "dimensions", "seed"],
  ...["threads", "memoryLimit"],
] as const;
const gcnFlags = [
  ...["hidden", "dropout", "learningRate", "epochs", "weightDecay", "protocol", "normalizeFeatures", "runs", "seed"],
  "threads",
] as const;
const sgcFlags = ["steps", "classifier", "weightDecay", "normalizeFeatures", "threads"] as const;

const made = {
  random: {
    flags: ["layers", "start", "seed", "threads"],
    resumes: false,
    embed: async (graph, { features }, flags, { signal, onProgress }) => {
      const { randomGcn } = await import("../graphs/random-gcn.js");
      const options = chosen(flags, ["layers", "start", "seed", "threads"]);
      return randomGcn(graph, { features: features ?? undefined, ...options, signal, onProgress });
    },
  },
  linear: {
    flags: ["dimensions", "steps", "seed", "threads"],
    resumes: false,
    embed: async (graph, _known, flags, { signal, onProgress }) => {
      const { linearEmbedding } = await import("../graphs/linear.js");
      const options = chosen(flags, ["dimensions", "steps", "seed", "threads"]);
      return linearEmbedding(graph, { ...options, signal, onProgress });
    },
  },
  spectral: {
    flags: ["dimensions", "seed", "threads"],
    resumes: false,
    embed: async (graph, _known, flags, { warn, signal, onProgress }) => {
      const { spectralEmbedding } = await import("../graphs/spectral.js");
      const options = chosen(flags, ["dimensions", "seed", "threads"]);
      return spectralEmbedding(graph, { ...options, onWarning: warn, signal, onProgress });
    },
  },
  node2vec: {
    flags: walkFlags as readonly (keyof GraphMethodFlags)[],
    resumes: true,
    embed: async (graph, _known, flags, { note: _note, warn, ...run }) => {
      const { node2vec } = await import("../graphs/node2vec.js");
      const options = chosen(flags, walkFlags as readonly (keyof GraphMethodFlags)[]);
      return node2vec(graph, { ...options, ...run, onNote: warn });
    },
  },
  sgc: {
    flags: sgcFlags,
    resumes: false,
    embed: async (graph, known, flags, { note, signal, onProgress }) => {
      const { sgc } = await import("../graphs/sgc.js");
      const options = { ...chosen(flags, sgcFlags), signal, onProgress };
      const result = await sgc(graph, labeledOf("sgc", known), options);
      note(`decay     ${result.weightDecay} (of ${plural(result.trials.length, "value")} tried)`);
      note(accuracyText(result.trainAccuracy, result.validationAccuracy, result.testAccuracy));
      return result.space;
    },
  },
  gcn: {
    flags: gcnFlags as readonly (keyof GraphMethodFlags)[],
    resumes: false,
    embed: async (graph, known, flags, { note, warn, signal, onProgress }) => {
      const { gcn } = await import("../graphs/gcn.js");
      const options = chosen(flags, gcnFlags as readonly (keyof GraphMethodFlags)[]);
      const result = await gcn(graph, labeledOf("gcn", known), { ...options, onWarning: warn, signal, onProgress });
      const [first] = result.runs;
      note(`executor  ${result.executor.executor}: ${result.executor.reason}`);
      note(accuracyText(first.trainAccuracy, first.validationAccuracy, first.testAccuracy));
      const { testAccuracy } = result;
      if (testAccuracy !== null && result.runs.length > 1) {
        const { mean, deviation } = testAccuracy;
        note(`runs      ${result.runs.length} seeds, test accuracy ${percent(mean)} ± ${percent(deviation)}`);
      }
      return result.space;
    },
  },
} satisfies Record<string, GraphMethod>;

export type GraphMethodName = keyof typeof made;
export const graphMethods: Readonly<Record<GraphMethodName, GraphMethod>> = made;
export const namesOfMethods = Object.keys(graphMethods) as GraphMethodName[];

/** Nodes from which on walks take minutes; averaging takes seconds. */
const manyNodes = 200_000;

/** The method that was asked for, or one that fits what is known of the nodes, and why. */
export function methodFor(
  asked: string | undefined,
  { labeled, features, file }: KnownNodes,
): { name: GraphMethodName; reason: string } {
  if (asked !== undefined) return { name: asked as GraphMethodName, reason: "" };
  if (labeled !== null && features !== null) return { name: "sgc", reason: ", since nodes have classes and features" };
  if (labeled !== null) return { name: "gcn", reason: ", since nodes have classes and no features" };
  if (file.numNodes >= manyNodes)
    return { name: "linear", reason: `, since there are ${plural(file.numNodes, "node")}` };
  return { name: "node2vec", reason: ", since there are no classes" };
}

function labeledOf(method: string, { labeled }: KnownNodes): LabeledNodes {
  if (labeled !== null) return labeled;
  throw new UsageError(`graph: ${method} learns from classes of nodes: --nodes FILE with a column --label is needed`);
}

function accuracyText(train: number, validation: number | null, test: number | null): string {
  return `accuracy  ${percent(test)} of the test nodes, ${percent(validation)} of the validation nodes, ${percent(train)} of the training nodes`;
}
