/** Items divided into clusters. */
export interface Clustering {
  /** [N]: the cluster of each item, from 0, the largest first (of equal ones that of the lowest item); -1 is noise. */
  readonly labels: Int32Array<ArrayBuffer>;
  /** Items of each cluster. */
  readonly sizes: readonly number[];
  /** Items in no cluster. */
  readonly noise: number;
}

/** Numbers clusters by size, whatever numbers they have; what is below 0 becomes -1. */
export function numberBySize(labels: ArrayLike<number>): Clustering {
  const sizeOf = new Map<number, number>(); // in order of the lowest items, which sorting keeps among equals
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] >= 0) sizeOf.set(labels[i], (sizeOf.get(labels[i]) ?? 0) + 1);
  }
  const bySize = [...sizeOf].sort(([, a], [, b]) => b - a);
  const numberOf = new Map(bySize.map(([label], number) => [label, number]));
  const numbered = Int32Array.from(labels, (label) => numberOf.get(label) ?? -1);
  const sizes = bySize.map(([, size]) => size);
  return { labels: numbered, sizes, noise: labels.length - sizes.reduce((sum, size) => sum + size, 0) };
}
