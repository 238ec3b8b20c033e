import type { Names } from "../../io/names.js";
import { integerOption, knownOptions, numberOption, wordOption } from "../../io/options.js";
import { type MapColor, scaleNames } from "./column-colors.js";
import type { Bounds } from "./frame.js";
import type { ThemeName } from "./themes.js";

/** What a map is drawn of. */
export interface MapPicture {
  /** [N, 2], x to the right and y upwards; finite. */
  coordinates: ArrayLike<number>;
  /** [N]; without names there are no labels. */
  names?: Names | ArrayLike<string>;
  /** What colors the points; all alike by default. */
  color?: MapColor;
  /** Whether a legend tells what the colors mean; true by default. */
  legend?: boolean;
  /**
   * Most points that get their names beside them, 40 by default; or just which points, the most important first. Where these
   * are all points, or are named, a name without room stands farther away at the end of a line.
   */
  labels?: number | ArrayLike<number>;
  /** [N]; points with more get a label first. The first points by default. */
  priority?: ArrayLike<number | null>;
  /** [N]; a short text behind each label, such as a similarity. */
  details?: ArrayLike<string>;
  /** [E, 2] lines between points. */
  edges?: ArrayLike<number>;
  /** [E] in 0..1; strong lines are darker. */
  edgeStrengths?: ArrayLike<number>;
  /** Points that get a ring. */
  marked?: ArrayLike<number>;
  /** A line above the map. */
  title?: string;
  /** A smaller line below the title. */
  subtitle?: string;
  /** What the map is, for those who cannot see it; the title, the number of points and the notes by default. */
  description?: string;
  /** Lines below the map, such as how far to believe it. */
  notes?: readonly string[];
  /** "light", the default, or "dark". */
  theme?: ThemeName;
  /** Width in pixels, 960 by default, 160 to 10,000. */
  width?: number;
  /** Height in pixels, 160 to 10,000; by default as the data asks, the map between .4 and .85 times as high as wide. */
  height?: number;
  /** Radius of a point in pixels; by the number of points by default, 1 to 6. */
  radius?: number;
  /** Whether each point shows its name where the mouse rests, for up to 5,000 points; false by default. */
  tooltips?: boolean;
  /** What coordinates the map shows at least, so that several maps have one scale; where the points lie by default. */
  bounds?: Bounds;
}

const options = [
  ...["coordinates", "names", "color", "legend", "labels", "priority", "details", "edges", "edgeStrengths", "marked"],
  ...["title", "subtitle", "description", "notes", "theme", "width", "height", "radius", "tooltips", "bounds"],
];

const where = "drawMap";

/** The name of a point; null where points have none. */
export function namesOf({ names }: MapPicture): ((point: number) => string) | null {
  if (names === undefined) return null;
  return "get" in names ? (point) => names.get(point) : (point) => names[point];
}

/** The number of points, after all that belongs to them was found to fit together. Throws RangeError. */
export function checkedPoints(picture: MapPicture, nameOf: ((point: number) => string) | null): number {
  knownOptions(where, picture, options);
  const { coordinates, edges = [], edgeStrengths, marked = [], labels } = picture;
  const numPoints = coordinates.length / 2;
  if (!Number.isInteger(numPoints)) {
    throw new RangeError(`${where}: coordinates must be two numbers a point, got ${coordinates.length} numbers`);
  }
  const lengths = {
    names: picture.names,
    priority: picture.priority,
    details: picture.details,
    "color.values": picture.color?.values,
  };
  for (const [what, list] of Object.entries(lengths)) {
    if (list !== undefined && list.length !== numPoints) {
      throw new RangeError(`${where}: ${what} must be ${numPoints}, one a point, got ${list.length}`);
    }
  }
  for (let k = 0; k < coordinates.length; k++) {
    if (Number.isFinite(coordinates[k])) continue;
    const point = k >> 1;
    const name = nameOf === null ? "" : ` (${JSON.stringify(nameOf(point))})`;
    throw new RangeError(
      `${where}: coordinates must be finite numbers, got ${coordinates[k]} as ${"xy"[k & 1]} of point ${point}${name}`,
    );
  }
  if (edges.length % 2 !== 0)
    throw new RangeError(`${where}: edges must be two points a line, got ${edges.length} numbers`);
  if (edgeStrengths !== undefined && edgeStrengths.length !== edges.length / 2) {
    throw new RangeError(
      `${where}: edgeStrengths must be ${edges.length / 2}, one a line, got ${edgeStrengths.length}`,
    );
  }
  for (let e = 0; e < (edgeStrengths?.length ?? 0); e++) {
    numberOption(where, `edgeStrengths[${e}]`, edgeStrengths?.[e], { least: 0, most: 1 });
  }
  const rows = { edges, marked, labels: typeof labels === "object" ? labels : [] };
  for (const [what, list] of Object.entries(rows)) {
    for (let k = 0; k < list.length; k++) {
      if (Number.isInteger(list[k]) && list[k] >= 0 && list[k] < numPoints) continue;
      throw new RangeError(`${where}: ${what} must be numbers of points from 0 to ${numPoints - 1}, got ${list[k]}`);
    }
  }
  if (picture.color !== undefined) {
    knownOptions(where, picture.color, ["title", "values", "scale", "categories", "order", "palette"]);
    wordOption(where, "color.scale", picture.color.scale ?? "auto", scaleNames);
    integerOption(where, "color.categories", picture.color.categories ?? 7, 1, 14);
    checkPalette(picture.color.palette);
  }
  return numPoints;
}

function checkPalette(palette: readonly string[] | undefined): void {
  if (palette === undefined) return;
  const wrong = palette.find((color) => !/^#[0-9a-f]{6}$/i.test(color));
  if (wrong === undefined && palette.length >= 2) return;
  const got = wrong === undefined ? `${palette.length}` : JSON.stringify(wrong);
  throw new RangeError(`${where}: color.palette must be two colors or more as #rrggbb, got ${got}`);
}
