import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { build } from "vite";
import { expect } from "vitest";
import { browserTest, type InBrowser } from "./chromium.js";

type MapOptions = import("../../explorer/app/renderer/index.js").MapOptions;
type Renderer = typeof import("../../explorer/app/renderer/index.js");
type Map = InstanceType<Renderer["MapRenderer"]>;

/** What a page of these tests holds: the renderer, a map, and what tests keep between calls. */
interface Stage {
  renderer: Renderer;
  map: Map;
  gl: WebGL2RenderingContext;
  /** Red, green, blue and alpha of what is drawn at places of the canvas, not multiplied by alpha; draws once. */
  colorsAt(...places: { x: number; y: number }[]): number[][];
  /** Where a row that has a place is drawn. */
  at(row: number): { x: number; y: number };
  heard: unknown[];
}

const size = { width: 320, height: 240 };
let bundle: Promise<string> | undefined;

/** The renderer as a script that leaves it as `renderer`, made by the page's bundler. */
async function bundled(): Promise<string> {
  const entry = fileURLToPath(new URL("../../explorer/app/renderer/index.ts", import.meta.url));
  const lib = { entry, formats: ["iife" as const], name: "renderer" };
  const built = await build({ configFile: false, logLevel: "error", build: { write: false, minify: false, lib } });
  const [{ output }] = built as unknown as { output: { code: string }[] }[];
  return output[0].code;
}

/** A map of 320 x 240 pixels in the page, which is `stage` there from now on. */
async function open(page: Page, inBrowser: InBrowser, options: Partial<MapOptions> = {}) {
  bundle ??= bundled();
  await page.addScriptTag({ content: await bundle });
  await inBrowser(
    async (_, { options, size }) => {
      const [canvas, overlay] = ["map", "overlay"].map((id) => {
        const made = document.createElement("canvas");
        made.id = id;
        made.tabIndex = 0;
        made.style.cssText = `position: absolute; left: 0; top: 0; width: ${size.width}px; height: ${size.height}px`;
        if (id === "overlay") made.style.pointerEvents = "none";
        return document.body.appendChild(made);
      });
      const theme = options.theme ?? "light";
      const map = new renderer.MapRenderer(canvas, overlay, {
        theme,
        graphics: "webgl2",
        reducedMotion: true,
        pixelRatio: 1,
        ...options,
      });
      const gl = canvas.getContext("webgl2") as WebGL2RenderingContext;
      const colorsAt = (...places: { x: number; y: number }[]) => {
        map.drawNow();
        return places.map(({ x, y }) => {
          const bytes = new Uint8Array(4);
          gl.readPixels(Math.floor(x), canvas.height - 1 - Math.floor(y), 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
          return Array.from(bytes, (byte, k) => (k < 3 && bytes[3] > 0 ? Math.round((255 * byte) / bytes[3]) : byte));
        });
      };
      const at = (row: number) => map.placeOf(row) as { x: number; y: number };
      Object.assign(globalThis, { stage: { renderer, map, gl, colorsAt, at, heard: [] } satisfies Stage });
    },
    { options, size },
  );
}

declare const renderer: Renderer;
declare const stage: Stage;
const webgl = { webgl: true };

browserTest(
  "a point that is drawn at a place has its color there and is picked there, in 2-D and in 3-D",
  async (inBrowser, _skip, page) => {
    await open(page, inBrowser);
    for (const dimensions of [2, 3] as const) {
      const seen = await inBrowser(async (_, dimensions) => {
        const { map, colorsAt } = stage;
        const count = 96;
        const coordinates = new Float32Array(count * dimensions);
        const colors = new Uint8Array(4 * count);
        for (let i = 0; i < count; i++) {
          const place = [1e9 + 64 * (i % 12), 64 * Math.floor(i / 12), 64 * (i % 5)];
          for (let axis = 0; axis < dimensions; axis++) coordinates[i * dimensions + axis] = place[axis];
          colors.set([(i * 53) % 256, (i * 101) % 256, (i * 29) % 256, 255], 4 * i);
        }
        map.setPoints({ dimensions, coordinates });
        map.setColors(colors);
        map.setDiameter(7);
        map.camera = { ...map.camera, azimuth: 0.5, elevation: -0.3 };
        const places = Array.from({ length: count }, (_, row) => ({ row, ...stage.at(row) }));
        // Where another point is near, it may be on top: then the map is asked elsewhere.
        const alone = places.filter(({ row, x, y }) =>
          places.every((other) => other.row === row || Math.hypot(other.x - x, other.y - y) >= 9),
        );
        const drawn = colorsAt(...alone);
        const found = alone.map(({ row, x, y }, k) => {
          const wanted = Array.from(colors.subarray(4 * row, 4 * row + 3));
          return { row, picked: map.pick(x, y), wanted, color: drawn[k] };
        });
        return { found, beside: map.pick(1, 1), error: stage.gl.getError() };
      }, dimensions);
      expect(seen.error).toBe(0);
      expect(seen.beside).toBeNull();
      expect(seen.found.length).toBeGreaterThan(dimensions === 2 ? 95 : 40);
      for (const { row, picked, wanted, color } of seen.found) {
        expect(picked).toBe(row);
        expect(color[3]).toBeGreaterThan(dimensions === 2 ? 220 : 90); // in 3-D what is far away fades
        for (let k = 0; k < 3; k++) expect(Math.abs(color[k] - wanted[k]), `row ${row}`).toBeLessThanOrEqual(2);
      }
    }
  },
  webgl,
);

browserTest(
  "a crowd has the mean color of its points, one point and many look different, and what is greyed stays",
  async (inBrowser, _skip, page) => {
    await open(page, inBrowser);
    const seen = await inBrowser(async () => {
      const { map, colorsAt, at, renderer } = stage;
      const count = 60_000;
      const coordinates = new Float32Array(2 * count);
      const codes = new Uint8Array(count);
      // All at the left end but one in the middle and one at the right end; every fourth of the crowd is blue.
      for (let i = 0; i < count - 2; i++) {
        coordinates[2 * i] = -1;
        codes[i] = i % 4 === 0 ? 1 : 0;
      }
      coordinates[2 * count - 2] = 1;
      map.setPoints({ dimensions: 2, coordinates });
      map.setColors({ codes, palette: ["#ff0000", "#0000ff"] });
      map.setDiameter(5);
      const [crowd, single] = colorsAt(at(0), at(count - 2));
      const state = new Uint8Array(count).fill(renderer.greyed);
      state[count - 1] = renderer.selected;
      map.setState(state);
      const [grey, marked] = colorsAt(at(count - 2), at(count - 1));
      return { crowd, single, grey, marked, drawn: map.drawNow() };
    });
    expect(seen.crowd.map((value) => Math.round(value / 8))).toEqual([24, 0, 8, 32]);
    expect(seen.single.slice(0, 3)).toEqual([255, 0, 0]);
    expect(seen.single[3]).toBeGreaterThan(60);
    expect(seen.single[3]).toBeLessThan(seen.crowd[3] - 60);
    expect(seen.grey[3]).toBeGreaterThan(60);
    expect(Math.max(...seen.grey.slice(0, 3)) - Math.min(...seen.grey.slice(0, 3))).toBeLessThan(16);
    expect(seen.marked).toEqual([255, 0, 0, 255]);
    expect(seen.drawn).toMatchObject({ points: 60_000, thinned: 0, unplaced: 0 });
  },
  webgl,
);

browserTest(
  "five million points are drawn without an error, those without coordinates counted",
  async (inBrowser, _skip, page) => {
    await open(page, inBrowser);
    const seen = await inBrowser(async () => {
      const count = 5_000_000;
      const coordinates = new Float32Array(2 * count);
      for (let k = 0; k < coordinates.length; k++) coordinates[k] = (k * (k % 2 === 0 ? 0.618034 : 0.754878)) % 1;
      coordinates[2] = Number.NaN;
      stage.map.setPoints({ dimensions: 2, coordinates });
      const whole = stage.map.drawNow();
      stage.map.camera = { ...stage.map.camera, zoom: 30 };
      return { whole, part: stage.map.drawNow(), error: stage.gl.getError(), picked: stage.map.pick(160, 120) };
    });
    expect(seen.error).toBe(0);
    expect(seen.whole).toMatchObject({ points: 4_999_999, thinned: 0, unplaced: 1 });
    expect(seen.part.points).toBeGreaterThan(0);
    expect(seen.part.points).toBeLessThan(500_000); // what is not in view is not sent
  },
  webgl,
);

browserTest(
  "labels do not overlap as Chromium measures them, ink is where labels are, and unknown names are asked for",
  async (inBrowser, _skip, page) => {
    await open(page, inBrowser, { theme: "dark" });
    const seen = await inBrowser(async () => {
      const { map } = stage;
      const count = 400;
      const coordinates = Float32Array.from({ length: 2 * count }, (_, k) => (k * 0.7548776662) % 1);
      const words = [
        "wave",
        "<b>&",
        "São Paulo",
        "ירושלים",
        "القاهرة",
        "a very long name of a place that nobody ever uses",
      ];
      map.setPoints({ dimensions: 2, coordinates });
      const textOf = (row: number) => (row === 5 ? undefined : `${words[row % words.length]} ${row}`);
      map.setLabels({ textOf, first: [30, 31, 5] });
      const wanted = await new Promise<number[]>((resolve) => map.on("wanted", resolve));
      map.drawNow();
      const overlay = document.getElementById("overlay") as HTMLCanvasElement;
      const { data } = (overlay.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, 320, 240);
      const { labels } = map.layout;
      const boxes = labels.map(({ box }) => box);
      let [inside, outside] = [0, 0];
      for (let y = 0; y < 240; y++)
        for (let x = 0; x < 320; x++) {
          if (data[4 * (y * 320 + x) + 3] < 32) continue;
          const near = boxes.some(
            (b) => x >= b.x - 3 && x <= b.x + b.width + 3 && y >= b.y - 3 && y <= b.y + b.height + 3,
          );
          if (near) inside++;
          else outside++;
        }
      const leaders = labels.filter(({ leader }) => leader !== null).length;
      return { boxes, wanted, inside, outside, leaders, rows: labels.map(({ row }) => row) };
    });
    expect(seen.wanted[0]).toBe(5);
    expect(seen.rows.slice(0, 2)).toEqual([30, 31]);
    expect(seen.boxes.length).toBeGreaterThan(6);
    for (const [k, a] of seen.boxes.entries())
      for (const b of seen.boxes.slice(0, k)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart).toBe(true);
      }
    expect(seen.inside).toBeGreaterThan(500);
    if (seen.leaders === 0) expect(seen.outside).toBe(0);
  },
  webgl,
);

async function drag(page: Page, from: [number, number], to: [number, number][], shift = false) {
  if (shift) await page.keyboard.down("Shift");
  await page.mouse.move(...from);
  await page.mouse.down();
  for (const place of to) await page.mouse.move(...place, { steps: 3 });
  await page.mouse.up();
  if (shift) await page.keyboard.up("Shift");
}

browserTest(
  "pointer, wheel, fingers and keys: hover, click, drag, lasso, box, zoom and pinch about a place, and where the camera rests",
  async (inBrowser, _skip, page) => {
    await open(page, inBrowser);
    await inBrowser(async () => {
      const { map, heard } = stage;
      // Nine points, 90 pixels apart.
      const coordinates = Float32Array.from({ length: 18 }, (_, k) => (k % 2 === 0 ? (k >> 1) % 3 : Math.floor(k / 6)));
      map.setPoints({ dimensions: 2, coordinates });
      map.on("hover", (hover) => heard.push(["hover", hover?.row ?? null]));
      map.on("click", ({ row, additive }) => heard.push(["click", row, additive]));
      map.on("region", ({ rows, additive }) => heard.push(["region", Array.from(rows), additive]));
      map.on("moved", ({ zoom, center }) => heard.push(["moved", zoom, ...center]));
    });
    const heard = () =>
      inBrowser(async () => {
        await new Promise((resolve) => setTimeout(resolve, 250)); // longer than the wheel takes to rest
        return stage.heard.splice(0) as [string, ...unknown[]][];
      });
    const place = (row: number) =>
      inBrowser(async (_, row) => {
        const { x, y } = stage.map.placeOf(row) as { x: number; y: number };
        return [x, y] as [number, number];
      }, row);

    const [x, y] = await place(5);
    await page.mouse.move(x + 2, y);
    await page.mouse.click(x + 2, y);
    await page.mouse.move(x + 40, y + 40);
    await page.mouse.click(x + 40, y + 40);
    const repeated = (event: unknown[], k: number, all: unknown[][]) => String(event) === String(all[k - 1]);
    expect((await heard()).filter((...args) => !repeated(...args))).toEqual([
      ["hover", 5],
      ["click", 5, false],
      ["hover", null],
      ["click", null, false],
    ]);

    // Round the middle row, and (by the tool) a box round the left column.
    const [left, right] = [await place(3), await place(5)];
    const corners: [number, number][] = [
      [left[0] - 20, left[1] + 20],
      [right[0] + 20, right[1] + 20],
      [right[0] + 20, right[1] - 20],
    ];
    await drag(page, [left[0] - 20, left[1] - 20], corners, true);
    await inBrowser(async () => {
      stage.map.tool = "box";
    });
    const [top, bottom] = [await place(6), await place(0)];
    await drag(page, [top[0] - 8, top[1] - 8], [[bottom[0] + 8, bottom[1] + 8]]);
    const regions = (await heard()).filter(([what]) => what === "region");
    expect(regions).toEqual([
      ["region", [3, 4, 5], false],
      ["region", [0, 3, 6], false],
    ]);

    await inBrowser(async () => {
      stage.map.tool = "move";
    });
    const before = await place(4);
    await drag(page, [250, 20], [[280, 35]]);
    const after = await place(4);
    expect([after[0] - before[0], after[1] - before[1]].map(Math.round)).toEqual([30, 15]);
    await page.mouse.move(after[0], after[1]);
    await page.mouse.wheel(0, -240);
    const moved = (await heard()).filter(([what]) => what === "moved");
    expect(moved.at(-1)?.[1]).toBeCloseTo(2, 9);
    const kept = await place(4);
    expect([kept[0] - after[0], kept[1] - after[1]].map((value) => Math.round(10 * value) + 0)).toEqual([0, 0]);

    // Two fingers that move apart about a place.
    const session = await page.context().newCDPSession(page);
    const [px, py] = await place(4);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", apart: number | null) =>
      session.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: apart === null ? [] : [-apart, apart].map((dx, id) => ({ x: px + dx, y: py, id })),
      });
    await touch("touchStart", 20);
    for (const apart of [25, 30, 35, 40]) await touch("touchMove", apart);
    await touch("touchEnd", null);
    const pinched = (await heard()).filter(([what]) => what === "moved");
    expect(pinched.at(-1)?.[1]).toBeCloseTo(4, 1);
    expect((await place(4)).map(Math.round)).toEqual([px, py].map(Math.round));

    await page.keyboard.press("0");
    await page.keyboard.press("+");
    await page.keyboard.press("Shift+ArrowRight");
    const last = (await heard()).filter(([what]) => what === "moved").at(-1);
    expect(last?.[1]).toBeCloseTo(1.5, 9);
    expect(last?.[2]).toBeGreaterThan(0);
  },
  webgl,
);

browserTest(
  "points move to new places within 200 ms, at once where less motion is asked for, and every frame counts all points",
  async (inBrowser, _skip, page) => {
    await open(page, inBrowser, { reducedMotion: false });
    const seen = await inBrowser(async () => {
      const { map } = stage;
      const count = 300_000;
      const coordinates = Float32Array.from({ length: 2 * count }, (_, k) => (k * 0.618034) % 1);
      map.setPoints({ dimensions: 2, coordinates });
      const frames: { points: number; thinned: number }[] = [];
      // a frame of the empty stage may still be told
      await new Promise<void>((resolve) => {
        map.on("drawn", ({ points, thinned }) => points + thinned > 0 && resolve());
      });
      map.on("drawn", (drawn) => frames.push(drawn));
      const mirrored = coordinates.map((value) => 1 - value);
      const before = map.placeOf(7);
      map.morphTo(mirrored, { milliseconds: 150 });
      // They are under way until a frame after 150 ms; a slow machine may take seconds to draw that.
      let after = map.placeOf(7);
      for (let k = 0; k < 250 && Math.abs((after?.x ?? 0) - 320 + (before?.x ?? 0)) > 0.05; k++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        after = map.placeOf(7);
      }
      const wrong = (() => {
        try {
          map.morphTo(new Float32Array(4));
        } catch (error) {
          return (error as Error).message;
        }
        return "";
      })();
      return { before, after, frames, wrong, error: stage.gl.getError() };
    });
    expect(seen.error).toBe(0);
    expect(seen.after?.x).toBeCloseTo(320 - (seen.before?.x ?? 0), 1);
    expect(seen.after?.y).toBeCloseTo(240 - (seen.before?.y ?? 0), 1);
    for (const { points, thinned } of seen.frames) expect(points + thinned).toBe(300_000);
    expect(seen.wrong).toContain("600000 coordinates were needed");
    expect(seen.wrong).toContain("got 4");
  },
  webgl,
);

browserTest(
  "a graph's edges and pictures of items are drawn where their items are, each with its own tile",
  async (inBrowser, _skip, page) => {
    await open(page, inBrowser);
    const seen = await inBrowser(async () => {
      const { map, colorsAt, at } = stage;
      map.setPoints({ dimensions: 2, coordinates: Float32Array.from([0, 0, 2, 0, 0, 2, 2, 2]) });
      map.setEdges({ source: Uint32Array.of(0, 2), target: Uint32Array.of(3, 3), total: 10 });
      const middle = { x: (at(0).x + at(3).x) / 2, y: (at(0).y + at(3).y) / 2 };
      const across = [-2, -1, 0, 1, 2].map((k) => ({ x: middle.x, y: middle.y + k }));
      const line = Math.max(...colorsAt(...across).map(([, , , alpha]) => alpha));
      const edges = map.drawNow().edges;
      // Two sheets of two tiles each, that come late; the second has no tile for row 3's color but its own.
      const asked: number[] = [];
      const hues = ["#ff0000", "#00ff00", "#0000ff", "#ffff00"];
      const load = async (sheet: number) => {
        asked.push(sheet);
        const canvas = new OffscreenCanvas(16, 8);
        const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
        for (const k of [0, 1]) {
          context.fillStyle = hues[2 * sheet + k];
          context.fillRect(8 * k, 0, 8, 8);
        }
        return canvas.convertToBlob();
      };
      map.setThumbnails({ tileWidth: 8, tileHeight: 8, columns: 2, sheets: [2, 2], load });
      await new Promise<void>((resolve) => {
        map.on("drawn", ({ thumbnails }) => {
          if (thumbnails === 4) resolve();
        });
      });
      const inside = (place: { x: number; y: number }) => ({
        x: Math.min(316, Math.max(3, place.x)),
        y: Math.min(236, Math.max(3, place.y)),
      });
      const tiles = colorsAt(...[0, 1, 2, 3].map((row) => inside(at(row))));
      const problem = new Promise<string>((resolve) => map.on("problem", ({ message }) => resolve(message)));
      map.setThumbnails({
        tileWidth: 8,
        tileHeight: 8,
        columns: 2,
        sheets: [4],
        load: () => Promise.reject(new Error("no such sheet")),
      });
      return { line, edges, tiles, asked, problem: await problem };
    });
    expect(seen.line).toBeGreaterThan(40);
    expect(seen.edges).toEqual({ drawn: 2, of: 10 });
    expect(seen.asked.sort()).toEqual([0, 1]);
    expect(seen.tiles).toEqual([
      [255, 0, 0, 255],
      [0, 255, 0, 255],
      [0, 0, 255, 255],
      [255, 255, 0, 255],
    ]);
    expect(seen.problem).toBe("sheet 0 of the thumbnails cannot be shown: no such sheet");
  },
  webgl,
);

browserTest(
  "a lost graphics context is told and, once it is back, the same map is drawn again",
  async (inBrowser, _skip, page) => {
    await open(page, inBrowser);
    const seen = await inBrowser(async () => {
      const { map, gl, colorsAt, at } = stage;
      map.setPoints({ dimensions: 2, coordinates: Float32Array.from([0, 0, 1, 1]) });
      map.setColors({ codes: Uint8Array.of(0, 1), palette: ["#00aa00", "#aa0000"] });
      map.setDiameter(9);
      const { x, y } = at(0);
      const [before] = colorsAt({ x, y });
      const heard: string[] = [];
      map.on("context", (what) => heard.push(what));
      const lose = gl.getExtension("WEBGL_lose_context") as WEBGL_lose_context;
      const next = () => new Promise((resolve) => map.on("context", resolve));
      const lost = next();
      lose.loseContext();
      await lost;
      map.setDiameter(11); // what changes in the meantime is not lost
      const picked = map.pick(x, y);
      const restored = next();
      setTimeout(() => lose.restoreContext(), 20);
      await restored;
      const [after] = colorsAt({ x: x + 5, y });
      return { before, after, heard, picked, error: gl.getError() };
    });
    expect(seen.before.slice(0, 3)).toEqual([0, 170, 0]);
    expect(seen.after.slice(0, 3)).toEqual([0, 170, 0]);
    expect(seen.heard).toEqual(["lost", "restored"]);
    expect(seen.picked).toBe(0);
    expect(seen.error).toBe(0);
  },
  webgl,
);

browserTest(
  "the view is saved as PNG and as SVG, with texts as texts, and a crowd as a picture within",
  async (inBrowser, _skip, page) => {
    await open(page, inBrowser);
    const seen = await inBrowser(async () => {
      const { map } = stage;
      const load = (count: number) => {
        map.setPoints({
          dimensions: 2,
          coordinates: Float32Array.from({ length: 2 * count }, (_, k) => (k * 0.618034) % 1),
        });
        map.setColors({ codes: new Uint8Array(count), palette: ["#123456"] });
      };
      load(30);
      map.setDiameter(10);
      map.setLabels({ textOf: (row) => `<i>&"${row}`, most: 5 });
      map.setLines([
        { from: 0, to: 1, kind: "neighbor", text: "0.81" },
        { from: 2, to: 3, kind: "likely" },
        { from: 4, to: [0.5, 0.5], kind: "arrow" },
      ]);
      const svg = map.toSvg();
      const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
      map.setLines([]);
      const { labels } = map.layout;
      const bare = Array.from({ length: 30 }, (_, row) => map.placeOf(row) as { x: number; y: number }).find(
        ({ x, y }) => labels.every(({ box: b }) => x < b.x - 8 || x > b.x + b.width + 8 || y < b.y - 8 || y > b.y + 24),
      );
      const { x, y } = bare as { x: number; y: number };
      const bitmap = await createImageBitmap(await map.toPng(2));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
      context.drawImage(bitmap, 0, 0);
      const pixel = (px: number, py: number) => Array.from(context.getImageData(px, py, 1, 1).data);
      const png = { width: bitmap.width, height: bitmap.height, point: pixel(2 * x, 2 * y), corner: pixel(0, 0) };
      load(30_000);
      const crowd = new DOMParser().parseFromString(map.toSvg(), "image/svg+xml");
      return {
        problem: parsed.querySelector("parsererror")?.textContent ?? null,
        circles: parsed.querySelectorAll("circle").length,
        fill: parsed.querySelector("circle")?.getAttribute("fill"),
        texts: Array.from(parsed.querySelectorAll("text"), (text) => text.textContent),
        dashed: parsed.querySelectorAll("line[stroke-dasharray]").length,
        lines: parsed.querySelectorAll("line").length,
        png,
        crowd: [crowd.querySelectorAll("circle").length, crowd.querySelectorAll("image").length],
        screen: [stage.gl.drawingBufferWidth, map.drawNow(), stage.gl.drawingBufferWidth],
      };
    });
    expect(seen.problem).toBeNull();
    expect(seen.circles).toBe(30);
    expect(seen.fill).toBe("#123456");
    expect(seen.texts).toContain("0.81");
    expect(seen.texts.filter((text) => text?.startsWith('<i>&"')).length).toBe(5);
    expect([seen.lines, seen.dashed]).toEqual([3, 1]);
    expect(seen.png).toMatchObject({ width: 640, height: 480, corner: [255, 255, 255, 255] });
    expect(seen.png.point[2]).toBeGreaterThan(80);
    expect(seen.png.point[0]).toBeLessThan(60);
    expect(seen.crowd).toEqual([0, 1]);
    expect(seen.screen[2]).toBe(320); // the screen has its own size again
  },
  webgl,
);

browserTest(
  "the page draws by itself what WebGL2 draws: few points, crowds, edges, marks, pictures, flat and in perspective",
  async (inBrowser, _skip, page) => {
    await open(page, inBrowser);
    const seen = await inBrowser(async () => {
      const { renderer } = stage;
      const maps = (["webgl2", "pixels"] as const).map((graphics) => {
        const [canvas, overlay] = [0, 1].map(() => {
          const made = document.createElement("canvas");
          made.style.cssText = "position: absolute; left: 0; top: 0; width: 320px; height: 240px";
          return document.body.appendChild(made);
        });
        const map = new renderer.MapRenderer(canvas, overlay, { theme: "light", graphics, pixelRatio: 1 });
        return { map, canvas };
      });
      /** Bytes of the canvas on white. */
      const pixels = ({ map, canvas }: (typeof maps)[number]) => {
        const copy = new OffscreenCanvas(320, 240).getContext("2d") as OffscreenCanvasRenderingContext2D;
        copy.fillStyle = "white";
        copy.fillRect(0, 0, 320, 240);
        map.drawNow();
        copy.drawImage(canvas, 0, 0);
        return copy.getImageData(0, 0, 320, 240).data;
      };
      const palette = ["#e69f00", "#0072b2", "#009e73"];
      const differences: { name: string; ink: number; mean: number; far: number }[] = [];
      for (const [name, count, dimensions] of [
        ["dots", 300, 2],
        ["dots in depth", 300, 3],
        ["crowd", 60_000, 2],
        ["crowd in depth", 60_000, 3],
      ] as const) {
        const coordinates = new Float32Array(count * dimensions);
        for (let k = 0; k < coordinates.length; k++)
          coordinates[k] = ((k * 0.7548776662) % 1) + 0.4 * Math.sin(k) + ((k * 0.0917) % 1);
        const codes = Uint8Array.from({ length: count }, (_, k) => k % 3);
        const state = Uint8Array.from({ length: count }, (_, k) =>
          k % 97 === 0 ? 1 : k % 89 === 0 ? 2 : k % 5 === 0 ? 4 : 0,
        );
        for (const { map } of maps) {
          map.setPoints({ dimensions, coordinates });
          map.setColors({ codes, palette });
          map.setDiameter(count > 1000 ? 2 : 8);
          map.setState(count > 1000 ? null : state);
          const source = Uint32Array.from({ length: name === "crowd" ? 6000 : 40 }, (_, k) => k);
          map.setEdges({ source, target: source.map((k) => (k * 7 + 90) % count) });
          map.camera = { ...map.camera, azimuth: 0.6, elevation: 0.4 };
        }
        const [a, b] = maps.map(pixels);
        let [ink, sum, far] = [0, 0, 0];
        for (let k = 0; k < a.length; k += 4) {
          const apart = [0, 1, 2].reduce((most, c) => Math.max(most, Math.abs(a[k + c] - b[k + c])), 0);
          if (Math.min(a[k], a[k + 1], a[k + 2], b[k], b[k + 1], b[k + 2]) < 250) ink++;
          sum += apart;
          if (apart > 100) far++;
        }
        differences.push({ name, ink, mean: sum / ink, far: far / ink });
      }
      const drawn = maps.map(({ map }) => map.drawNow());
      return { differences, graphics: maps.map(({ map }) => map.graphics), counts: drawn.map(({ points }) => points) };
    });
    expect(seen.graphics).toEqual(["webgl2", "pixels"]);
    expect(seen.counts).toEqual([60_000, 60_000]);
    for (const { name, ink, mean, far } of seen.differences) {
      expect(ink, name).toBeGreaterThan(2000);
      expect(mean, name).toBeLessThan(24); // edges of discs and lines are smoothed in two ways
      expect(far, name).toBeLessThan(0.03);
    }
  },
  webgl,
);

browserTest(
  "without a graphics processor the page draws by itself, and where WebGL2 is asked for and is none it says what to do",
  async (inBrowser, _skip, page) => {
    await open(page, inBrowser);
    const seen = await inBrowser(async () => {
      const { MapRenderer } = stage.renderer;
      const canvas = document.createElement("canvas");
      canvas.style.cssText = "position: absolute; left: 0; top: 0; width: 320px; height: 240px";
      document.body.append(canvas);
      const map = new MapRenderer(canvas, document.createElement("canvas"), { theme: "light", pixelRatio: 1 });
      map.setPoints({ dimensions: 2, coordinates: Float32Array.from([0, 0, 1, 1]) });
      map.setColors({ codes: Uint8Array.of(0, 1), palette: ["#00aa00", "#aa0000"] });
      map.setDiameter(9);
      map.drawNow();
      const context = canvas.getContext("2d") as CanvasRenderingContext2D;
      const { x, y } = map.placeOf(1) as { x: number; y: number };
      const color = Array.from(context.getImageData(x, y, 1, 1).data);
      const picture = await createImageBitmap(await map.toPng(2));
      let message = "";
      try {
        // A canvas that has a context of one kind gives none of another.
        new MapRenderer(canvas, document.createElement("canvas"), { theme: "light", graphics: "webgl2" });
      } catch (error) {
        message = `${(error as Error).name}: ${(error as Error).message}`;
      }
      return { graphics: map.graphics, color, picked: map.pick(x, y), size: [picture.width, picture.height], message };
    });
    expect(seen.graphics).toBe("pixels"); // SwiftShader is no graphics processor
    expect(seen.color.slice(0, 3)).toEqual([170, 0, 0]);
    expect(seen.picked).toBe(1);
    expect(seen.size).toEqual([640, 480]);
    expect(seen.message).toMatch(/^RendererError: the map needs WebGL2, .*hardware acceleration/);
  },
  webgl,
);
