import type { CheckpointSettings } from "../io/checkpoint-options.js";
import type { TaskOptions } from "../io/progress.js";
import type { Graph } from "../messages/graph.js";
import type { Space } from "../space/space.js";

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
  threads?: number;
  memoryLimit?: number;
}

/** What a run has besides its options. */
export interface MethodRun extends TaskOptions {
  onNote?: (note: string) => void;
  checkpoints?: CheckpointSettings;
}

interface GraphMethod {
  /** The flags that have an effect. */
  readonly flags: readonly (keyof GraphMethodFlags)[];
  embed(graph: Graph, flags: GraphMethodFlags, run: MethodRun): Promise<Space>;
}

const machine = ["threads", "memoryLimit"] as const;

/** The options that were given, of those that a method takes. */
function chosen<K extends keyof GraphMethodFlags>(
  flags: GraphMethodFlags,
  names: readonly K[],
): Pick<GraphMethodFlags, K> {
  return Object.fromEntries(names.map((name) => [name, flags[name]])) as Pick<GraphMethodFlags, K>;
}

const walking = ["walks", "walkLength", "window", "negatives", "epochs", "learningRate", "dimensions", "seed"] as const;

const made = {
  node2vec: {
    flags: [...walking, "p", "q", ...machine],
    embed: async (graph, flags, run) => {
      const { node2vec } = await import("../graphs/node2vec.js");
      return node2vec(graph, { ...chosen(flags, [...walking, "p", "q", ...machine]), ...run });
    },
  },
} satisfies Record<string, GraphMethod>;

export type GraphMethodName = keyof typeof made;
export const graphMethods: Readonly<Record<GraphMethodName, GraphMethod>> = made;
export const namesOfMethods = Object.keys(graphMethods) as GraphMethodName[];

/** The method that was asked for, or one that fits, and why. */
export function methodFor(asked: string | undefined): { name: GraphMethodName; reason: string } {
  if (asked !== undefined) return { name: asked as GraphMethodName, reason: "" };
  return { name: "node2vec", reason: ", since there are edges alone" };
}
