import type { Column } from "../formats/table.js";
import type { JsonObject } from "../io/json.js";
import type { TaskOptions } from "../io/progress.js";
import type { Projection } from "../maps/projection.js";
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
  about: { method: string; settings?: JsonObject; seed?: number | null; metrics?: JsonObject };
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
  if (space.length < 2)
    return { coordinates: new Float32Array(2 * space.length), title: "A map", notes: [], about: { method: wanted } };
  const onWarning = (message: string) => output.warn(message);
  const given = Object.fromEntries(Object.entries({ seed, threads }).filter(([, value]) => value !== undefined));
  const { projection, title, note } = await projections[wanted](space, { ...given, signal, onProgress, onWarning });
  return {
    coordinates: planeOf(projection, space.length),
    title,
    notes: [note],
    about: { method: wanted, settings: projection.settings, seed: projection.seed, metrics: projection.metrics },
  };
}

interface ProjectionOptions extends TaskOptions {
  seed?: number;
  threads?: number;
  onWarning: (message: string) => void;
}

/** What a map by a method is called, and what is to be known of it. */
interface NamedProjection {
  projection: Projection;
  title: string;
  note: string;
}

const projections: Readonly<Record<MapMethod, (space: Space, options: ProjectionOptions) => Promise<NamedProjection>>> =
  {
    async pca(space, options) {
      const { pca } = await import("../maps/pca.js");
      // Where the cosine is the measure, lengths do not count.
      const projection = await pca(space, { ...options, normalize: space.geometry === "cosine" });
      const shares = Array.from(projection.explainedVarianceRatio, (share) => `${(100 * share).toFixed(1)} %`);
      const of = space.geometry === "cosine" ? "vectors scaled to length 1" : "the vectors";
      return {
        projection,
        title: "PCA",
        note: `Principal components of ${of}: left to right shows ${shares.join(", bottom to top ")} of the variance.`,
      };
    },
    async tsne(space, options) {
      const { tsne } = await import("../maps/tsne.js");
      const projection = await tsne(space, options);
      return {
        projection,
        title: "t-SNE",
        note: `t-SNE with perplexity ${round(projection.settings.perplexity)}, seed ${projection.seed}: ${clumps}`,
      };
    },
    async umap(space, options) {
      const { umap } = await import("../maps/umap.js");
      const projection = await umap(space, options);
      const { neighbors, minDist } = projection.settings;
      return {
        projection,
        title: "UMAP",
        note: `UMAP with neighbors ${neighbors}, minDist ${minDist}, seed ${projection.seed}: ${clumps}`,
      };
    },
  };

const clumps =
  "what is near on the map tends to be near in the space; distances between clumps, and their sizes, mean little.";

function round(value: unknown): string {
  return String(Number(Number(value).toPrecision(3)));
}

/** Coordinates [N, 2]; where there is one dimension only, all lie on a line. */
function planeOf({ coordinates, dimensions }: Projection, items: number): Float32Array {
  if (dimensions === 2) return coordinates;
  return Float32Array.from({ length: 2 * items }, (_, k) => (k % 2 === 0 ? coordinates[(k >> 1) * dimensions] : 0));
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
