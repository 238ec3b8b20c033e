import type { SearchReport } from "../space/hnsw/filtered-search.js";
import type { Recall } from "../space/hnsw/recall.js";
import type { Space } from "../space/space.js";
import { count as countText } from "./output.js";
import type { Shell } from "./shell.js";

/** The figure of a space under which `index` leaves what it measured. */
export const recallMetric = "index";

/**
 * Says how searches of a space that has an index were made, and for those by the index how much they find: as measured
 * when the index was made, or, for other widths and counts, by asking for sampled items now. Returns the same for JSON.
 */
export async function howFound(
  told: readonly SearchReport[],
  space: Space,
  count: number | undefined,
  { output, signal }: Pick<Shell, "output" | "signal">,
): Promise<{ search?: SearchReport & { recall?: Recall } }> {
  if (!space.hasIndex || told.length === 0) return {};
  const byIndex = told.find(({ method }) => method === "hnsw");
  if (byIndex === undefined) {
    output.note(`exact: every item was compared, of ${countText(space.length)}`);
    return { search: told[0] };
  }
  const recall = await recallOf(space, count ?? 10, byIndex.ef ?? 64, signal);
  output.note(`approximate: by the index, ef ${byIndex.ef}; ${recallText(recall)}`);
  return { search: { ...byIndex, recall } };
}

/** `recall@10 0.973 +- 0.004 (200 sampled items)`. */
export function recallText({ recall, standardError, count, queries }: Recall): string {
  return `recall@${count} ${recall.toFixed(3)} +- ${standardError.toFixed(3)} (${queries} sampled items)`;
}

async function recallOf(space: Space, count: number, ef: number, signal: AbortSignal): Promise<Recall> {
  const kept = space.metrics[recallMetric] as Partial<Recall> | null | undefined;
  if (kept?.count === count && kept.ef === ef && kept.recall !== undefined) return kept as Recall;
  return space.estimateRecall({ count: Math.min(count, space.length), ef, signal });
}
