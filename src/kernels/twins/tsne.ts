import type { Twin } from "../kernel.js";
import { exp32, log32 } from "./elementary32.js";

const { fround } = Math;
const add = (a: number, b: number) => fround(a + b);
const sub = (a: number, b: number) => fround(a - b);
const mul = (a: number, b: number) => fround(a * b);

/** Levels of the tree: 16 bits of each coordinate. */
const levels = 16;
/** Items up to which a node is not divided. */
const leafSize = 6;
/** Width up to which the items of a smallest cell count as on one spot. */
const pointWidth = 0.03125;
/** Bytes of a node. */
export const nodeBytes = 32;
/** Nodes of a tree of N items at most: each but the leaves has two children or more. */
export const mostNodes = (count: number) => 2 * count;
/** Bytes of the scratch of `plant`. */
export const plantScratch = (count: number) => 1024 + 8 * count;
const mostSteps = 100;

/** Four lanes of f32 as the kernels add them up: (0 + 2) + (1 + 3). */
const total = (lanes: readonly number[]) => add(add(lanes[0], lanes[2]), add(lanes[1], lanes[3]));

/**
 * The steps of t-SNE in the plane (van der Maaten and Hinton 2008; van der Maaten 2014) for N items. Positions, forces,
 * velocities and gains are [N, 2] f32. Affinities are rows of u32 `indices` and f32 `values` between u32 `offsets` [N + 1], each
 * padded to a multiple of four entries by the row's own number with value 0. All is computed in f32 but for the sums that are
 * called f64. Nothing overlaps; scratch and tables are aligned to 16.
 */
export const twin: Twin = (memory) => {
  const floats = () => new Float32Array(memory.buffer);
  const words = () => new Uint32Array(memory.buffer);
  const doubles = () => new Float64Array(memory.buffer);
  const word = (pointer: number) => (pointer >>> 0) / 4;

  /**
   * Rows first .. last - 1 of squared distances, k ascending f32 each, `pitch` bytes apart (a multiple of 16), become
   * probabilities: p_j = exp(-beta d_j) / sum, beta such that their entropy in nats is `entropy`, by bisection to 1e-6 or 100
   * steps. What follows a row up to a multiple of four numbers becomes 0.
   */
  function calibrate(first: number, last: number, k: number, squares: number, pitch: number, entropy: number): number {
    const padded = Math.ceil(k / 4) * 4;
    for (let i = first; i < last; i++) {
      const at = word(squares) + (i * pitch) / 4;
      const row = floats().subarray(at, at + padded);
      const least = row[0];
      for (let j = 0; j < padded; j++) row[j] = j < k ? sub(row[j], least) : 0;
      const laneSum = (term: (t: number) => number) => {
        const lanes = [0, 0, 0, 0];
        for (let j = 0; j < padded; j++) lanes[j % 4] = add(lanes[j % 4], j < k ? term(row[j]) : 0);
        return total(lanes);
      };
      const mean = laneSum((t) => t) / k;
      let beta = mean > 0 ? 1 / mean : 1;
      let [low, high] = [0, Number.POSITIVE_INFINITY];
      let mass = 0;
      const weight = (t: number) => exp32(mul(-fround(beta), t));
      for (let step = 0; ; step++) {
        mass = laneSum(weight);
        const moment = laneSum((t) => mul(weight(t), t));
        const excess = log32(mass) + beta * (moment / mass) - entropy;
        if (step === mostSteps || Math.abs(excess) < 1e-6) break;
        if (excess > 0) {
          low = beta;
          beta = Math.min(1e30, high === Number.POSITIVE_INFINITY ? 2 * beta : (low + high) / 2);
        } else {
          high = beta;
          beta = (low + high) / 2;
        }
      }
      for (let j = 0; j < padded; j++) row[j] = j < k ? fround(weight(row[j]) / mass) : 0;
    }
    return 0;
  }

  /** The 16 low bits with a zero between each two. */
  function spread(bits: number): number {
    let result = 0;
    for (let bit = 0; bit < 16; bit++) result |= ((bits >>> bit) & 1) << (2 * bit);
    return result >>> 0;
  }

  /**
   * Moves the positions by less their mean (their sums [2] f64 in `chunks` chunks at `sums`) and builds the tree over them:
   *
   * - `codes` and `order` [N] u32: Morton's codes of the positions in 65,536 x 65,536 cells of the square round all, x in the
   *   odd bits, ascending, and the items in the order of (code, item);
   * - `xs` and `ys`: the positions in that order, f32, the last repeated up to a multiple of four;
   * - `nodes`: records of 32 bytes, parents before children: mean x, y and number of its items, f32; the square of its cell's
   *   width times `inverseTheta`, from which distance squared on it stands for its items, 0 where they share the smallest
   *   cell and that is at most 1 / 32 wide; u32: the number of the node behind its descendants; of a leaf the first item in order, and the end; 0.
   *
   * A node is the smallest cell that holds its items; those of up to 6 items are leaves. Returns the number of nodes.
   * `scratch` holds `plantScratch` bytes, `nodes` `mostNodes`.
   */
  function plant(...args: number[]): number {
    const [count, positionsAt, sumsAt, chunks, codesAt, orderAt, xsAt, ysAt, nodesAt, inverseTheta] = args;
    const [f, w] = [floats(), words()];
    const positions = f.subarray(word(positionsAt), word(positionsAt) + 2 * count);
    const sums = doubles().subarray((sumsAt >>> 0) / 8);
    const mean = [0, 0];
    for (let c = 0; c < 2 * chunks; c++) mean[c % 2] += sums[c];
    const [low, high] = [
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ];
    for (let at = 0; at < positions.length; at++) {
      const axis = at % 2;
      positions[at] = positions[at] - mean[axis] / count;
      low[axis] = Math.min(low[axis], positions[at]);
      high[axis] = Math.max(high[axis], positions[at]);
    }
    const extent = Math.max(sub(high[0], low[0]), sub(high[1], low[1]));
    const scale = extent > 0 ? fround(65536 / extent) : 0;
    const cell = (i: number, axis: number) =>
      Math.trunc(Math.min(65535, mul(sub(positions[2 * i + axis], low[axis]), scale)));
    const codeOf = Uint32Array.from({ length: count }, (_, i) => (spread(cell(i, 0)) << 1) | spread(cell(i, 1)));
    const order = Array.from(codeOf.keys()).sort((i, j) => codeOf[i] - codeOf[j] || i - j);
    const codes = order.map((i) => codeOf[i]);
    w.set(codes, word(codesAt));
    w.set(order, word(orderAt));
    const [xs, ys] = [word(xsAt), word(ysAt)];
    for (let at = 0; at < Math.ceil(count / 4) * 4; at++) {
      const i = order[Math.min(at, count - 1)];
      f[xs + at] = positions[2 * i];
      f[ys + at] = positions[2 * i + 1];
    }

    let numNodes = 0;
    const divide = (first: number, last: number): [number, number] => {
      const node = word(nodesAt) + (nodeBytes / 4) * numNodes++;
      const differing = codes[first] ^ codes[last - 1];
      const level = differing === 0 ? levels : Math.clz32(differing) >> 1;
      const isLeaf = last - first <= leafSize || level === levels;
      let [x, y] = [0, 0];
      if (isLeaf) {
        for (let at = first; at < last; at++) {
          x += f[xs + at];
          y += f[ys + at];
        }
      } else {
        const quarter = (at: number) => codes[at] >>> (30 - 2 * level);
        for (let from = first; from < last; ) {
          let to = from;
          while (to < last && quarter(to) === quarter(from)) to++;
          const [childX, childY] = divide(from, to);
          x += childX;
          y += childY;
          from = to;
        }
      }
      let width = extent;
      for (let l = 0; l < level; l++) width = mul(width, 0.5);
      const isPoint = level === levels && width <= pointWidth;
      width = mul(width, fround(inverseTheta));
      const size = isPoint ? 0 : mul(width, width);
      f.set([x / (last - first), y / (last - first), last - first, size], node);
      w.set([numNodes, isLeaf ? first : 0, isLeaf ? last : 0, 0], node + 4);
      return [x, y];
    };
    divide(0, count);
    return numNodes;
  }

  /**
   * Repulsion of the items at the places 4 first .. 4 last - 1 of the order: sum_j w^2 (y_i - y_j) to `forces`, and the sum of
   * all w = 1 / (1 + |y_i - y_j|^2), j = i among them, as f64. A node stands for its items where its width times `inverseTheta`
   * is at most the distance of its mean from the box round the four items at the places 4 g .. 4 g + 3.
   */
  function repel(...args: number[]): number {
    const [first, last, count, orderAt, xsAt, ysAt, nodesAt, nodeCount, forcesAt] = args;
    const [f, w] = [floats(), words()];
    const [xs, ys, order] = [word(xsAt), word(ysAt), word(orderAt)];
    let sum = 0;
    for (let g = first; g < last; g++) {
      const x = f.slice(xs + 4 * g, xs + 4 * g + 4);
      const y = f.slice(ys + 4 * g, ys + 4 * g + 4);
      const [lowX, highX, lowY, highY] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
      const [z, fx, fy] = [0, 1, 2].map(() => [0, 0, 0, 0]);
      const meet = (otherX: number, otherY: number, items: number) => {
        for (let lane = 0; lane < 4; lane++) {
          const [dx, dy] = [sub(x[lane], otherX), sub(y[lane], otherY)];
          const weight = fround(1 / add(1, add(mul(dx, dx), mul(dy, dy))));
          const mass = mul(items, weight);
          const force = mul(mass, weight);
          z[lane] = add(z[lane], mass);
          fx[lane] = add(fx[lane], mul(force, dx));
          fy[lane] = add(fy[lane], mul(force, dy));
        }
      };
      for (let n = 0; n < nodeCount; ) {
        const node = word(nodesAt) + (nodeBytes / 4) * n;
        const outX = Math.max(0, sub(lowX, f[node]), sub(f[node], highX));
        const outY = Math.max(0, sub(lowY, f[node + 1]), sub(f[node + 1], highY));
        if (f[node + 3] <= add(mul(outX, outX), mul(outY, outY))) {
          meet(f[node], f[node + 1], f[node + 2]);
          n = w[node + 4];
        } else {
          for (let at = w[node + 5]; at < w[node + 6]; at++) meet(f[xs + at], f[ys + at], 1);
          n++;
        }
      }
      for (let lane = 0; lane < 4 && 4 * g + lane < count; lane++) {
        sum += z[lane];
        f.set([fx[lane], fy[lane]], word(forcesAt) + 2 * w[order + 4 * g + lane]);
      }
    }
    return sum;
  }

  /** The entries of a row of affinities: value, and what `term` makes of the differences, in sums by lanes. */
  function rowSums(
    args: { offsets: number; indices: number; positions: number },
    i: number,
    term: (entry: number, dx: number, dy: number) => readonly number[],
  ) {
    const [f, w] = [floats(), words()];
    const [offsets, positions] = [word(args.offsets), word(args.positions)];
    const lanes = [0, 1].map(() => [0, 0, 0, 0]);
    for (let entry = w[offsets + i]; entry < w[offsets + i + 1]; entry++) {
      const j = w[word(args.indices) + entry];
      const dx = sub(f[positions + 2 * i], f[positions + 2 * j]);
      const dy = sub(f[positions + 2 * i + 1], f[positions + 2 * j + 1]);
      term(entry, dx, dy).forEach((value, sum) => {
        lanes[sum][entry % 4] = add(lanes[sum][entry % 4], value);
      });
    }
    return lanes.map(total);
  }

  /**
   * A step of the items first .. last - 1: with the gradient g = 4 (exaggeration sum_j p w (y_i - y_j) - inverseZ forces), the
   * gain of each coordinate is multiplied by .8 (to .01 at least) where velocity and g have the same sign, else raised by .2;
   * v <- momentum v - rate gain g, shortened to `mostStep`; next <- y + v. The sums of both coordinates of `next` go to `sums`,
   * f64.
   */
  function move(...args: number[]): number {
    const [first, last, offsets, indices, valuesAt, positions, nextAt, forcesAt, velocitiesAt, gainsAt] = args;
    const [exaggeration, inverseZ, rate, momentum, mostStep] = args.slice(10, 15).map(fround);
    const f = floats();
    const [values, velocities, gains] = [valuesAt, velocitiesAt, gainsAt].map(word);
    const sums = [0, 0];
    for (let i = first; i < last; i++) {
      const pulls = rowSums({ offsets, indices, positions }, i, (entry, dx, dy) => {
        const pull = fround(f[values + entry] / add(1, add(mul(dx, dx), mul(dy, dy))));
        return [mul(pull, dx), mul(pull, dy)];
      });
      const v = [0, 1].map((axis) => {
        const at = 2 * i + axis;
        const gradient = mul(4, sub(mul(exaggeration, pulls[axis]), mul(inverseZ, f[word(forcesAt) + at])));
        const velocity = f[velocities + at];
        const gain = f[gains + at];
        f[gains + at] =
          mul(velocity, gradient) > 0 ? Math.max(fround(0.01), mul(gain, fround(0.8))) : add(gain, fround(0.2));
        return sub(mul(momentum, velocity), mul(mul(rate, f[gains + at]), gradient));
      });
      const step = fround(Math.sqrt(add(mul(v[0], v[0]), mul(v[1], v[1]))));
      for (let axis = 0; axis < 2; axis++) {
        const at = 2 * i + axis;
        f[velocities + at] = step > mostStep ? mul(v[axis], fround(mostStep / step)) : v[axis];
        f[word(nextAt) + at] = f[word(positions) + at] + f[velocities + at];
        sums[axis] += f[word(nextAt) + at];
      }
    }
    doubles().set(sums, (args[15] >>> 0) / 8);
    return 0;
  }

  /** sum p ln(1 + |y_i - y_j|^2) over the rows first .. last - 1, f64 over rows. */
  function divergence(
    first: number,
    last: number,
    offsets: number,
    indices: number,
    values: number,
    positions: number,
  ) {
    const f = floats();
    let sum = 0;
    for (let i = first; i < last; i++) {
      sum += rowSums({ offsets, indices, positions }, i, (entry, dx, dy) => {
        return [mul(f[word(values) + entry], log32(add(1, add(mul(dx, dx), mul(dy, dy)))))];
      })[0];
    }
    return sum;
  }

  return { calibrate, plant, repel, move, divergence };
};
