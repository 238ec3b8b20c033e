import { square } from "../../numerics/elementary.js";
import type { Box } from "./frame.js";
import { cell, Grid, PointCounts } from "./occupancy.js";

/** A text that wants to stand beside a point. */
export interface LabelCandidate {
  /** Number of its point. */
  point: number;
  /** Its point, in pixels. */
  x: number;
  y: number;
  /** Pixels that the text takes, from its left to its right end. */
  width: number;
}

/** A text that has a place. */
export interface PlacedLabel {
  point: number;
  /** What the text takes. */
  box: Box;
  /** Where it is written: at its start, its middle or its end, on its baseline. */
  x: number;
  y: number;
  anchor: "start" | "middle" | "end";
  /** A line from the point to a text that stands farther away: x, y, x, y. */
  leader?: readonly [number, number, number, number];
}

export interface LabelOptions {
  /** Where labels may stand. */
  within: Box;
  /** Most labels to place. */
  count: number;
  fontSize: number;
  /** Radius of a labeled point. */
  radius: number;
  /** All points in pixels, [N, 2]: a label takes the place where it covers the fewest. */
  points: Float64Array;
  /**
   * Whether to do all for a label for each candidate: none covers the point of another, and a text without room beside its
   * point stands up to 100 pixels away, at the end of a line. False by default.
   */
  insist?: boolean;
}

/** Pixels between a point and its text. */
const gap = 3;
/** Pixels from a point to a text at the end of a line. */
const farther = [10, 18, 28, 40, 56, 76, 100];
/** Height of a line and of what stands above its baseline, in font sizes. */
const lineHeight = 1.2;
const baseline = 0.92;

/**
 * Places texts beside their points so that none overlaps another, the point of another, or the edge: the first candidate
 * first, in one of eight places round its point, or not at all (after Christensen, Marks and Shieber 1995, "An empirical
 * study of algorithms for point-feature label placement", section 3.1). What is taken is kept in a grid of 2 pixels.
 *
 * So that labels tell of the whole map and not of its fullest corner, they keep a distance from each other at first; it is
 * halved until `count` are placed.
 */
export function placeLabels(candidates: readonly LabelCandidate[], options: LabelOptions): PlacedLabel[] {
  const { within, count, points, insist = false } = options;
  const room: Room = {
    ...options,
    texts: new Grid(within),
    lines: new Grid(within),
    dots: new Grid(within),
    covered: new PointCounts(within, points),
  };
  if (insist) for (const candidate of candidates) room.dots.take(dotBox(candidate, options.radius));
  const placed: PlacedLabel[] = [];
  const done = new Set<number>();
  let distance = 0.7 * Math.sqrt((within.width * within.height) / Math.max(1, count));
  if (candidates.length <= count) distance = 0;
  for (;;) {
    for (const candidate of candidates) {
      if (placed.length >= count) return placed;
      if (done.has(candidate.point) || isNear(candidate, placed, points, distance)) continue;
      // What has no place now will have none later, since nothing is given back.
      done.add(candidate.point);
      const label = insist ? farPlace(candidate, room) : closePlace(candidate, room);
      if (label === null) continue;
      room.texts.take(label.box);
      room.dots.take(dotBox(candidate, options.radius));
      for (const box of leaderBoxes(label, options.radius)) room.lines.take(box);
      placed.push(label);
    }
    if (distance === 0) return placed;
    distance = distance < 8 ? 0 : distance / 2;
  }
}

/** What is taken by what. */
interface Room extends Pick<LabelOptions, "fontSize" | "radius"> {
  readonly texts: Grid;
  /** By lines to texts. */
  readonly lines: Grid;
  /** By points that have a label or will. */
  readonly dots: Grid;
  readonly covered: PointCounts;
}

function isNear({ x, y }: LabelCandidate, placed: readonly PlacedLabel[], points: Float64Array, distance: number) {
  return placed.some(({ point }) => {
    const [dx, dy] = [points[2 * point] - x, points[2 * point + 1] - y];
    return dx * dx + dy * dy < distance * distance;
  });
}

function dotBox({ x, y }: { x: number; y: number }, radius: number): Box {
  return { x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius };
}

/** Sides of a point: right, left, above, below, then the corners. */
const sides: readonly (readonly [across: -1 | 0 | 1, down: -1 | 0 | 1])[] = [
  ...([
    [1, 0],
    [-1, 0],
    [0, -1],
    [0, 1],
  ] as const),
  ...([
    [1, -1],
    [1, 1],
    [-1, -1],
    [-1, 1],
  ] as const),
];

/** Directions of lines, every 22.5 degrees, y downwards. */
const directions: readonly (readonly [dx: number, dy: number])[] = [
  ...([
    [1, 0],
    [-1, 0],
    [0, -1],
    [0, 1],
  ] as const),
  ...(
    [
      [Math.SQRT1_2, Math.SQRT1_2],
      [0.924, 0.383],
      [0.383, 0.924],
    ] as const
  ).flatMap(
    ([dx, dy]) =>
      [
        [dx, -dy],
        [dx, dy],
        [-dx, -dy],
        [-dx, dy],
      ] as const,
  ),
];

/** A place beside a point that is under no label itself. */
function closePlace(candidate: LabelCandidate, room: Room): PlacedLabel | null {
  return room.texts.isFree(dotBox(candidate, room.radius)) ? bestPlace(candidate, room, 0) : null;
}

/** The nearest place there is, at the end of a line that crosses nothing or, if need be, points, or other lines too. */
function farPlace(candidate: LabelCandidate, room: Room): PlacedLabel | null {
  const beside = bestPlace(candidate, room, 0);
  if (beside !== null) return beside;
  const { texts, lines, dots } = room;
  for (const uncrossed of [[texts, lines, dots], [texts, lines], [texts]])
    for (const distance of farther) {
      const label = bestPlace(candidate, room, distance, uncrossed);
      if (label !== null) return label;
    }
  return null;
}

/** The free place that covers the fewest points, the first of equals; null where all are taken. */
function bestPlace(
  candidate: LabelCandidate,
  { texts, lines, dots, covered, fontSize, radius }: Room,
  distance: number,
  uncrossed: readonly Grid[] = [],
): PlacedLabel | null {
  let best: PlacedLabel | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  const places =
    distance === 0
      ? sides.map(([across, down]) => labelBeside(candidate, across, down, fontSize, radius))
      : directions.map(([dx, dy]) => labelAtLine(candidate, dx, dy, fontSize, radius + distance));
  for (const label of places) {
    if (![texts, lines, dots].every((grid) => grid.isFree(label.box))) continue;
    if (leaderBoxes(label, radius).some((box) => !uncrossed.every((grid) => grid.isFree(box)))) continue;
    const count = covered.within(label.box);
    if (count < fewest) [best, fewest] = [label, count];
    if (count === 0) break;
  }
  return best;
}

function labelBeside(
  { point, x, y, width }: LabelCandidate,
  across: -1 | 0 | 1,
  down: -1 | 0 | 1,
  fontSize: number,
  radius: number,
): PlacedLabel {
  const height = lineHeight * fontSize;
  // At a corner the text begins where the circle is 45 degrees away.
  const away = (across !== 0 && down !== 0 ? 0.7 * radius : radius) + gap;
  const left = across === 1 ? x + away : across === -1 ? x - away - width : x - width / 2;
  const rise = across === 0 ? radius + 1 : 0.5 * radius;
  const top = down === 0 ? y - height / 2 : down === -1 ? y - rise - height : y + rise;
  return {
    point,
    box: { x: left, y: top, width, height },
    x: across === 1 ? left : across === -1 ? left + width : x,
    y: top + baseline * fontSize,
    anchor: across === 1 ? "start" : across === -1 ? "end" : "middle",
  };
}

/** A text at the end of a line of some length in a direction (dx, dy). */
function labelAtLine(
  { point, x, y, width }: LabelCandidate,
  dx: number,
  dy: number,
  fontSize: number,
  length: number,
): PlacedLabel {
  const height = lineHeight * fontSize;
  const [toX, toY] = [x + length * dx, y + length * dy];
  const anchor = dx > 0.3 ? "start" : dx < -0.3 ? "end" : "middle";
  const textX = anchor === "start" ? toX + 2 : anchor === "end" ? toX - 2 : toX;
  const left = anchor === "start" ? textX : anchor === "end" ? textX - width : textX - width / 2;
  const top = anchor === "middle" ? (dy < 0 ? toY - height : toY) : toY - height / 2;
  const box = { x: left, y: top, width, height };
  return { point, box, x: textX, y: top + baseline * fontSize, anchor, leader: [x, y, toX, toY] };
}

/** What the line to a text takes, from the edge of its point on. */
function leaderBoxes({ leader }: PlacedLabel, radius: number): Box[] {
  if (leader === undefined) return [];
  const [x, y, toX, toY] = leader;
  const length = Math.sqrt(square(toX - x) + square(toY - y));
  const boxes: Box[] = [];
  for (let along = 1.5 * radius + 2 * cell; along < length; along += cell) {
    const [atX, atY] = [x + ((toX - x) * along) / length, y + ((toY - y) * along) / length];
    boxes.push({ x: atX, y: atY, width: 1, height: 1 });
  }
  return boxes;
}
