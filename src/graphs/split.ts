import { Rng, shuffle } from "../numerics/random.js";

/** Streams of random numbers, so that no other use of the seed draws the same. */
const splitStream = 0x73706c74;

/** Numbers of nodes, in rising order. */
export interface NodeSplit {
  train: Uint32Array<ArrayBuffer>;
  validation: Uint32Array<ArrayBuffer>;
  test: Uint32Array<ArrayBuffer>;
}

/**
 * Parts the nodes that have a label (0 or more) at random, class by class, so that each part has each class in about the
 * proportion that all have: a share `train` (at least one node of each class), a share `validation`, and the rest to test.
 * Same seed, same parts.
 */
export function randomSplit(
  labels: ArrayLike<number>,
  { train = 0.6, validation = 0.2, seed = 1 }: { train?: number; validation?: number; seed?: number } = {},
): NodeSplit {
  if (!(train > 0 && validation >= 0 && train + validation <= 1)) {
    throw new RangeError(
      `randomSplit: train > 0 and validation >= 0 must add up to at most 1, got ${train}, ${validation}`,
    );
  }
  const members = new Map<number, number[]>();
  for (let node = 0; node < labels.length; node++) {
    const label = labels[node];
    if (label < 0) continue;
    const list = members.get(label);
    if (list === undefined) members.set(label, [node]);
    else list.push(node);
  }
  const parts: { train: number[]; validation: number[]; test: number[] } = { train: [], validation: [], test: [] };
  for (const [label, nodes] of [...members].sort(([a], [b]) => a - b)) {
    shuffle(nodes, new Rng(seed, splitStream, label));
    const first = Math.max(1, Math.round(train * nodes.length));
    const second = Math.round((train + validation) * nodes.length);
    parts.train.push(...nodes.slice(0, first));
    parts.validation.push(...nodes.slice(first, second));
    parts.test.push(...nodes.slice(Math.max(first, second)));
  }
  const sorted = (nodes: number[]) => Uint32Array.from(nodes).sort();
  return { train: sorted(parts.train), validation: sorted(parts.validation), test: sorted(parts.test) };
}
