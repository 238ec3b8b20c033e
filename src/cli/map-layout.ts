import type { Column } from "../formats/table.js";
import type { JsonObject } from "../io/json.js";
import type { Space } from "../space/space.js";
import { UsageError } from "./exit-codes.js";
import { shown } from "./output.js";
import type { Shell } from "./shell.js";

export type MapMethod = "pca" | "tsne" | "umap";
const methods: readonly MapMethod[] = ["pca", "tsne", "umap"];

/** Where the items of a space lie on a map. */
export interface MapLayout {
  /** [N, 2] */
  coordinates: Float32Array;
  /** `PCA`, for the picture. */
  title: string;
  /** What else is to be known of the map. */
  notes: readonly string[];
  /** The same for programs. */
  about: { method: string; settings?: JsonObject; seed?: number | null };
}

/** Items below which UMAP has no neighborhoods to go by. */
const fewItems = 16;

/** The columns that hold the places of a map. */
const saved = ["x", "y"] as const;

/** The places of a space's items: its columns x and y where it has them and no method is asked for, or a projection. */
export async function mapLayout(
  space: Space,
  { method, seed, threads }: { method?: MapMethod; seed?: number; threads?: number },
  { output, signal, onProgress }: Shell,
): Promise<MapLayout> {
  if (method !== undefined && !methods.includes(method)) {
    throw new UsageError(`map: --method must be one of ${methods.join(", ")}, got ${shown(method)}`);
  }
  const columns = await space.columns();
  const [x, y] = saved.map((name) => columns.get(name));
  if (method === undefined && x !== undefined && y !== undefined) {
    output.note("places    columns x and y of the space (--method projects it anew)");
    return {
      coordinates: await placesOf(space, x, y),
      title: "Columns x and y",
      notes: [],
      about: { method: "columns" },
    };
  }
  const wanted = method ?? (space.length < fewItems ? "pca" : "umap");
  if (wanted === "tsne") throw new UsageError(`map: --method ${wanted} is not there yet`);
  if (wanted === "umap") {
    const { umap } = await import("../maps/umap.js");
    const given = Object.fromEntries(Object.entries({ seed, threads }).filter(([, value]) => value !== undefined));
    const onWarning = (message: string) => output.warn(message);
    const projection = await umap(space, { ...given, signal, onProgress, onWarning });
    const { neighbors, minDist } = projection.settings;
    return {
      coordinates: projection.coordinates,
      title: "UMAP",
      notes: [
        `UMAP with neighbors ${neighbors}, minDist ${minDist}, seed ${projection.seed}: what is near on the map tends to be near in the space; distances between clumps, and their sizes, mean little.`,
      ],
      about: { method: "umap", settings: projection.settings, seed: projection.seed },
    };
  }
  if (seed !== undefined) throw new UsageError("map: --seed has no effect with --method pca");
  const { planePositions } = await import("../graphs/plane.js");
  const vectors = await space.vectors();
  const rows = new Float32Array(space.length * space.dimensions);
  for (let i = 0; i < space.length; i++) rows.set(vectors.get(i), i * space.dimensions);
  const [positions] = planePositions([rows], space.dimensions);
  return { coordinates: Float32Array.from(positions), title: "PCA", notes: [], about: { method: "pca" } };
}

/** Two columns as coordinates [N, 2]. */
async function placesOf(space: Space, ...columns: readonly Column[]): Promise<Float32Array> {
  const coordinates = new Float32Array(2 * space.length);
  for (const [axis, column] of columns.entries()) {
    for (let i = 0; i < space.length; i++) {
      const value = column[i];
      if (typeof value !== "number" || !Number.isFinite(value)) {
        const name = shown((await space.names()).get(i));
        throw new UsageError(
          `map: column ${saved[axis]} must hold a finite number for each item, got ${JSON.stringify(value)} for ${name} in row ${i}; --method projects the space instead`,
        );
      }
      coordinates[2 * i + axis] = value;
    }
  }
  return coordinates;
}
