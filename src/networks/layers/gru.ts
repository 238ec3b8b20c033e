import { integerOption } from "../../numerics/options.js";
import type { Rng } from "../../numerics/random.js";
import type { NdArray } from "../array.js";
import { add, mul, sigmoid, sub, tanh } from "../ops/elementwise.js";
import { broadcastTo, sliceAxis, split, squeeze, stack } from "../ops/shape.js";
import { type Operand, type Tensor, tensor } from "../tensor.js";
import { showShape } from "../types.js";
import { applyDense, type DenseParams, initDense } from "./dense.js";
import { type Initializer, orthogonal } from "./initializers.js";

/**
 * Gated recurrent unit (Cho et al. 2014, https://arxiv.org/abs/1406.1078, section 2.3), with the reset gate behind the
 * product, as in cuDNN and PyTorch:
 *
 *   r = sigmoid(x W_r + b_r + h U_r + c_r),  z = sigmoid(x W_z + b_z + h U_z + c_z)
 *   n = tanh(x W_n + b_n + r (h U_n + c_n)),  h' = (1 - z) n + z h
 */
export interface GruParams<T = Tensor> {
  /** [W_r W_z W_n], [inputs, 3 H], and the biases b [3 H]. */
  input: DenseParams<T>;
  /** [U_r U_z U_n], [H, 3 H], and the biases c [3 H]. */
  hidden: DenseParams<T>;
}

export interface GruOptions {
  inputs: number;
  /** Width H of the state. */
  width: number;
  /** Of what x is multiplied by: `glorotUniform` by default. What the state is multiplied by begins orthogonal. */
  initializer?: Initializer;
}

export function initGru(rng: Rng, { inputs, width, initializer }: GruOptions): GruParams<NdArray> {
  integerOption("initGru", "inputs", inputs, 1);
  integerOption("initGru", "width", width, 1);
  return {
    input: initDense(rng, { inputs, outputs: 3 * width, initializer }),
    hidden: initDense(rng, { inputs: width, outputs: 3 * width, initializer: orthogonal() }),
  };
}

/** One step: x [B, inputs] and state [B, H] -> the next state [B, H]. */
export function applyGruCell(params: GruParams<Operand>, x: Operand, state: Operand): Tensor {
  return nextState(params.hidden, applyDense(params.input, x), tensor(state));
}

/** The next state, from x W + b [B, 3 H]. */
function nextState(hidden: DenseParams<Operand>, fromInput: Tensor, state: Tensor): Tensor {
  const width = state.shape[1];
  const sizes = [width, width, width];
  const [resetIn, updateIn, newIn] = split(fromInput, sizes);
  const [resetState, updateState, newState] = split(applyDense(hidden, state), sizes);
  const reset = sigmoid(add(resetIn, resetState));
  const update = sigmoid(add(updateIn, updateState));
  const candidate = tanh(add(newIn, mul(reset, newState)));
  return add(candidate, mul(update, sub(state, candidate)));
}

/**
 * A sequence, step by step: x [B, T, inputs] and a first state [B, H], zeros by default -> all states [B, T, H] and the
 * last. The steps are written out in the graph, so T is part of its shape.
 */
export function applyGru(params: GruParams<Operand>, x: Operand, first?: Operand): { outputs: Tensor; state: Tensor } {
  const sequence = tensor(x);
  if (sequence.rank !== 3 || sequence.shape[1] === 0) {
    throw new RangeError(`applyGru: [batch, places, inputs] was needed, got ${showShape(sequence.shape)}`);
  }
  const [batch, places] = sequence.shape;
  const width = tensor(params.hidden.weights).shape[0];
  const fromInputs = applyDense(params.input, sequence); // [B, T, 3 H], one product for all places
  let state = first === undefined ? broadcastTo(0, [batch, width]) : tensor(first);
  const states: Tensor[] = [];
  for (let place = 0; place < places; place++) {
    state = nextState(params.hidden, squeeze(sliceAxis(fromInputs, 1, place, place + 1), 1), state);
    states.push(state);
  }
  return { outputs: stack(states, 1), state };
}
