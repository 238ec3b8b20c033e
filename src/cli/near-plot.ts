import type { Neighbor } from "../space/neighbors.js";
import type { Space } from "../space/space.js";
import { plural, shown } from "./output.js";
import type { Shell } from "./shell.js";
import { writePicture } from "./write-picture.js";

/** Draws what was found near an expression, with the items that the expression names beside it. */
export async function plotNear(
  path: string,
  { space, expression, neighbors, metric, dark }: NearPlot,
  { output }: Shell,
): Promise<void> {
  const { drawNeighborhood } = await import("../maps/pictures/neighborhood.js");
  const [names, vectors] = await Promise.all([space.names(), space.vectors()]);
  const query = { name: expression, vector: await space.vector(expression) };
  const found = new Set(neighbors.map(({ row }) => row));
  const inputs = (await rowsIn(expression, space)).filter((row) => !found.has(row));
  const svg = drawNeighborhood(
    {
      query,
      neighbors: neighbors.map(({ name, row, score }) => ({ name, score, vector: vectors.get(row) })),
      inputs: inputs.map((row) => ({ name: names.get(row), vector: vectors.get(row) })),
      metric,
    },
    {
      subtitle: `The ${plural(neighbors.length, "item")} nearest to it of ${space.length.toLocaleString("en-US")}`,
      theme: dark ? "dark" : "light",
    },
  );
  await writePicture(path, svg);
  output.note(`wrote     ${shown(path)}`);
}

interface NearPlot {
  space: Space;
  expression: string;
  neighbors: readonly Neighbor[];
  metric: "cosine" | "dot" | "euclidean";
  dark: boolean;
}

/** Rows of the items that an expression of several names holds. */
async function rowsIn(expression: string, space: Space): Promise<number[]> {
  const names = await space.names();
  if (names.has(expression)) return [];
  const { parseExpression } = await import("../space/expression.js");
  const { linearCombination } = await import("../space/combination.js");
  const terms = linearCombination(parseExpression(expression));
  if (terms.length < 2) return [];
  return terms.map(({ name }) => names.indexOf(name)).filter((row) => row >= 0);
}
