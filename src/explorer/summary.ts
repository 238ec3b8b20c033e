import { FileError, FormatError } from "../io/errors.js";
import { savedProjections } from "../maps/saved-projection.js";
import { dot } from "../numerics/dot.js";
import type { Space } from "../space/space.js";
import { itemsOf } from "./axes.js";
import { columnSummary } from "./column-values.js";
import { takesOf } from "./new-thing.js";
import type { ColumnSummary, DirectionSummary, ProjectionSummary, SpaceSummary, ThumbnailSummary } from "./protocol.js";

/** What a page is told of a space at first; a damaged file takes from it only what it holds. */
export async function summaryOf(space: Space, id: number, title: string): Promise<SpaceSummary> {
  const { kind, geometry, length, dimensions, method, options, metrics } = space;
  const problems = new Set<string>();
  const readable = <T>(part: Promise<T>, otherwise: T): Promise<T> =>
    part.catch((error) => {
      if (!(error instanceof FormatError || error instanceof FileError)) throw error;
      problems.add(error.message);
      return otherwise;
    });
  const present = await readable(space.columns(), new Map());
  const columns = Array.from(present, ([name, column]) => columnSummary(name, column));
  const relations = await readable(space.relations(), null);
  const names = [...space.directions.keys()];
  const directions = await readable(Promise.all(names.map((name) => directionSummary(space, name))), []);
  return {
    ...{ id, title, kind, geometry, items: length, dimensions, method, options, metrics },
    columns,
    projections: projectionsOf(space, columns),
    directions,
    decodes: space.decodes,
    takes: takesOf(space),
    relations: relations === null ? null : { count: relations.sources.length, directed: relations.directed },
    thumbnails: thumbnailSummary(space),
    indexed: space.hasIndex,
    epochs: [...(space.film?.layout.epochs ?? [])],
    training: null,
    problem: problems.size === 0 ? null : [...problems].join("; "),
  };
}

/** Maps that columns hold: those that a method left, then x and y (and z) of somebody else, where every item has them. */
function projectionsOf(space: Space, columns: readonly ColumnSummary[]): ProjectionSummary[] {
  const names = columns.map(({ name }) => name);
  const saved = savedProjections(space)
    .filter((entry) => entry.columns.length <= 3 && entry.columns.every((name) => names.includes(name)))
    .map(({ columns, method, settings, quality }) => ({ columns: [...columns], method, settings, quality }));
  const whole = columns.filter(({ type, missing }) => type === "number" && missing === 0).map(({ name }) => name);
  const own = ["x", "y", "z"].filter((name) => whole.includes(name));
  const known = saved.some((entry) => entry.columns[0] === "x");
  if (known || !own.includes("x") || !own.includes("y")) return saved;
  return [...saved, { columns: own, method: "columns", settings: {}, quality: null }];
}

function thumbnailSummary({ thumbnails }: Space): ThumbnailSummary | null {
  if (thumbnails === null) return null;
  const { width, height, columns, rows, items } = thumbnails.layout;
  const perSheet = columns * rows;
  const sheets = Array.from({ length: thumbnails.sheets }, (_, k) => Math.min(perSheet, items - k * perSheet));
  return { tileWidth: width, tileHeight: height, columns, sheets };
}

/** Items that tell how far a direction reaches. */
const mostMeasured = 2000;

/** A direction with the coefficients between which 98 of 100 items lie. */
export async function directionSummary(space: Space, name: string): Promise<DirectionSummary> {
  const direction = space.directions.get(name);
  if (direction === undefined) throw new RangeError(`internal: no direction ${name}`);
  const { vector, metrics } = direction;
  const itemAt = await itemsOf(space);
  const step = Math.max(1, Math.ceil(space.length / mostMeasured));
  const squared = dot(vector, vector);
  const coefficients: number[] = [];
  for (let row = 0; row < space.length; row += step) coefficients.push(dot(itemAt(row), vector) / squared);
  const middle = coefficients.reduce((sum, value) => sum + value, 0) / coefficients.length;
  const sorted = Float64Array.from(coefficients, (value) => value - middle).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return { name, metrics, least: at(0.01), most: at(0.99) };
}
