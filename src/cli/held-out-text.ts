import type { JsonObject } from "../io/json.js";
import { percent } from "./output.js";

/**
 * How far to believe a direction, by items that were held out; where always naming the larger class does as well, that comes first.
 * null where none were.
 */
export function heldOutText({ accuracy, baseline, correlation }: JsonObject): string | null {
  if (typeof accuracy === "number" && typeof baseline === "number") {
    const text = `accuracy ${percent(accuracy)}, the larger class alone ${percent(baseline)}`;
    return accuracy > baseline ? text : `no better than naming the larger class: ${text}`;
  }
  return typeof correlation === "number" ? `correlation ${correlation.toFixed(3)}` : null;
}
