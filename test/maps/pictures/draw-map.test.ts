import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { categoryColors, continuousColors } from "../../../dist/maps/pictures/color-scales.js";
import { drawMap } from "../../../dist/maps/pictures/draw-map.js";
import type { MapPicture } from "../../../dist/maps/pictures/map-picture.js";
import { Rng } from "../../../dist/numerics/random.js";

/** Three clouds of points with names, a kind, a number. */
function clouds(perCloud: number) {
  const rng = new Rng(5);
  const kinds = ["metal", "gas", "salt"];
  const centers = [
    [0, 0],
    [4, 1],
    [1, 3],
  ];
  const rows = kinds.flatMap((kind, c) =>
    Array.from({ length: perCloud }, (_, k) => ({
      name: `${kind} ${k + 1}`,
      kind,
      at: centers[c].map((middle) => middle + 0.5 * rng.normal()),
    })),
  );
  return {
    coordinates: rows.flatMap(({ at }) => at),
    names: rows.map(({ name }) => name),
    kinds: rows.map(({ kind }) => kind),
  };
}

const small = clouds(6);
const pictures: Record<string, MapPicture> = {
  categories: {
    coordinates: small.coordinates,
    names: small.names,
    color: { title: "kind", values: small.kinds },
    title: "Three clouds",
    subtitle: "PCA of 18 items",
    notes: ["Trustworthiness 0.912 and continuity 0.943 of 5 neighbors."],
    width: 480,
  },
  ramp: {
    coordinates: small.coordinates,
    names: small.names,
    color: {
      title: "weight",
      values: small.coordinates.filter((_, k) => k % 2 === 0).map((x, i) => (i === 3 ? null : x)),
    },
    labels: 6,
    title: "A number",
    theme: "dark",
    width: 480,
  },
  graph: {
    coordinates: [0, 0, 1, 0, 1, 1, 0, 1, 0.5, 1.6],
    names: ["a & b", "<i>", "שלום", "漢字", "😀 smile"],
    edges: [0, 1, 1, 2, 2, 3, 3, 0, 3, 4, 2, 4],
    edgeStrengths: [0, 0.2, 0.4, 0.6, 0.8, 1],
    details: ["", "0.81", "", "0.62", ""],
    marked: [4],
    width: 320,
  },
};

describe("drawMap", () => {
  for (const [name, picture] of Object.entries(pictures)) {
    test(`draws the stored picture of ${name}`, async () => {
      await expect(drawMap(picture)).toMatchFileSnapshot(`golden/${name}.svg`);
    });
  }

  test("is well-formed XML that shows its names and does nothing else, whatever they are", async () => {
    const names = [`</text><script>1</script>`, `" onload='x'`, "a\0b\u202ec", "]]>&amp;", "half \ud800"];
    const svg = drawMap({
      coordinates: names.flatMap((_, k) => [0, k]),
      names,
      title: "<title> & more",
      subtitle: "<b>",
      notes: ["<note>"],
      description: "<desc>",
      color: { title: "<color>", values: names.map((name) => `${name}!`) },
      details: names.map(() => "<detail>"),
    });
    expect(elementsOf(svg)).not.toContain("script");
    for (const text of [
      "<title> & more",
      "<b>",
      "<note>",
      "<desc>",
      "<color>",
      "<detail>",
      names[0],
      names[1],
      names[3],
    ]) {
      expect(
        textsOf(svg).some((own) => own.includes(text)),
        text,
      ).toBe(true);
    }
    const tooltips = drawMap({ coordinates: [0, 0], names: ["<a>"], tooltips: true });
    expect(tooltips).toContain("<title>&lt;a&gt;</title>");
  });

  test("any texts and any finite coordinates make a well-formed picture without NaN", () => {
    const text = fc.string({ unit: "binary", maxLength: 12 });
    const point = fc.record({
      x: fc.double({ noDefaultInfinity: true, noNaN: true }),
      y: fc.double({ noDefaultInfinity: true, noNaN: true }),
      name: fc.oneof(text, fc.constantFrom("]]>", "<!--", "&#0;", "\u202e", "\ud800")),
      value: fc.oneof(text, fc.constant(null)),
    });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 12 }), text, fc.boolean(), (list, title, tooltips) => {
        const svg = drawMap({
          coordinates: list.flatMap(({ x, y }) => [x, y]),
          names: list.map(({ name }) => name),
          color: { title, values: list.map(({ value }) => value) },
          ...{ title, subtitle: title, notes: [title], tooltips },
        });
        elementsOf(svg);
        expect(svg.replace(/>[^<]*</g, "><")).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { numRuns: 20 },
    );
  });

  test("one point, two points, equal points and no points are maps too", () => {
    const dots = (coordinates: number[]) =>
      Array.from(drawMap({ coordinates, width: 400, height: 300 }).matchAll(/M([\d.]+) ([\d.]+)h0/g), ([, x, y]) => [
        Number(x),
        Number(y),
      ]);
    // Each dot is drawn twice: its outline and its color.
    expect(dots([7, -3])).toEqual(Array(2).fill([200, 152]));
    expect(new Set(dots([1, 2, 1, 2, 1, 2]).map(String))).toEqual(new Set(["200,152"]));
    const two = new Set(dots([0, 0, 1, 0]).map(String));
    expect(two).toEqual(new Set(["38,152", "362,152"]));
    expect(dots([])).toEqual([]);
    const wide = dots([-1.7e308, -1e308, 1.7e308, 1e308]);
    for (const value of wide.flat()) expect(Number.isFinite(value)).toBe(true);
    expect(new Set(wide.map(String)).size).toBe(2);
  });

  test("both axes have one scale, and y points upwards", () => {
    const svg = drawMap({ coordinates: [0, 0, 3, 0, 0, 1], width: 400, height: 400 });
    const at = [...new Set(Array.from(svg.matchAll(/M([\d.]+ [\d.]+)h0/g), ([, point]) => point))].map((point) =>
      point.split(" ").map(Number),
    );
    const [[x0, y0]] = at.filter(
      ([x, y]) => x === Math.min(...at.map(([x]) => x)) && y === Math.max(...at.map(([, y]) => y)),
    );
    const across = Math.max(...at.map(([x]) => x)) - x0;
    const up = y0 - Math.min(...at.map(([, y]) => y));
    expect(across / up).toBeCloseTo(3, 1);
  });

  test("every point is drawn once, in an order that follows from its number", () => {
    const { coordinates, kinds } = clouds(400);
    const draw = () => drawMap({ coordinates, color: { title: "kind", values: kinds }, radius: 2 });
    expect(draw()).toBe(draw());
    expect(draw().match(/h0/g)?.length).toBe(1200 + 2 * 3); // and three in the legend, with outlines
    // Colors take turns: none lies on top of all others.
    const order = Array.from(draw().matchAll(/<path d="M[^"]*" stroke="(#\w+)"/g), ([, color]) => color).slice(-24);
    expect(new Set(order.slice(-3)).size).toBe(3);
    expect(order.filter((color) => color === order[0]).length).toBe(8);
  });

  test("above 50,000 points it is a density image, in which the fullest cell is the most opaque", () => {
    const rng = new Rng(1);
    const coordinates = Float64Array.from({ length: 2 * 50_001 }, () => rng.normal());
    const svg = drawMap({ coordinates, labels: 0, width: 320 });
    expect(svg).toContain("crispEdges");
    expect(svg).not.toContain("h0");
    expect(svg.length).toBeLessThan(400_000);
    const opacities = Array.from(svg.matchAll(/fill-opacity="([\d.]+)"/g), ([, value]) => Number(value));
    expect(Math.max(...opacities)).toBe(1);
    expect(opacities.length).toBeGreaterThan(4);
    const cells = Array.from(svg.matchAll(/M[\d.]+ [\d.]+h(\d+)v2/g), ([, width]) => Number(width) / 2);
    expect(cells.reduce((a, b) => a + b, 0)).toBeGreaterThan(3000);
  });

  test("a cell of a density image has the category of most of its points, or the median of their numbers", () => {
    // All points but two lie in one cell.
    const count = 50_003;
    const coordinates = Float64Array.from({ length: 2 * count }, (_, k) => (k === 0 || k === 1 ? 1 : k < 4 ? -1 : 0));
    const values = Array.from({ length: count }, (_, i) => i % 10);
    const fillOf = (color: MapPicture["color"]) => {
      const svg = drawMap({ coordinates, color, labels: 0, legend: false, width: 320 });
      return /fill="(#\w+)" fill-opacity="1.00"/.exec(svg)?.[1];
    };
    const names = values.map((value) => (value < 7 ? "common" : "rare"));
    expect(fillOf({ title: "t", values: names })).toBe(categoryColors("light")[0]);
    expect(fillOf({ title: "t", values: names, order: ["rare", "common"] })).toBe(categoryColors("light")[1]);
    const scale = continuousColors("light");
    expect(fillOf({ title: "t", values, scale: "continuous" })).toBe(scale[Math.floor((4 / 9) * 256)]);
    const holes = values.map((value) => (value < 5 ? null : value));
    expect(fillOf({ title: "t", values: holes, scale: "continuous" })).toBe(scale[Math.floor((2 / 4) * 256)]);
  });

  test("the most important names come first", () => {
    const coordinates = [0, 0, 0.01, 0, 0.02, 0];
    const names = ["first", "second", "third"];
    const labelsOf = (more: Partial<MapPicture>) =>
      textsOf(drawMap({ coordinates, names, width: 200, height: 200, ...more })).slice(2);
    expect(labelsOf({ labels: 1 })).toEqual(["first"]);
    expect(labelsOf({ labels: 1, priority: [1, null, 5] })).toEqual(["third"]);
    expect(labelsOf({ labels: [1] })).toEqual(["second"]);
    expect(labelsOf({ labels: 0 })).toEqual([]);
  });

  test("all frames of a series have one scale", () => {
    const bounds = { low: [-1, -1], high: [1, 1] } as const;
    expect(drawMap({ coordinates: [0.5, 0.5], bounds, width: 200, height: 200 })).not.toBe(
      drawMap({ coordinates: [0.25, 0.5], bounds, width: 200, height: 200 }),
    );
  });

  test("what does not fit is named", () => {
    const names = ["a", "b"];
    const refused = (picture: Partial<MapPicture>) => () => drawMap({ coordinates: [0, 0, 1, 1], ...picture });
    expect(refused({ coordinates: [0, 0, 1, Number.NaN], names })).toThrow(
      'drawMap: coordinates must be finite numbers, got NaN as y of point 1 ("b")',
    );
    expect(refused({ coordinates: [0, Number.POSITIVE_INFINITY] })).toThrow("got Infinity as y of point 0");
    expect(refused({ coordinates: [0, 0, 1] })).toThrow("coordinates must be two numbers a point, got 3 numbers");
    expect(refused({ names: ["a"] })).toThrow("drawMap: names must be 2, one a point, got 1");
    expect(refused({ color: { title: "t", values: [1] } })).toThrow("color.values must be 2, one a point, got 1");
    const palette = (colors: string[]) => refused({ color: { title: "t", values: [1, 2], palette: colors } });
    expect(palette(["#ff0000", 'red"/>'])).toThrow(
      String.raw`color.palette must be two colors or more as #rrggbb, got "red\"/>"`,
    );
    expect(palette(["#ff0000"])).toThrow("two colors or more as #rrggbb, got 1");
    expect(refused({ edges: [0, 2] })).toThrow("edges must be numbers of points from 0 to 1, got 2");
    expect(refused({ labels: [0.5] })).toThrow("labels must be numbers of points from 0 to 1, got 0.5");
    expect(refused({ labels: -1, names })).toThrow("labels must be an integer >= 0, got -1");
    expect(refused({ edges: [0, 1], edgeStrengths: [2] })).toThrow(
      "edgeStrengths[0] must be a finite number >= 0 and <= 1",
    );
    expect(refused({ theme: "blue" as "dark" })).toThrow("theme must be one of light, dark");
    expect(refused({ width: 10 })).toThrow("width must be an integer from 160 to 10000, got 10");
    expect(refused({ colour: 1 } as object)).toThrow("there is no option colour");
  });
});

/** Names of the elements of a picture, after its tags were found to close each other. */
function elementsOf(svg: string): string[] {
  const open: string[] = [];
  const found: string[] = [];
  const rest = svg.replace(/<(\/?)([a-z]+)((?: [\w:-]+="[^"<]*")*)(\/?)>/g, (_, closes, name, _attributes, empty) => {
    if (closes === "/") expect(open.pop()).toBe(name);
    else {
      found.push(name);
      if (empty === "") open.push(name);
    }
    return "";
  });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]/);
  expect(rest.replace(/&(amp|lt|gt|quot);/g, "")).not.toContain("&");
  return found;
}

/** What the elements of a picture say, unescaped: title, description, texts. */
function textsOf(svg: string): string[] {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };
  return Array.from(svg.matchAll(/<(title|desc|text)[^>]*>(.*?)<\/\1>/g), ([, , content]) =>
    content.replace(/<\/?tspan[^>]*>/g, "").replace(/&(\w+);/g, (_, name) => entities[name]),
  );
}
