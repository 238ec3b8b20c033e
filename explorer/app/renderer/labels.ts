import type { Box } from "../../../src/maps/pictures/frame.js";
import type { Grid } from "../../../src/maps/pictures/occupancy.js";

/** A text that wants to stand beside a point of the screen. */
export interface LabelWish {
  row: number;
  x: number;
  y: number;
  /** Pixels from its left to its right end. */
  width: number;
  /** Asked for by name: it may stand farther away, at the end of a line. */
  isWanted: boolean;
  /** Half the width and height of what is drawn at the point. */
  half: readonly [number, number];
  /** What is drawn at the point is taken already, as tiles of pictures are. */
  isTaken: boolean;
}

export interface PlacedText {
  row: number;
  box: Box;
  /** Where the text begins, on its baseline. */
  x: number;
  y: number;
  /** From its point to a text that stands farther away. */
  leader: readonly [number, number, number, number] | null;
}

export interface LabelRoom {
  /** What is taken of the screen. */
  texts: Grid;
  fontSize: number;
}

/** Pixels between a point and its text. */
const gap = 4;
/** Pixels that a wanted text may stand away. */
const farther = [0, 12, 26, 44, 70];
const sides = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [1, -1],
  [1, 1],
  [-1, -1],
  [-1, 1],
] as const;

/**
 * Texts beside their points, none over another or over another's point: the first wish first, in one of eight places (after
 * Christensen, Marks and Shieber 1995, "An empirical study of algorithms for point-feature label placement", section 3.1),
 * or not at all. In a first round each part of the screen, `spacing` wide, gets one text, so that texts tell of the whole
 * map and not of its fullest corner; a second round fills up.
 */
export function placeLabels(
  wishes: readonly LabelWish[],
  room: LabelRoom,
  most: number,
  spacing: number,
): PlacedText[] {
  const placed: PlacedText[] = [];
  const parts = new Set<number>();
  const partOf = ({ x, y }: LabelWish) => Math.floor(y / spacing) * 4096 + Math.floor(x / spacing);
  const done = new Set<number>();
  const place = (wish: LabelWish) => {
    done.add(wish.row);
    const label = placeOf(wish, room);
    if (label === null) return;
    room.texts.take(label.box);
    room.texts.take(dotOf(wish));
    parts.add(partOf(wish));
    placed.push(label);
  };
  for (const wish of wishes) if (wish.isWanted && !done.has(wish.row)) place(wish);
  const limit = placed.length + most;
  for (const isFirst of [true, false])
    for (const wish of wishes) {
      if (placed.length >= limit) return placed;
      if (!done.has(wish.row) && !(isFirst && parts.has(partOf(wish)))) place(wish);
    }
  return placed;
}

/** Where a text of its own, such as a distance on a line, may stand with its middle at (x, y); takes the place. */
export function placeCentered(x: number, y: number, width: number, { texts, fontSize }: LabelRoom): Box | null {
  const box = { x: x - width / 2 - 2, y: y - 0.6 * fontSize, width: width + 4, height: 1.2 * fontSize };
  if (!texts.isFree(box)) return null;
  texts.take(box);
  return box;
}

function dotOf({ x, y, half }: LabelWish): Box {
  return { x: x - half[0], y: y - half[1], width: 2 * half[0], height: 2 * half[1] };
}

function placeOf(wish: LabelWish, { texts, fontSize }: LabelRoom): PlacedText | null {
  const { row, x, y, width, half, isWanted, isTaken } = wish;
  const middle = { x: x - 1, y: y - 1, width: 2, height: 2 };
  if (!isWanted && !isTaken && !texts.isFree(middle)) return null; // its point is under another's text
  const height = 1.2 * fontSize;
  for (const distance of isWanted ? farther : [0])
    for (const [across, down] of sides) {
      const [aside, above] = [half[0] + gap + distance, half[1] + gap + distance - 2];
      const left = across > 0 ? x + aside : across < 0 ? x - aside - width : x - width / 2;
      const top = down > 0 ? y + above : down < 0 ? y - above - height : y - height / 2;
      const box = { x: left, y: top, width, height };
      if (!texts.isFree(box)) continue;
      const leader =
        distance === 0
          ? null
          : ([x, y, Math.min(left + width, Math.max(left, x)), Math.min(top + height, Math.max(top, y))] as const);
      return { row, box, x: left, y: top + 0.92 * fontSize, leader };
    }
  return null;
}
