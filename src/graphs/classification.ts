/** The class of the largest score of row i of scores [N, C]; the first where several are. */
export function argMaxOf(scores: ArrayLike<number>, i: number, classes: number): number {
  const start = i * classes;
  let best = 0;
  for (let c = 1; c < classes; c++) if (scores[start + c] > scores[start + best]) best = c;
  return best;
}

/** The class of the largest score of each row. */
export function argMaxRows(scores: ArrayLike<number>, classes: number): Int32Array {
  return Int32Array.from({ length: scores.length / classes }, (_, i) => argMaxOf(scores, i, classes));
}

/** Share of the nodes whose largest score is that of their label; null for no nodes. */
export function accuracy(
  scores: ArrayLike<number>,
  labels: Int32Array,
  nodes: Uint32Array,
  classes: number,
): number | null {
  if (nodes.length === 0) return null;
  let right = 0;
  for (const node of nodes) if (argMaxOf(scores, node, classes) === labels[node]) right++;
  return right / nodes.length;
}

/** How many nodes of class `row` were predicted as class `column`. */
export function confusionMatrix(
  predictions: Int32Array,
  labels: Int32Array,
  nodes: Uint32Array,
  classes: number,
): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const node of nodes) counts[labels[node]][predictions[node]]++;
  return counts;
}

/** Mean, and standard deviation with n - 1, 0 for a single value. */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}
