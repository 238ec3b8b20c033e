/** The class of the largest score of each row of scores [N, C]; the first where several are. */
export function argMaxRows(scores: ArrayLike<number>, classes: number): Int32Array {
  return Int32Array.from({ length: scores.length / classes }, (_, i) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[i * classes + c] > scores[i * classes + best]) best = c;
    return best;
  });
}

/** Share of the nodes whose prediction is their label; null for none. */
export function accuracy(predictions: Int32Array, labels: Int32Array, nodes: Uint32Array): number | null {
  if (nodes.length === 0) return null;
  let right = 0;
  for (const node of nodes) if (predictions[node] === labels[node]) right++;
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
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}
