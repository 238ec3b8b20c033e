import { expect, test } from "vitest";
import { startCamera, viewOf } from "../../../explorer/app/renderer/camera.js";
import { edgeGeometry, edgeOpacity, edgeVeil } from "../../../explorer/app/renderer/edge-choice.js";
import { importantInView } from "../../../explorer/app/renderer/label-choice.js";
import { rowNamedAt } from "../../../explorer/app/renderer/overlay.js";
import { marksOf } from "../../../explorer/app/renderer/painting.js";
import { Picking } from "../../../explorer/app/renderer/picking.js";
import { Scene } from "../../../explorer/app/renderer/scene.js";
import { placeTiles, tileOf } from "../../../explorer/app/renderer/thumbnails.js";
import { greyed, highlighted, selected } from "../../../explorer/app/renderer/types.js";

const size = { width: 400, height: 400 };
const all = Uint32Array.of(0, 1, 2);

function three(): Scene {
  const scene = new Scene("light");
  scene.setPoints({ dimensions: 2, coordinates: Float32Array.from([0, 0, 1, 1, 2, 2]) });
  return scene;
}

test("colors are bytes as given, or a palette's by number, or the theme's for none", () => {
  const scene = three();
  expect(scene.colorOf(0)).toBe(scene.theme.accent);
  scene.setColors({ codes: Int32Array.of(1, -1, 0), palette: ["#112233", "#445566"] });
  expect([0, 1, 2].map((row) => scene.colorOf(row))).toEqual(["#445566", scene.theme.missing, "#112233"]);
  scene.setColors({ codes: Int32Array.of(1, 0, 7), palette: ["#112233", "#445566"], missing: "#abcdef" });
  expect(scene.colorOf(2)).toBe("#abcdef");
  const bytes = Uint8Array.from({ length: 12 }, (_, k) => 20 * k);
  scene.setColors(bytes);
  expect(scene.colorsOf(all)).toEqual(bytes);
  const shifted = new Uint8Array(13);
  shifted.set(bytes, 1); // bytes that lie at an odd place of their memory
  scene.setColors(shifted.subarray(1));
  expect(scene.colorsOf(all)).toEqual(bytes);
});

test("what is greyed stays to be seen, and what is selected or highlighted is marked", () => {
  const scene = three();
  expect(scene.setState(Uint8Array.of(selected, 0, highlighted))).toBe(false);
  expect(scene.setState(Uint8Array.of(selected, greyed, highlighted))).toBe(true);
  expect(scene.setState(Uint8Array.of(0, greyed, 0))).toBe(false);
  expect(scene.setState(null)).toBe(true);
  scene.setState(Uint8Array.of(selected, greyed, highlighted));
  expect(scene.marked()).toMatchObject({ order: Uint32Array.of(2, 0), rows: 2, selected: 1 });
  const [grey, own] = [scene.colorOf(1), scene.colorOf(0)];
  expect(own).toBe(scene.theme.accent);
  expect([own, scene.theme.background]).not.toContain(grey);
});

test("many marked points are as small as it takes for none to hide the others, few are large with rings", () => {
  const scene = new Scene("light");
  const side = 50;
  const coordinates = Float32Array.from({ length: 2 * side * side }, (_, k) =>
    k % 2 === 0 ? (k >> 1) % side : Math.floor((k >> 1) / side),
  );
  scene.setPoints({ dimensions: 2, coordinates });
  const markOf = (count: number) => {
    scene.setState(Uint8Array.from({ length: side * side }, (_, row) => (row < count ? selected : greyed)));
    return marksOf(scene, scene.marked(), scene.viewOf(startCamera, size), 1.5)[1];
  };
  const few = markOf(10);
  expect([few.diameter, few.ring]).toEqual([7, 1.75]);
  const many = markOf(side * side);
  const apart = (scene.viewOf(startCamera, size).scale * 2) / side;
  expect(many.diameter).toBeLessThan(apart);
  expect(many.diameter).toBeGreaterThan(2);
  expect(many.ring).toBeLessThan(few.ring);
});

test("a name that is printed is what a place on it means", () => {
  const label = { row: 7, text: "king", x: 10, y: 20, isWanted: false, isGreyed: false, leader: null };
  const layout = {
    lines: [],
    spots: [],
    wanted: [],
    labels: [{ ...label, box: { x: 10, y: 10, width: 30, height: 14 } }],
  };
  expect(rowNamedAt(layout, 12, 12)).toBe(7);
  expect(rowNamedAt(layout, 41, 12)).toBeNull();
});

test("lengths that do not fit are refused with both numbers, and a map of another size drops what belonged to the last", () => {
  const scene = three();
  expect(() => scene.setColors(new Uint8Array(11))).toThrow("needed are 12 for 3 points, got 11");
  expect(() => scene.setSizes(new Float32Array(2))).toThrow("needed are 3 for 3 points, got 2");
  expect(() => scene.setState(new Uint8Array(4))).toThrow("needed are 3 for 3 points, got 4");
  expect(() => scene.setPoints({ dimensions: 2, coordinates: new Float32Array(5) })).toThrow("got 5 numbers");
  scene.setSizes(Float32Array.of(1, 4, 2));
  expect(scene.largestSize).toBe(4);
  scene.setPoints({ dimensions: 3, coordinates: new Float32Array(9) });
  expect(scene.largestSize).toBe(4);
  scene.setPoints({ dimensions: 3, coordinates: new Float32Array(12) });
  expect(scene.sizes).toBeNull();
  expect(scene.largestSize).toBe(1);
});

test("an item beside the others is shown close, several are shown all, and what has no place is not shown", () => {
  const scene = three();
  expect(scene.around([1], startCamera, size)).toMatchObject({ center: [0, 0, 0], zoom: 4 });
  const camera = scene.around([0, 1], startCamera, size);
  expect(camera?.center).toEqual([-0.5, -0.5, 0]);
  for (const row of [0, 1]) {
    const place = scene.placeOf(row, scene.viewOf(camera ?? startCamera, size));
    expect(Math.min(place?.x ?? 0, place?.y ?? 0, 400 - (place?.x ?? 0), 400 - (place?.y ?? 0))).toBeGreaterThan(20);
  }
  scene.setPoints({ dimensions: 2, coordinates: Float32Array.from([0, 0, Number.NaN, 1, 2, 2]) });
  expect(scene.around([1], startCamera, size)).toBeNull();
  expect(scene.around([0, 1], startCamera, size)).toEqual(scene.around([0], startCamera, size));
  expect(scene.placeOf(1, viewOf(startCamera, size, 2))).toBeNull();
});

test("a wide map fills the width of a wide view, a high one its height, a turning one the shorter side", () => {
  const scene = new Scene("light");
  scene.setPoints({ dimensions: 2, coordinates: Float32Array.from([0, 0, 8, 2]) });
  expect(scene.viewOf(startCamera, { width: 800, height: 400 }).scale).toBeCloseTo(400 - 36, 9);
  expect(scene.viewOf(startCamera, { width: 800, height: 100 }).scale).toBeCloseTo(4 * (50 - 12), 9);
  scene.setPoints({ dimensions: 3, coordinates: Float32Array.from([0, 0, 0, 8, 2, 1]) });
  expect(scene.viewOf(startCamera, { width: 800, height: 400 }).scale).toBeCloseTo(200 - 36, 9);
});

test("points are ordered from far to near under any turn", () => {
  const scene = new Scene("light");
  scene.setPoints({ dimensions: 3, coordinates: Float32Array.from([0, 0, 2, 0, 0, 0, 0, 0, 1]) });
  const order = (azimuth: number) => {
    const view = viewOf({ ...startCamera, azimuth }, size, 3);
    return Array.from(scene.farToNear(view), (k) => scene.grid.rows[k]);
  };
  expect(order(0)).toEqual([1, 2, 0]);
  expect(order(Math.PI)).toEqual([0, 2, 1]);
});

test("edges are drawn from the first, as many as asked for, and those with a nowhere end are left out", () => {
  const scene = new Scene("light");
  scene.setPoints({ dimensions: 2, coordinates: Float32Array.from([0, 0, 2, 0, Number.NaN, 0, 0, 2]) });
  const edges = { source: Uint32Array.of(0, 1, 0, 3), target: Uint32Array.of(1, 2, 3, 1), total: 90 };
  scene.edges = { ...edges, most: 3 };
  const { ends, drawn, of, length, strengths } = edgeGeometry(scene);
  expect([drawn, of, length]).toEqual([2, 90, 4]);
  expect(Array.from(ends)).toEqual([-1, -1, 1, -1, -1, -1, -1, 1]);
  scene.state = Uint8Array.of(greyed, greyed, 0, selected);
  const marked = edgeGeometry(scene);
  expect(marked.strong).toBe(1); // the one of the selected item, at the end
  expect(Array.from(marked.ends)).toEqual([-1, -1, 1, -1, -1, -1, -1, 1]);
  expect(marked.strengths[2]).toBe(255);
  expect(marked.strengths[0]).toBeLessThan(strengths[0]);
  expect(edgeOpacity(1e6, 4, 400)).toBeLessThan(edgeOpacity(10, 4, 400));
  expect(edgeVeil(1e6, 4, 400).most).toBeGreaterThan(edgeVeil(1e5, 4, 400).most);
});

test("the most important rows in view come in their order, whether much or little is in view", () => {
  const scene = new Scene("light");
  const count = 60_000;
  const coordinates = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    coordinates[2 * i] = i / count;
    coordinates[2 * i + 1] = (i * 7919) / count - Math.floor((i * 7919) / count);
  }
  scene.setPoints({ dimensions: 2, coordinates });
  const label = (order?: Uint32Array) => {
    scene.labels = { textOf: String, order };
  };
  const backwards = Uint32Array.from({ length: count }, (_, k) => count - 1 - k);
  const whole = viewOf(startCamera, size, 2);
  const part = viewOf({ ...startCamera, center: [0.8, 0, 0], zoom: 20 }, size, 2);
  const inPart = Array.from(new Picking().inView(scene.located, part) ?? []).sort((a, b) => a - b);
  expect(inPart[0]).toBeGreaterThan(50_000); // beyond the rows that are tried one by one
  label();
  expect(importantInView(scene, new Picking(), whole, 3)).toEqual([0, 1, 2]);
  expect(importantInView(scene, new Picking(), part, 4)).toEqual(inPart.slice(0, 4));
  label(backwards);
  expect(importantInView(scene, new Picking(), whole, 3)).toEqual([count - 1, count - 2, count - 3]);
  expect(importantInView(scene, new Picking(), part, 4)).toEqual(inPart.slice(-4).reverse());
});

test("a tile is the row's own by the sums of the sheets, and tiles do not cover each other", () => {
  const thumbnails = { tileWidth: 10, tileHeight: 8, columns: 3, sheets: [4, 5], load: async () => new Blob() };
  expect(tileOf(thumbnails, 0)).toEqual({ sheet: 0, u: 0, v: 0 });
  expect(tileOf(thumbnails, 3)).toEqual({ sheet: 0, u: 0, v: 8 });
  expect(tileOf(thumbnails, 4)).toEqual({ sheet: 1, u: 0, v: 0 });
  expect(tileOf(thumbnails, 8)).toEqual({ sheet: 1, u: 10, v: 8 });
  expect(tileOf(thumbnails, 9)).toBeNull();
  const scene = new Scene("light");
  const spread = Float32Array.from({ length: 200 }, (_, k) => (k % 2 === 0 ? 0.618 * k : 0.755 * k) % 1);
  scene.setPoints({ dimensions: 2, coordinates: spread });
  scene.thumbnails = { ...thumbnails, sheets: [60, 40] };
  const tiles = placeTiles(scene, new Picking(), viewOf(startCamera, size, 2));
  expect(tiles.length).toBeGreaterThan(20);
  for (const [k, a] of tiles.entries()) {
    expect(a.sheet).toBe(a.row < 60 ? 0 : 1);
    for (const b of tiles.slice(0, k))
      expect(Math.abs(a.x - b.x) >= a.width || Math.abs(a.y - b.y) >= a.height).toBe(true);
  }
  const crowd = new Scene("light");
  crowd.setPoints({ dimensions: 2, coordinates: new Float32Array(4000) });
  crowd.thumbnails = thumbnails;
  expect(placeTiles(crowd, new Picking(), viewOf(startCamera, size, 2))).toEqual([]);
});
