import { Breather } from "../../io/breather.js";
import { NdArray } from "../../networks/array.js";
import { compileStep } from "../../networks/compile.js";
import { adam } from "../../networks/optimizers/adam.js";
import type { OptimizerState } from "../../networks/optimizers/optimizer.js";
import { cosineDecay, joinSchedules, type LearningRate, warmUp } from "../../networks/optimizers/schedules.js";
import type { Operand, Tensor } from "../../networks/tensor.js";
import { type Descender, type DescentSettings, Tracker } from "./descent.js";
import type { ObjectiveGradient } from "./objective.js";

/** The rate rises over the first 5 % of the steps and falls along a cosine over the last 25 % (Karras et al. 2020, appendix D). */
function rateOver(steps: number, rate: number): LearningRate {
  const down = Math.max(1, Math.round(0.25 * steps));
  const full = joinSchedules(rate, steps - down, cosineDecay(rate, down));
  return warmUp(Math.max(1, Math.round(0.05 * steps)), full);
}

interface State {
  /** [B, D] */
  u: Operand;
  moments: OptimizerState;
}

/** Adam over B codes together: its steps are by element, so that each code moves as it would alone. */
export function adamDescender(
  gradientAt: ObjectiveGradient,
  { batch, dimensions, shape, steps, pathEvery, executor, threads, signal }: DescentSettings,
  learningRate: number,
): Descender {
  const optimizer = adam({ learningRate: rateOver(Math.max(1, steps), learningRate) });
  const stateAt = (u: Float32Array<ArrayBuffer>): State => {
    const array = new NdArray("float32", [batch, dimensions], u);
    return { u: array, moments: optimizer.init(array) };
  };
  const advance = ({ u, moments }: State, x: Tensor) => {
    const { value, error, gradient } = gradientAt(u as Tensor, x);
    const next = optimizer.update(gradient, moments, u as Tensor);
    return [
      { u: next.params, moments: next.state },
      { u: u as Tensor, value, error },
    ] as const;
  };
  const step = compileStep(advance, stateAt(new Float32Array(batch * dimensions)) as never, {
    ...{ executor, threads, signal },
  });
  return {
    run: async ({ starts, targets, onStep }) => {
      step.setState(stateAt(Float32Array.from(starts)) as never);
      const x = new NdArray("float32", [batch, shape.channels, shape.height, shape.width], targets);
      const trackers = Array.from({ length: batch }, () => new Tracker(pathEvery));
      const breather = new Breather(signal);
      for (let k = 0; k <= steps; k++) {
        if (breather.due) await breather.pause();
        // what a step returns is of before it, so that the last one tells where the one before it led
        const { u, value, error } = await step(x);
        for (const [b, tracker] of trackers.entries()) {
          const code = Float64Array.from(u.data.subarray(b * dimensions, (b + 1) * dimensions) as Float32Array);
          tracker.take(k, code, value.data[b] as number, error.data[b] as number);
        }
        onStep(k, meanOf(error.data as Float32Array));
      }
      return trackers.map((tracker) => tracker.finish());
    },
    close: () => step.close(),
  };
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
