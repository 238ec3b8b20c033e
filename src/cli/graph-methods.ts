import type { LabeledNodes } from "../graphs/labeled-nodes.js";
import type { NodeEpoch } from "../graphs/node-training.js";
import type { CheckpointSettings } from "../io/checkpoint-options.js";
import type { OnVectors, TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import type { Space } from "../space/space.js";
import { UsageError } from "./exit-codes.js";
import { type Layer, rowsOf } from "./graph-pictures.js";
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
  activation?: "relu" | "tanh";
  dropout?: number;
  weightDecay?: number;
  protocol?: "best-validation" | "paper";
  executor?: "onnx" | "kernels";
  runs?: number;
  film?: number;
  steps?: number;
  layers?: number[];
  start?: "identity" | "features" | "constant";
  classifier?: "logistic" | "ridge";
  normalizeFeatures?: boolean;
  frames?: string;
  threads?: number;
  memoryLimit?: number;
}

/** What a run has besides its options. */
export interface MethodRun extends TaskOptions {
  /** Told of what is worth knowing. */
  note: (text: string) => void;
  warn: (message: string) => void;
  checkpoints?: CheckpointSettings;
  /** Told of vectors while they are learned, by methods that tell them. */
  onVectors?: OnVectors;
  /** Takes layers to be drawn; absent where nobody asked for them. */
  draw?: (layer: Layer) => void;
}

interface GraphMethod {
  /** The flags that have an effect. */
  readonly flags: readonly (keyof GraphMethodFlags)[];
  /** Whether an interrupted run can go on. */
  readonly resumes: boolean;
  /** Whether it learns from classes of nodes. */
  readonly learns: boolean;
  /** Whether it tells vectors while it learns them. */
  readonly tells?: boolean;
  embed(graph: Graph, known: KnownNodes, flags: GraphMethodFlags, run: MethodRun): Promise<Space>;
}

/** The options that were given, of those that a method takes. */
function chosen<K extends keyof GraphMethodFlags>(
  flags: GraphMethodFlags,
  names: readonly K[],
): Pick<GraphMethodFlags, K> {
  return Object.fromEntries(names.map((name) => [name, flags[name]])) as Pick<GraphMethodFlags, K>;
}

const shared = ["seed", "threads", "memoryLimit"] as const;
const walkFlags = [
  ...["walks", "walkLength", "p", "q", "window", "negatives", "epochs", "learningRate", "dimensions", "seed"],
  ...["threads", "memoryLimit"],
] as const;
const gcnFlags = [
  ...[
    "hidden",
    "activation",
    "dropout",
    "learningRate",
    "epochs",
    "weightDecay",
    "protocol",
    "normalizeFeatures",
    "runs",
    "film",
    "seed",
  ],
  ...["executor", "threads"],
] as const;
const sgcFlags = ["steps", "classifier", "weightDecay", "normalizeFeatures", "threads", "memoryLimit"] as const;

const made = {
  random: {
    flags: ["layers", "dimensions", "start", "frames", ...shared],
    resumes: false,
    learns: false,
    embed: async (graph, { features }, flags, { signal, onProgress, draw }) => {
      const { randomGcn } = await import("../graphs/random-gcn.js");
      const options = { features: features ?? undefined, ...chosen(flags, ["start", ...shared]) };
      const made = await randomGcn(graph, {
        ...options,
        ...chosen(flags, ["layers", "dimensions"]),
        signal,
        onProgress,
      });
      if (draw === undefined) return made;
      // A layer draws its weights from a stream of its own, so that a network with fewer layers has the same first ones.
      const layers = made.options.layers as number[];
      for (const [l, width] of layers.entries()) {
        const title = `layer ${l + 1} of ${layers.length}, ${plural(width, "number")}`;
        const space = await randomGcn(graph, { ...options, layers: layers.slice(0, l + 1), signal });
        draw({ title, rows: await rowsOf(space), width, ownPlane: true });
        await space.close();
      }
      return made;
    },
  },
  linear: {
    flags: ["dimensions", "steps", ...shared],
    resumes: false,
    learns: false,
    embed: async (graph, _known, flags, { signal, onProgress }) => {
      const { linearEmbedding } = await import("../graphs/linear.js");
      const options = chosen(flags, ["dimensions", "steps", ...shared]);
      return linearEmbedding(graph, { ...options, signal, onProgress });
    },
  },
  spectral: {
    flags: ["dimensions", ...shared],
    resumes: false,
    learns: false,
    embed: async (graph, _known, flags, { warn, signal, onProgress }) => {
      const { spectralEmbedding } = await import("../graphs/spectral.js");
      const options = chosen(flags, ["dimensions", ...shared]);
      return spectralEmbedding(graph, { ...options, onWarning: warn, signal, onProgress });
    },
  },
  node2vec: {
    flags: walkFlags as readonly (keyof GraphMethodFlags)[],
    resumes: true,
    learns: false,
    tells: true,
    embed: async (graph, _known, flags, { warn, signal, onProgress, onVectors, checkpoints }) => {
      const { node2vec } = await import("../graphs/node2vec.js");
      const options = chosen(flags, walkFlags as readonly (keyof GraphMethodFlags)[]);
      return node2vec(graph, { ...options, signal, onProgress, onVectors, checkpoints, onNote: warn });
    },
  },
  sgc: {
    flags: [...sgcFlags, "seed"], // of the split, where that is at random
    resumes: false,
    learns: true,
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
    flags: [...(gcnFlags as readonly (keyof GraphMethodFlags)[]), "frames"],
    resumes: false,
    learns: true,
    tells: true,
    embed: async (graph, known, flags, { note, warn, signal, onProgress, onVectors, draw }) => {
      const { gcn } = await import("../graphs/gcn.js");
      const options = chosen(flags, gcnFlags as readonly (keyof GraphMethodFlags)[]);
      let drawn: number | undefined; // the seed of the first run
      const drawEpoch = ({ seed, epoch, loss, hidden }: NodeEpoch) => {
        drawn ??= seed;
        if (seed !== drawn) return;
        draw?.({ title: `epoch ${epoch}, loss ${loss.toFixed(3)}`, rows: hidden.data, width: hidden.shape[1] });
      };
      // Only where it is drawn, since the layer is computed for it.
      const tasks = { onEpoch: draw && drawEpoch, onVectors, onWarning: warn, signal, onProgress };
      const result = await gcn(graph, labeledOf("gcn", known), { ...options, ...tasks });
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
  const parts = [
    { accuracy: test, nodes: "test" },
    { accuracy: validation, nodes: "validation" },
    { accuracy: train, nodes: "training" },
  ];
  const known = parts.flatMap(({ accuracy, nodes }) =>
    accuracy === null ? [] : [`${percent(accuracy)} of the ${nodes} nodes`],
  );
  return `accuracy  ${known.join(", ")}`;
}
