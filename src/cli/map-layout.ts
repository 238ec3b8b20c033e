import type { JsonObject } from "../io/json.js";
import { given } from "../io/options.js";
import type { ProjectionMethod } from "../maps/project.js";
import type { Projection } from "../maps/projection.js";
import type { Space } from "../space/space.js";
import { UsageError } from "./exit-codes.js";
import { type Output, shown } from "./output.js";
import type { Shell } from "./shell.js";

const methods: readonly ProjectionMethod[] = ["pca", "tsne", "umap"];

/** Where the items of a space lie on a map. */
export interface MapLayout {
  /** [N, 2] */
  coordinates: Float32Array;
  /** `PCA`, for the picture. */
  title: string;
  /** What else is to be known of the map. */
  notes: readonly string[];
  /** The same for programs. */
  about: {
    method: string;
    columns?: readonly string[];
    settings?: JsonObject;
    seed?: number | null;
    metrics?: JsonObject;
  };
}

/** Items below which UMAP has no neighborhoods to go by. */
const fewItems = 16;

/** The columns that hold the places of a map, where there are no others. */
const xy: readonly string[] = ["x", "y"];

interface MapLayoutOptions {
  method?: ProjectionMethod;
  columns?: readonly string[];
  seed?: number;
  threads?: number;
}

/** The places of a space's items: two of its columns where it has them and no method is asked for, or a projection. */
export async function mapLayout(
  space: Space,
  { method, columns: asked, seed, threads }: MapLayoutOptions,
  { output, signal, onProgress }: Shell,
): Promise<MapLayout> {
  if (method !== undefined && !methods.includes(method)) {
    throw new UsageError(`map: --method must be one of ${methods.join(", ")}, got ${shown(method)}`);
  }
  if (asked !== undefined) {
    if (method !== undefined) throw new UsageError("map: --columns and --method exclude each other");
    if (asked.length !== 2)
      throw new UsageError(`map: --columns must name two columns, got ${asked.map(shown).join(", ")}`);
  }
  const present = await space.columns();
  const columns = asked ?? (xy.every((name) => present.has(name)) ? xy : undefined);
  if (method === undefined && columns !== undefined) return savedLayout(space, columns, output);
  const wanted = method ?? (space.length < fewItems ? "pca" : "umap");
  if (space.length < 2)
    return { coordinates: new Float32Array(2 * space.length), title: "A map", notes: [], about: { method: wanted } };
  const onWarning = (message: string) => output.warn(message);
  const { projectionBy } = await import("../maps/project.js");
  const tasks = { ...given({ seed, threads }), signal, onProgress, onWarning };
  const projection = await projectionBy(space, { method: wanted, ...tasks });
  const { settings, metrics } = projection;
  return {
    coordinates: planeOf(projection, space.length),
    title: titles[wanted],
    notes: [noteOf(wanted, settings, projection.seed, metrics)],
    about: { method: wanted, settings, seed: projection.seed, metrics },
  };
}

/** Columns as places, with what the space tells of how they were made. */
async function savedLayout(space: Space, columns: readonly string[], output: Output): Promise<MapLayout> {
  const { coordinatesOf, savedProjections } = await import("../maps/saved-projection.js");
  const coordinates = await coordinatesOf(space, columns, "map");
  const names = columns.map(shown).join(" and ");
  const made = savedProjections(space).find((entry) => columns.every((name, axis) => entry.columns[axis] === name));
  output.note(`places    columns ${names} of the space (--method projects it anew)`);
  const about = { method: made?.method ?? "columns", columns, settings: made?.settings, seed: made?.seed };
  if (made === undefined) return { coordinates, title: `Columns ${names}`, notes: [], about };
  const { method, settings, seed, metrics } = made;
  const known = methods.find((one) => one === method);
  const title = known === undefined ? method : titles[known];
  return { coordinates, title, notes: known === undefined ? [] : [noteOf(known, settings, seed, metrics)], about };
}

const titles: Readonly<Record<ProjectionMethod, string>> = { pca: "PCA", tsne: "t-SNE", umap: "UMAP" };

/** What is to be known of a map by a method. */
function noteOf(method: ProjectionMethod, settings: JsonObject, seed: number | null, metrics: JsonObject): string {
  if (method === "umap") {
    return `UMAP with neighbors ${settings.neighbors}, minDist ${settings.minDist}, seed ${seed}: ${clumps}`;
  }
  if (method === "tsne") return `t-SNE with perplexity ${round(settings.perplexity)}, seed ${seed}: ${clumps}`;
  const ratios = metrics.explainedVarianceRatio;
  const shares = Array.isArray(ratios) ? ratios.map((share) => `${(100 * Number(share)).toFixed(1)} %`) : [];
  const of = settings.normalize === true ? "vectors scaled to length 1" : "the vectors";
  return `Principal components of ${of}: left to right shows ${shares.slice(0, 2).join(", bottom to top ")} of the variance.`;
}

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
