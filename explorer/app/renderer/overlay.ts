import { Grid } from "../../../src/maps/pictures/occupancy.js";
import { isolated } from "../../../src/maps/pictures/svg.js";
import { cutText } from "../text/cut.js";
import type { View } from "./camera.js";
import { type LabelRoom, type LabelWish, type PlacedText, placeCentered, placeLabels } from "./labels.js";
import type { Scene } from "./scene.js";
import { diamond, drawSpot, type PlacedSpot, placeSpots } from "./spots.js";
import type { PlacedTile } from "./thumbnails.js";
import type { MapLine } from "./types.js";

/** A region that is being drawn. */
export interface Outline {
  tool: "lasso" | "box";
  corners: readonly number[];
}

export const fontSize = 12;
const family = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
export const font = `${fontSize}px ${family}`;
export const wantedFont = `600 ${fontSize}px ${family}`;
/** Letters of a name that are shown. */
const mostLetters = 42;
/** Pixels of the screen for each label. */
const areaOfLabel = 7500;

/** A line with the ends that are seen, in pixels, and where its text stands. */
export interface PlacedLine {
  line: MapLine;
  ends: readonly [number, number, number, number];
  text: { text: string; x: number; y: number } | null;
}

export interface PlacedLabel extends PlacedText {
  text: string;
  isWanted: boolean;
  /** Of an item that stands back. */
  isGreyed: boolean;
}

/** All that is written and ruled over the points. */
export interface OverlayLayout {
  lines: PlacedLine[];
  spots: PlacedSpot[];
  labels: PlacedLabel[];
  /** Rows whose names are not known and would be shown. */
  wanted: number[];
}

/** Text as it is shown: not longer than a label may be, and isolated from the direction of what is around it. */
function shown(name: string): string {
  return isolated(cutText(name, mostLetters));
}

/** The row whose text stands at (x, y), as far as texts are printed. */
export function rowNamedAt({ labels }: OverlayLayout, x: number, y: number): number | null {
  const isWithin = ({ box }: PlacedText) =>
    x >= box.x && y >= box.y && x <= box.x + box.width && y <= box.y + box.height;
  return labels.find(isWithin)?.row ?? null;
}

/**
 * Where lines and texts go; the name of `hovered` among those that are wanted. `important` tells the rows in view whose names matter most, at most so many; `measure` the pixels
 * of a text.
 */
export function layOut(
  scene: Scene,
  view: View,
  hovered: number | null,
  radius: number,
  tiles: readonly PlacedTile[],
  important: (count: number) => readonly number[],
  measure: (text: string, isWanted: boolean) => number,
): OverlayLayout {
  const within = { x: 0, y: 0, width: view.width, height: view.height };
  const room: LabelRoom = { texts: new Grid(within), fontSize };
  const dot = Math.max(3, radius);
  const halves = new Map<number, readonly [number, number]>();
  for (const { row, x, y, width, height } of tiles) {
    halves.set(row, [width / 2, height / 2]);
    room.texts.take({ x: x - width / 2, y: y - height / 2, width, height });
  }
  const { labels } = scene;
  const texts = new Map<number, string>();
  const wanted: number[] = [];
  const wishes: LabelWish[] = [];
  const wish = (row: number, isWanted: boolean) => {
    const place = scene.placeOf(row, view);
    if (place === null || texts.has(row)) return;
    const name = labels?.textOf(row);
    if (name === undefined) {
      wanted.push(row);
      return;
    }
    const text = shown(name);
    texts.set(row, text);
    const half = halves.get(row) ?? [dot, dot];
    wishes.push({ row, ...place, width: measure(text, isWanted), isWanted, half, isTaken: halves.has(row) });
  };
  const most = labels?.most ?? Math.ceil((view.width * view.height) / areaOfLabel);
  if (labels !== null) {
    if (hovered !== null) wish(hovered, true);
    for (const row of labels.first ?? []) wish(row, true);
    if (most > 0) for (const row of important(8 * most)) wish(row, false);
  }
  const own = scene.spots.map((spot) => ({ ...spot, text: shown(spot.text) }));
  const spots = placeSpots(own, scene, view, dot, room, measure);
  const first = placeLabels(
    wishes.filter(({ isWanted }) => isWanted),
    room,
    0,
    view.width,
  );
  const lines = scene.lines.flatMap((line) => placeLine(line, scene, view, room, measure) ?? []);
  const others = placeLabels(
    // Items that stand back come last.
    [false, true].flatMap((last) => wishes.filter(({ row, isWanted }) => !isWanted && scene.isGreyed(row) === last)),
    room,
    most,
    Math.sqrt(areaOfLabel),
  );
  const named = (isWanted: boolean) => (label: PlacedText) => ({
    ...label,
    text: texts.get(label.row) as string,
    isWanted,
    isGreyed: scene.isGreyed(label.row),
  });
  return { lines, spots, labels: [...first.map(named(true)), ...others.map(named(false))], wanted };
}

function placeLine(
  line: MapLine,
  scene: Scene,
  view: View,
  room: LabelRoom,
  measure: (text: string, isWanted: boolean) => number,
): PlacedLine | null {
  const [from, to] = [scene.endOf(line.from, view), scene.endOf(line.to, view)];
  if (from === null || to === null) return null;
  const ends = [from.x, from.y, to.x, to.y] as const;
  if (line.text === undefined || line.text === "") return { line, ends, text: null };
  // Nearer to its end, where lines of one beginning are apart.
  for (const share of [0.6, 0.75, 0.45]) {
    const [x, y] = [from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share];
    if (placeCentered(x, y, measure(line.text, false), room) !== null)
      return { line, ends, text: { text: line.text, x, y } };
  }
  return { line, ends, text: null };
}

/** Draws what lies over the points. */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  ratio: number,
  layout: OverlayLayout,
  radius: number,
  outline: Outline | null,
): void {
  const { theme } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  context.lineJoin = "round";
  context.lineCap = "round";
  for (const placed of layout.lines) drawLine(context, placed, scene, radius);
  if (scene.hovered !== null) drawHovered(context, scene, view, radius);
  context.textBaseline = "alphabetic";
  for (const spot of layout.spots) {
    drawSpot(context, spot, scene);
    context.font = wantedFont;
    if (spot.label.leader !== null) stroke(context, spot.label.leader, theme.line, 1);
    writeText(context, spot.text, spot.label.x, spot.label.y, theme.accent, theme.background);
  }
  for (const { row, text, x, y, isWanted, isGreyed, leader } of layout.labels) {
    context.font = isWanted ? wantedFont : font;
    if (leader !== null) stroke(context, leader, theme.line, 1);
    const color = row === scene.hovered ? theme.accent : isGreyed ? theme.muted : theme.text;
    writeText(context, text, x, y, color, theme.background);
  }
  if (outline !== null) drawOutline(context, outline, theme.accent);
}

function writeText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  color: string,
  halo: string,
): void {
  context.lineWidth = 3;
  context.strokeStyle = halo;
  context.globalAlpha = 0.85;
  context.strokeText(text, x, y);
  context.globalAlpha = 1;
  context.fillStyle = color;
  context.fillText(text, x, y);
}

function stroke(context: CanvasRenderingContext2D, ends: readonly number[], color: string, width: number): void {
  context.beginPath();
  context.moveTo(ends[0], ends[1]);
  context.lineTo(ends[2], ends[3]);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

function drawLine(
  context: CanvasRenderingContext2D,
  { line, ends, text }: PlacedLine,
  { theme }: Scene,
  radius: number,
): void {
  const isArrow = line.kind === "arrow";
  const color = isArrow ? theme.accent : theme.muted;
  context.setLineDash(line.kind === "likely" ? [5, 4] : []);
  stroke(context, isArrow ? shortened(ends, radius + 3) : ends, theme.background, isArrow ? 5 : 3);
  stroke(context, isArrow ? shortened(ends, radius + 3) : ends, color, isArrow ? 2 : 1);
  context.setLineDash([]);
  if (isArrow) {
    context.fillStyle = color;
    context.fill(new Path2D(arrowHead(ends, radius + 2)));
    if (typeof line.to !== "number") context.stroke(new Path2D(diamond(ends[2], ends[3], radius + 2)));
  }
  if (text === null) return;
  context.font = font;
  context.textBaseline = "middle";
  context.textAlign = "center";
  writeText(context, text.text, text.x, text.y, color, theme.background);
  context.textAlign = "start";
  context.textBaseline = "alphabetic";
}

/** A line that ends before its points. */
export function shortened(ends: readonly number[], by: number): [number, number, number, number] {
  const [x0, y0, x1, y1] = ends;
  const length = Math.hypot(x1 - x0, y1 - y0);
  const share = length > 3 * by ? by / length : 0;
  return [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, x1 - (x1 - x0) * share, y1 - (y1 - y0) * share];
}

/** The head of an arrow that ends `by` pixels before its point, as a path. */
export function arrowHead(ends: readonly number[], by: number): string {
  const [x0, y0, x1, y1] = ends;
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length];
  const [tipX, tipY] = [x1 - dx * by, y1 - dy * by];
  const at = (back: number, aside: number) =>
    `${(tipX - dx * back - dy * aside).toFixed(1)} ${(tipY - dy * back + dx * aside).toFixed(1)}`;
  return `M${at(0, 0)}L${at(9, 4)}L${at(7, 0)}L${at(9, -4)}Z`;
}

function drawHovered(context: CanvasRenderingContext2D, scene: Scene, view: View, radius: number): void {
  const place = scene.hovered === null ? null : scene.placeOf(scene.hovered, view);
  if (place === null) return;
  for (const [width, color] of [
    [5, scene.theme.background],
    [2, scene.theme.text],
  ] as const) {
    context.beginPath();
    context.arc(place.x, place.y, radius + 3, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = color;
    context.stroke();
  }
}

function drawOutline(context: CanvasRenderingContext2D, { tool, corners }: Outline, color: string): void {
  context.beginPath();
  if (tool === "box") context.rect(corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1]);
  else for (let k = 0; k + 1 < corners.length; k += 2) context.lineTo(corners[k], corners[k + 1]);
  if (tool === "lasso") context.closePath();
  context.fillStyle = color;
  context.globalAlpha = 0.12;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.stroke();
}
