import type { MapQuality } from "../maps/quality.js";
import { count } from "./output.js";

/** How far a map may be believed, in lines. */
export function qualityLine(quality: MapQuality): string {
  const { trustworthiness, continuity, preservation, chance, stress, neighbors, anchors, standardErrors } = quality;
  const figure = (name: keyof NonNullable<MapQuality["standardErrors"]>, value: number) =>
    value.toFixed(4) + (standardErrors === null ? "" : ` ± ${standardErrors[name].toFixed(4)}`);
  const lines = [
    `trustworthiness  ${figure("trustworthiness", trustworthiness)}  1: neighbors on the map are near in the space`,
    `continuity       ${figure("continuity", continuity)}  1: neighbors in the space are near on the map`,
    `preservation     ${figure("preservation", preservation)}  share of the ${neighbors} nearest that are kept; chance gives ${chance.toFixed(4)}`,
    `stress           ${stress === null ? "-" : stress.toFixed(4)}  0: distances are proportional`,
  ];
  if (standardErrors !== null) lines.push(`on ${count(anchors)} items, each ranked against all; ± one standard error`);
  return lines.join("\n");
}
