import { Breather } from "../../io/breather.js";
import { log } from "../../numerics/elementary.js";
import { philox } from "../../numerics/philox.js";
import { Rng, seedKey } from "../../numerics/random.js";
import type { WeightedLevel } from "./weighted-level.js";

/**
 * A move pays where it gains more than this share of the node's weight: sums of products round, and a difference of
 * roundings must not move a node to and fro.
 */
const least = 1e-12;
/** Nodes that are visited between two looks at the clock. */
const nodesPerLook = 256;

const orderStream = 0x4c454944;
const drawStream = 0x47554d42;

export interface MoveOptions {
  /** gamma / 2m: what a product of two strengths costs. */
  readonly cost: number;
  readonly seed: number;
  /** A number for each pass, so that no two share their random numbers. */
  readonly pass: number;
  readonly signal?: AbortSignal | undefined;
  /** Told how many nodes were visited. */
  readonly visited: (nodes: number) => void;
}

/**
 * Moves nodes, one by one, to the community of a neighbor or to one of their own, wherever that gains most:
 *
 *   gain of i into c  =  k_ic - cost k_i K_c,    k_ic the weight from i to c, K_c the strength of c without i
 *
 * until no node gains. Those whose surroundings have not changed are not visited again (Traag, Waltman and van Eck 2019,
 * supplement A.2, `MoveNodesFast`). `communities` [numNodes], numbers from 0 to numNodes - 1, is changed in place. Among
 * equal gains a node stays, or goes to the lowest number.
 */
export async function moveNodes(level: WeightedLevel, communities: Int32Array, options: MoveOptions): Promise<void> {
  const { numNodes, offsets, targets, weights, strengths } = level;
  const { cost, signal, visited } = options;
  const totals = new Float64Array(numNodes); // K_c
  const sizes = new Int32Array(numNodes);
  for (let i = 0; i < numNodes; i++) {
    totals[communities[i]] += strengths[i];
    sizes[communities[i]]++;
  }
  const empty: number[] = [];
  for (let c = numNodes - 1; c >= 0; c--) if (sizes[c] === 0) empty.push(c);
  const breather = new Breather(signal);
  const queue = await randomOrder(numNodes, options, breather);
  const waits = new Uint8Array(numNodes).fill(1);
  const weightTo = new Float64Array(numNodes); // k_ic, zero in between
  const near = new Int32Array(numNodes); // the communities of a node's neighbors
  let [head, waiting, turn] = [0, numNodes, 0];
  while (waiting > 0) {
    const i = queue[head];
    head = head + 1 === numNodes ? 0 : head + 1;
    waiting--;
    waits[i] = 0;
    const own = communities[i];
    const strength = strengths[i];
    let count = 0;
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      const c = communities[targets[e]];
      if (weightTo[c] === 0) near[count++] = c;
      weightTo[c] += weights === null ? 1 : weights[e];
    }
    const stay = weightTo[own] - cost * strength * (totals[own] - strength);
    let best = own;
    let bestGain = stay + least * strength;
    for (let k = 0; k < count; k++) {
      const c = near[k];
      const gain = weightTo[c] - cost * strength * totals[c];
      weightTo[c] = 0;
      if (c !== own && (gain > bestGain || (gain === bestGain && c < best && best !== own)))
        [best, bestGain] = [c, gain];
    }
    if (bestGain < 0 && sizes[own] > 1) best = empty.pop() as number;
    if (best !== own) {
      communities[i] = best;
      totals[own] -= strength;
      totals[best] += strength;
      sizes[best]++;
      if (--sizes[own] === 0) {
        totals[own] = 0; // differences of sums round
        empty.push(own);
      }
      for (let e = offsets[i]; e < offsets[i + 1]; e++) {
        const j = targets[e];
        if (waits[j] === 1 || communities[j] === best) continue;
        waits[j] = 1;
        queue[(head + waiting) % numNodes] = j;
        waiting++;
      }
    }
    if (++turn % nodesPerLook === 0) {
      visited(nodesPerLook);
      if (breather.due) await breather.pause();
    }
  }
  visited(turn % nodesPerLook);
}

/**
 * Divides each community further, into sets of nodes that hang together: nodes begin alone, and each that is alone still
 * and well connected to its community joins a well connected set there, drawn with a chance that grows as
 * exp(gain / temperature) among those that lose nothing (ibid., `RefinePartition`). A draw takes the largest of
 * gain / temperature - ln(-ln u) (Gumbel), u hashed of seed, pass, node and set. Returns the set of each node.
 */
export async function refine(
  level: WeightedLevel,
  communities: Int32Array,
  temperature: number,
  options: MoveOptions,
): Promise<Int32Array> {
  const { numNodes, offsets, targets, weights, strengths } = level;
  const { cost, seed, pass, signal, visited } = options;
  const communityTotals = new Float64Array(numNodes);
  for (let i = 0; i < numNodes; i++) communityTotals[communities[i]] += strengths[i];
  const sets = Int32Array.from({ length: numNodes }, (_, i) => i);
  const totals = strengths.slice();
  const alone = new Uint8Array(numNodes).fill(1);
  /** From a set to the rest of its community. */
  const outward = new Float64Array(numNodes);
  const breather = new Breather(signal);
  for (let i = 0; i < numNodes; i++) {
    if (i % nodesPerLook === 0 && breather.due) await breather.pause();
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      if (communities[targets[e]] === communities[i]) outward[i] += weights === null ? 1 : weights[e];
    }
  }
  const wellConnected = (set: number, community: number) =>
    outward[set] >= cost * totals[set] * (communityTotals[community] - totals[set]);
  const weightTo = new Float64Array(numNodes);
  const near = new Int32Array(numNodes);
  const gains = new Float64Array(numNodes);
  const words = new Uint32Array(4);
  const [low, high] = seedKey(seed);
  const order = await randomOrder(numNodes, options, breather);
  for (let turn = 0; turn < numNodes; turn++) {
    if (turn % nodesPerLook === 0 && breather.due) await breather.pause();
    const i = order[turn];
    const community = communities[i];
    if (alone[i] === 0 || !wellConnected(i, community)) continue;
    let count = 0;
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      if (communities[targets[e]] !== community) continue;
      const set = sets[targets[e]];
      if (weightTo[set] === 0) near[count++] = set;
      weightTo[set] += weights === null ? 1 : weights[e];
    }
    let mostGain = 0; // to stay alone gains 0
    for (let k = 0; k < count; k++) {
      const set = near[k];
      gains[k] = wellConnected(set, community) ? weightTo[set] - cost * strengths[i] * totals[set] : -1;
      mostGain = Math.max(mostGain, gains[k]);
    }
    // Most draws are decided by the gains, however the numbers fall.
    const leastGain = Math.max(0, mostGain - temperature * gumbelRange);
    let rivals = leastGain === 0 ? 1 : 0;
    let best = i;
    for (let k = 0; k < count; k++) {
      if (gains[k] < leastGain) continue;
      rivals++;
      best = near[k];
    }
    if (rivals > 1) {
      philox(words, i, pass, drawStream, 0, low, high);
      best = i;
      let bestScore = leastGain === 0 ? gumbel(words[0], words[1], i) : Number.NEGATIVE_INFINITY;
      for (let k = 0; k < count; k++) {
        if (gains[k] < leastGain) continue;
        const score = gains[k] / temperature + gumbel(words[0], words[1], near[k]);
        if (score > bestScore) [best, bestScore] = [near[k], score];
      }
    }
    if (best !== i) {
      sets[i] = best;
      totals[best] += strengths[i];
      outward[best] += outward[i] - 2 * weightTo[best];
      alone[best] = 0;
    }
    for (let k = 0; k < count; k++) weightTo[near[k]] = 0;
  }
  visited(numNodes);
  return sets;
}

/** The connected parts of each community, numbered from 0. */
export function connectedParts(level: WeightedLevel, communities: Int32Array): { sets: Int32Array; count: number } {
  const { numNodes, offsets, targets } = level;
  const sets = new Int32Array(numNodes).fill(-1);
  const waiting: number[] = [];
  let count = 0;
  for (let start = 0; start < numNodes; start++) {
    if (sets[start] >= 0) continue;
    sets[start] = count;
    waiting.push(start);
    for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
      for (let e = offsets[i]; e < offsets[i + 1]; e++) {
        const j = targets[e];
        if (sets[j] >= 0 || communities[j] !== communities[i]) continue;
        sets[j] = count;
        waiting.push(j);
      }
    }
    count++;
  }
  return { sets, count };
}

/** More than two numbers of `gumbel` ever differ: they go from -ln(33 ln 2), where u is 2^-33, to 33 ln 2. */
const gumbelRange = 27;

/** A standard Gumbel number by the address (a, b, c): the last step of Murmur3 mixes it to 32 bits of a u in (0, 1). */
function gumbel(a: number, b: number, c: number): number {
  let h = a ^ Math.imul(c ^ b, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = (h ^ (h >>> 16)) >>> 0;
  return -log(-log((h + 0.5) / 2 ** 32));
}

/** The numbers 0 .. count - 1, shuffled (Durstenfeld 1964). */
async function randomOrder(count: number, { seed, pass }: MoveOptions, breather: Breather): Promise<Uint32Array> {
  const rng = new Rng(seed, orderStream, pass);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    if (last % nodesPerLook === 0 && breather.due) await breather.pause();
    const k = rng.below(last + 1);
    [order[last], order[k]] = [order[k], order[last]];
  }
  return order;
}
