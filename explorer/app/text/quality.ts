import { scoreText } from "./format.js";

/** How far a map may be believed, in words; null where its figures are not known. Figures of a saved map come from a file. */
export function qualityFigures(quality: object | null): { trustworthiness: string; explained: string } | null {
  const figures = new Map<string, unknown>(Object.entries(quality ?? {}));
  const figure = (name: string) => {
    const value = figures.get(name);
    return typeof value === "number" ? scoreText(value) : null;
  };
  const trustworthiness = figure("trustworthiness");
  if (trustworthiness === null) return null;
  const [continuity, preservation, chance] = ["continuity", "preservation", "chance"].map(figure);
  const sentences = [
    "Trustworthiness 1: what is near on this map is near in the space.",
    continuity && `Continuity ${continuity} (1: what is near in the space is near on the map).`,
    preservation &&
      `Of the nearest in the space ${preservation} are among the nearest here${chance && `, by chance ${chance}`}.`,
  ];
  return { trustworthiness, explained: sentences.filter(Boolean).join(" ") };
}
