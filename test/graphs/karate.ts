import { readFileSync } from "node:fs";
import { Graph } from "../../dist/messages/graph.js";
import type { Space } from "../../dist/space/space.js";

const table = (name: string): string[][] =>
  readFileSync(new URL(`../../samples/karate/${name}`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","));

/** The edges of Zachary's karate club, and the faction of each member. */
export const karateEdges = table("edges.csv").map(([source, target]) => [Number(source), Number(target)] as const);
export const karateFactions: readonly number[] = table("labels.csv").map(([, faction]) => Number(faction));

/** Zachary's karate club: 34 nodes, 78 edges, and to whom each member went when the club broke apart (0 or 1). */
export async function karate(): Promise<{ graph: Graph; factions: number[] }> {
  const graph = await Graph.fromEdges({
    sources: Uint32Array.from(karateEdges, ([source]) => source),
    targets: Uint32Array.from(karateEdges, ([, target]) => target),
  });
  return { graph, factions: [...karateFactions] };
}

/** The vectors of a space, row by row. */
export async function rowsOf(space: Space): Promise<Float32Array[]> {
  const vectors = await space.vectors();
  return Array.from({ length: space.length }, (_, i) => Float32Array.from(vectors.get(i)));
}

/** The share of rows whose nearest other row (the first, of several) has their label. */
export function nearestAccuracy(rows: readonly ArrayLike<number>[], labels: readonly number[]): number {
  let right = 0;
  for (let i = 0; i < rows.length; i++) {
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    for (let j = 0; j < rows.length; j++) {
      let distance = 0;
      for (let d = 0; d < rows[i].length; d++) distance += (rows[i][d] - rows[j][d]) ** 2;
      if (j !== i && distance < least) [best, least] = [j, distance];
    }
    if (labels[best] === labels[i]) right++;
  }
  return right / rows.length;
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];
