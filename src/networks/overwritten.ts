/** State that the last steps of a program may write over. */
import type { Graph } from "./graph.js";
import type { ForeignStep } from "./partition.js";
import type { Tensor } from "./tensor.js";

/**
 * State that its next value may overwrite, and the number of the first step that does so. Only foreign steps overwrite, and
 * only where nothing but foreign steps follows and nothing reads the old value any more, so that a session that fails, or
 * an abort before, leaves the state as it was.
 */
export function overwrittenState(
  graph: Graph,
  steps: readonly ({ kind: "segment" } | ForeignStep)[],
  stateCount: number,
): { overwritten: ReadonlySet<Tensor>; committing: number } {
  const overwritten = new Set<Tensor>();
  let committing = steps.length;
  /** What later steps and the results read. */
  const read = new Set<Tensor>(graph.outputs);
  for (let k = steps.length - 1; k >= 0; k--) {
    const step = steps[k];
    if (step.kind === "segment") break;
    const { inputs, outputs, op } = step.node;
    for (const [place, from] of (op.foreign?.overwrites?.(inputs) ?? []).entries()) {
      const state = graph.inputs.indexOf(inputs[from]);
      const isNext = state >= 0 && state < stateCount && graph.outputs.indexOf(outputs[place]) === state;
      const once = inputs.indexOf(inputs[from]) === inputs.lastIndexOf(inputs[from]);
      if (!isNext || !once || read.has(inputs[from])) continue;
      overwritten.add(inputs[from]);
      committing = k;
    }
    for (const input of inputs) read.add(input);
  }
  return { overwritten, committing };
}
