import { NotFoundError } from "../io/errors.js";
import type { JsonObject, JsonValue } from "../io/json.js";
import { Names } from "../io/names.js";
import { closestNames } from "../space/closest-names.js";
import type { Space } from "../space/space.js";
import type { Projection } from "./projection.js";
import type { MapQuality } from "./quality.js";

/** What a space tells of a projection that its columns hold: an entry of `metrics.projections`. */
export interface SavedProjection {
  /** One a dimension. */
  readonly columns: readonly string[];
  readonly method: string;
  readonly settings: JsonObject;
  readonly seed: number | null;
  /** Figures that the method measured. */
  readonly metrics: JsonObject;
  /** As of when it was made; null where there were too few items. */
  readonly quality: JsonObject | null;
}

/** Name of the metric that holds the entries. */
const place = "projections";

/** x, y and z for up to three dimensions, beyond them the method's name with numbers from 1. */
export function defaultColumns(method: string, dimensions: number): string[] {
  if (dimensions <= 3) return ["x", "y", "z"].slice(0, dimensions);
  return Array.from({ length: dimensions }, (_, k) => `${method}${k + 1}`);
}

/** Throws RangeError on behalf of `where` unless there is a name of a column for each dimension, and all differ. */
export function requireColumns(where: string, columns: readonly string[], dimensions: number): void {
  if (columns.length !== dimensions) {
    throw new RangeError(
      `${where}: columns must name one column for each of ${dimensions} dimensions, got ${columns.length}: ${shown(columns)}`,
    );
  }
  const wrong = columns.find((name, k) => name === "" || name === "name" || columns.indexOf(name) !== k);
  if (wrong !== undefined) {
    const why =
      wrong === "" ? "an empty one" : wrong === "name" ? '"name", which the names are' : `${shown([wrong])} twice`;
    throw new RangeError(`${where}: columns must be different names of columns, got ${why}`);
  }
}

/** Puts a projection into a space; entries whose columns it takes the place of are dropped. */
export async function keepProjection(
  space: Space,
  { method, dimensions, coordinates, settings, seed, metrics }: Projection,
  columns: readonly string[],
  quality: MapQuality | null,
): Promise<void> {
  const values = columns.map((name, axis): [string, Float32Array] => [
    name,
    Float32Array.from({ length: space.length }, (_, i) => coordinates[i * dimensions + axis]),
  ]);
  const others = savedProjections(space).filter((entry) => !entry.columns.some((name) => columns.includes(name)));
  await space.setColumns(Object.fromEntries(values));
  space.setMetric(place, [...others, { columns: [...columns], method, settings, seed, metrics, quality }]);
}

/** What a space tells of the projections that it holds. Entries of another form, which others may have put there, are left out. */
export function savedProjections(space: Space): SavedProjection[] {
  const entries = space.metrics[place];
  return Array.isArray(entries) ? entries.filter(isEntry) : [];
}

function isEntry(value: JsonValue): value is JsonObject & SavedProjection {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { columns, method, settings, metrics, seed, quality } = value;
  const isObject = (part: JsonValue) => typeof part === "object" && part !== null && !Array.isArray(part);
  return (
    Array.isArray(columns) &&
    columns.every((name) => typeof name === "string") &&
    typeof method === "string" &&
    isObject(settings) &&
    isObject(metrics) &&
    (seed === null || typeof seed === "number") &&
    (quality === null || isObject(quality))
  );
}

/**
 * Columns of a space as coordinates [N, columns]. Throws NotFoundError for a column that is not there, RangeError for one that
 * does not hold a finite number for each item, such as items that were added since.
 */
export async function coordinatesOf(
  space: Space,
  columns: readonly string[],
  where = "coordinatesOf",
): Promise<Float32Array<ArrayBuffer>> {
  if (columns.length === 0) throw new RangeError(`${where}: at least one column is needed`);
  const present = await space.columns();
  const coordinates = new Float32Array(space.length * columns.length);
  for (const [axis, name] of columns.entries()) {
    const column = present.get(name);
    if (column === undefined) {
      const similar = closestNames(Names.from(present.keys()), name);
      const close = similar.length === 0 ? "" : ` did you mean ${shown(similar)}?`;
      const there = present.size === 0 ? "none" : shown([...present.keys()]);
      throw new NotFoundError(`${where}: there is no column ${shown([name])};${close} the space has ${there}`, name, [
        ...similar,
      ]);
    }
    for (let i = 0; i < space.length; i++) {
      const value = column[i];
      if (typeof value !== "number" || !Number.isFinite(value)) {
        const item = JSON.stringify((await space.names()).get(i));
        throw new RangeError(
          `${where}: column ${shown([name])} must hold a number for each item, got ${JSON.stringify(value)} for ${item} (row ${i}); project the space anew`,
        );
      }
      coordinates[i * columns.length + axis] = value;
    }
  }
  return coordinates;
}

const shown = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(", ");
