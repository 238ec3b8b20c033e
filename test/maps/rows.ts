import type { Column } from "../../dist/formats/table.js";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";

/** A space of rows called item0, item1, ... */
export function spaceOf(
  rows: readonly (readonly number[])[],
  geometry: "cosine" | "euclidean" | "dot" | "lorentz",
  columns: Readonly<Record<string, Column>> = {},
): Space {
  return Space.from(
    {
      names: rows.map((_, i) => `item${i}`),
      vectors: Float32Array.from(rows.flat()),
      dimensions: rows[0]?.length ?? 1,
      kind: "items",
      geometry,
      columns,
    },
    { onWarning: () => {} },
  );
}

/** Normal numbers. */
export function randomRows(count: number, dimensions: number, seed: number): number[][] {
  const rng = new Rng(seed);
  return Array.from({ length: count }, () => Array.from({ length: dimensions }, () => Math.fround(rng.normal())));
}

/** Rows in balls of radius about `spread` around `groups` centers of length about 1, in turn; row i belongs to i % groups. */
export function plantedRows(
  count: number,
  dimensions: number,
  groups: number,
  spread: number,
  seed: number,
): number[][] {
  const centers = randomRows(groups, dimensions, seed);
  const noise = randomRows(count, dimensions, seed + 1);
  const scale = 1 / Math.sqrt(dimensions);
  return noise.map((row, i) => row.map((x, d) => Math.fround(scale * (centers[i % groups][d] + spread * x))));
}

/** Numbers of a flat list as rows. */
export function inRows(values: readonly number[], dimensions: number): number[][] {
  return Array.from({ length: values.length / dimensions }, (_, i) =>
    values.slice(i * dimensions, (i + 1) * dimensions),
  );
}
