import type { DirectionSummary } from "../../../src/explorer/protocol.js";

/** How far to believe a direction: how it did on items that were held out. Null where nothing is known of that. */
export function heldOutText({ metrics }: Pick<DirectionSummary, "metrics">): string | null {
  const { accuracy, baseline, correlation, items } = metrics;
  if (typeof accuracy === "number") {
    const always = typeof baseline === "number" ? ` (always the larger group: ${percentText(baseline)})` : "";
    return `right for ${percentText(accuracy)} of held-out items${always}`;
  }
  if (typeof correlation === "number") return `correlation ${correlation.toFixed(2)} on held-out items`;
  return items === undefined ? null : "learned of too few items to hold any out";
}

function percentText(share: number): string {
  return `${(100 * share).toFixed(share > 0.995 && share < 1 ? 1 : 0)} %`;
}
