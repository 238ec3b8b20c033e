/** Recurrent networks, unrolled: RNN, GRU and LSTM. */
import { add, less, mul, sub, where } from "../ops/elementwise.js";
import { matmul } from "../ops/linear.js";
import { broadcastTo, reshape, slice, sliceAxis, split, stack, transpose } from "../ops/shape.js";
import { type Tensor, tensor } from "../tensor.js";
import { type Shape, sameShape, showShape } from "../types.js";
import { activations, limited } from "./elementwise.js";
import {
  flag,
  float,
  floats,
  int,
  maybe,
  type OperatorNode,
  type Operators,
  only,
  operator,
  texts,
  word,
} from "./operator.js";

/** What the three share. */
const recurrentAttributes = {
  hidden_size: maybe(int()),
  direction: word("forward", "reverse", "bidirectional"),
  layout: flag(false),
  activations: maybe(texts()),
  activation_alpha: maybe(floats()),
  activation_beta: maybe(floats()),
  clip: maybe(float()),
};
type Shared = typeof recurrentAttributes;

type Activation = (x: Tensor) => Tensor;

/** The parameters of one direction. B batch, I inputs, H hidden units, G gates. */
interface Cell {
  /** [I, G H] and [H, G H]. */
  readonly input: Tensor;
  readonly hidden: Tensor;
  /** [G H] each. */
  readonly inputBias: Tensor;
  readonly hiddenBias: Tensor;
  /** [3 H] of LSTM's peepholes, if it has them. */
  readonly peepholes: Tensor | undefined;
  readonly activations: readonly Activation[];
  readonly size: number;
}

/** h and, of LSTM, c: [B, H] each. */
type State = readonly Tensor[];

/** One step from what the input gives to all gates, x W + b [B, G H], and the state. */
type Step = (fromInput: Tensor, state: State, cell: Cell) => State;

/** Most steps that are unrolled. */
const mostSteps = 10_000;

/** Functions that take a number from activation_alpha, or activation_beta. */
const withAlpha = ["Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu"];
const withBeta = ["Affine", "ScaledTanh", "HardSigmoid"];

/** The functions of all directions, in order; each takes its numbers from the lists as it comes. */
function activationsOf(node: OperatorNode<Shared>, names: readonly string[], directions: number): Activation[][] {
  const given = node.attributes.activations ?? Array.from({ length: directions }, () => names).flat();
  if (given.length !== directions * names.length) {
    throw new RangeError(`${directions * names.length} activations were needed, got ${given.join(", ")}`);
  }
  const alphas = [...(node.attributes.activation_alpha ?? [])];
  const betas = [...(node.attributes.activation_beta ?? [])];
  const { clip } = node.attributes;
  const functions = given.map((name): Activation => {
    if (!Object.hasOwn(activations, name)) {
      throw new RangeError(`activations are ${Object.keys(activations).join(", ")}, got ${JSON.stringify(name)}`);
    }
    const alpha = withAlpha.includes(name) ? alphas.shift() : undefined;
    const beta = withBeta.includes(name) ? betas.shift() : undefined;
    return (x) => activations[name](clip === undefined ? x : limited(x, -clip, clip), alpha, beta);
  });
  return Array.from({ length: directions }, (_, d) => functions.slice(d * names.length, (d + 1) * names.length));
}

function checkShaped(what: string, x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  throw new RangeError(`${what} must be ${showShape(shape)}, got ${showShape(x.shape)}`);
}

/** Runs a cell over the sequence in one or two directions. Returns Y, and for each part of the state its last value. */
function run(
  node: OperatorNode<Shared>,
  gates: number,
  names: readonly string[],
  states: number,
  step: Step,
): Tensor[] {
  const { layout, direction } = node.attributes;
  const given = node.input(0);
  if (given.rank !== 3) throw new RangeError(`[T, B, I] was needed, got ${showShape(given.shape)}`);
  const swap = (x: Tensor): Tensor => (layout ? transpose(x, [1, 0, 2]) : x);
  const x = swap(given); // [T, B, I]
  const [length, batch, width] = x.shape;
  const directions = direction === "bidirectional" ? 2 : 1;
  const recurrence = node.input(2);
  const size = node.attributes.hidden_size ?? recurrence.shape[recurrence.rank - 1] ?? 0;
  if (length < 1 || length > mostSteps) {
    throw new RangeError(`sequences of 1 to ${mostSteps} steps were needed, got ${length}`);
  }
  const rows = gates * size;
  const weights = checkShaped("W", node.input(1), [directions, rows, width]);
  checkShaped("R", recurrence, [directions, rows, size]);
  const bias = checkShaped("B", node.optional(3) ?? broadcastTo(tensor(0), [directions, 2 * rows]), [
    directions,
    2 * rows,
  ]);
  const lengths = node.optional(4);
  if (lengths !== undefined) checkShaped("sequence_lens", lengths, [batch]);
  const zero = broadcastTo(tensor(0), [directions, batch, size]);
  const initial = Array.from({ length: states }, (_, k) => {
    const first = node.optional(5 + k);
    return first === undefined ? zero : checkShaped(`initial state ${k}`, swap(first), zero.shape);
  });
  const functions = activationsOf(node, names, directions);
  const of = (all: Tensor, d: number) => reshape(sliceAxis(all, 0, d, d + 1), all.shape.slice(1));
  const peepholes = states === 2 ? node.optional(7) : undefined;

  const results = functions.map((own, d) => {
    const [inputBias, hiddenBias] = split(of(bias, d), [rows, rows], 0);
    const cell: Cell = {
      input: transpose(of(weights, d)),
      hidden: transpose(of(recurrence, d)),
      inputBias,
      hiddenBias,
      peepholes: peepholes && of(checkShaped("P", peepholes, [directions, 3 * size]), d),
      activations: own,
      size,
    };
    const backwards = direction === "reverse" || d === 1;
    return sweep(
      x,
      cell,
      initial.map((all) => of(all, d)),
      lengths,
      backwards,
      step,
    );
  });
  const y = stack(
    results.map(({ outputs }) => stack(outputs, 0)),
    1,
  ); // [T, D, B, H]
  const last = initial.map((_, k) =>
    swap(
      stack(
        results.map(({ state }) => state[k]),
        0,
      ),
    ),
  );
  return [layout ? transpose(y, [2, 0, 1, 3]) : y, ...last];
}

/** All steps of one direction. Behind the end of a sequence its state stays, and its output is 0. */
function sweep(x: Tensor, cell: Cell, initial: State, lengths: Tensor | undefined, backwards: boolean, step: Step) {
  const [length, batch, width] = x.shape;
  const all = add(matmul(reshape(x, [length * batch, width]), cell.input), cell.inputBias);
  const outputs = new Array<Tensor>(length);
  let state = initial;
  for (let k = 0; k < length; k++) {
    const t = backwards ? length - 1 - k : k;
    const next = step(sliceAxis(all, 0, t * batch, (t + 1) * batch), state, cell);
    if (lengths === undefined) {
      state = next;
      outputs[t] = next[0];
    } else {
      const within = reshape(less(t, lengths), [batch, 1]);
      outputs[t] = where(within, next[0], 0);
      state = state.map((old, part) => where(within, next[part], old));
    }
  }
  return { outputs, state };
}

const gatesOf = (x: Tensor, count: number, size: number) => split(x, new Array<number>(count).fill(size), 1);

/** h' = f(x W + h R + b). */
const rnnStep: Step = (fromInput, [h], { hidden, hiddenBias, activations: [f] }) => [
  f(add(fromInput, add(matmul(h, hidden), hiddenBias))),
];

/**
 * z and r from x and h; n = g(x Wn + (r h) Rn + b), or with the reset after the product g(x Wn + r (h Rn + b) + b);
 * h' = (1 - z) n + z h (Cho et al. 2014, https://arxiv.org/abs/1406.1078).
 */
const gruStep =
  (resetAfter: boolean): Step =>
  (fromInput, [h], { hidden, hiddenBias, activations: [f, g], size }) => {
    const [xz, xr, xn] = gatesOf(fromInput, 3, size);
    const [rz, rr, rn] = gatesOf(hidden, 3, size);
    const [bz, br, bn] = split(hiddenBias, [size, size, size], 0);
    const z = f(add(xz, add(matmul(h, rz), bz)));
    const r = f(add(xr, add(matmul(h, rr), br)));
    const fromState = resetAfter ? mul(r, add(matmul(h, rn), bn)) : add(matmul(mul(r, h), rn), bn);
    const n = g(add(xn, fromState));
    return [add(mul(sub(1, z), n), mul(z, h))];
  };

/**
 * i, o, f and the candidate from x and h, and through peepholes from c; c' = f c + i candidate, h' = o h(c')
 * (Gers and Schmidhuber 2000, https://doi.org/10.1109/IJCNN.2000.861302).
 */
const lstmStep: Step = (fromInput, [h, c], { hidden, hiddenBias, peepholes, activations: [f, g, last], size }) => {
  const all = add(fromInput, add(matmul(h, hidden), hiddenBias));
  const [i, o, forget, candidate] = gatesOf(all, 4, size);
  const peep = (gate: Tensor, k: number, cell: Tensor) =>
    peepholes === undefined ? gate : add(gate, mul(slice(peepholes, [k * size], [(k + 1) * size]), cell));
  const kept = mul(f(peep(forget, 2, c)), c);
  const next = add(kept, mul(f(peep(i, 0, c)), g(candidate)));
  return [mul(f(peep(o, 1, next)), last(next)), next];
};

export const recurrent: Operators = {
  RNN: operator([3, 6], recurrentAttributes, (node) => run(node, 1, ["Tanh"], 1, rnnStep)),
  GRU: operator([3, 6], { ...recurrentAttributes, linear_before_reset: flag(false) }, (node) =>
    run(node, 3, ["Sigmoid", "Tanh"], 1, gruStep(node.attributes.linear_before_reset)),
  ),
  LSTM: operator([3, 8], { ...recurrentAttributes, input_forget: only(0) }, (node) =>
    run(node, 4, ["Sigmoid", "Tanh", "Tanh"], 2, lstmStep),
  ),
};
