import { type Graph, graphOf, withInputs } from "./graph.js";
import { isInput, type Tensor } from "./tensor.js";

/** The graph with every foreign step that can be written in other ops written so. */
export function lowerForeign(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op.foreign?.lower)) return graph;
  const replacement = new Map<Tensor, Tensor>();
  const current = (tensor: Tensor) => replacement.get(tensor) ?? tensor;
  for (const node of graph.nodes) {
    if (isInput(node)) continue;
    const inputs = node.inputs.map(current);
    const lowered = node.op.foreign?.lower?.(inputs, node.attributes) ?? withInputs(node, inputs).outputs;
    for (const [k, output] of node.outputs.entries()) replacement.set(output, lowered[k]);
  }
  return graphOf(graph.inputs, graph.outputs.map(current));
}
