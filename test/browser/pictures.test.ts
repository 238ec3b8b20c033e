import { expect } from "vitest";
import { drawMap } from "../../dist/maps/pictures/draw-map.js";
import { Rng } from "../../dist/numerics/random.js";
import { browserTest, type Load } from "./chromium.js";

type DrawMap = typeof import("../../dist/maps/pictures/draw-map.js");

const words = [
  "power",
  "WAVE <&> mm",
  "São Paulo",
  "Ελλάδα",
  "Москва",
  "ירושלים",
  "القاهرة",
  "“quoted”…",
  "Việt Nam",
  "]]>",
];

function picture() {
  const rng = new Rng(11);
  const count = 300;
  return {
    coordinates: Array.from({ length: 2 * count }, () => rng.normal()),
    names: Array.from({ length: count }, (_, i) => `${words[i % words.length]} ${i}`),
    color: { title: "<kind>", values: Array.from({ length: count }, (_, i) => words[i % 9]) },
    labels: 120,
    title: "A & B",
  };
}

/** Draws in the page and measures each label as it is seen there; runs there, so it refers to nothing here. */
async function inPage(load: Load, asked: ReturnType<typeof picture>) {
  const { drawMap } = await load<DrawMap>("maps/pictures/draw-map.js");
  const svg = drawMap(asked);
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
  const problem = parsed.querySelector("parsererror")?.textContent ?? null;
  document.body.replaceChildren(document.importNode(parsed.documentElement, true));
  const texts = Array.from(document.querySelectorAll<SVGTextElement>("svg > g:last-of-type > text"));
  const boxes = texts.map((text) => {
    const { x, y, width, height } = text.getBBox();
    return { text: text.textContent ?? "", x, y, width, height };
  });
  return { svg, problem, boxes };
}

browserTest(
  "a map is the same in a page and in Node, and its labels do not overlap as Chromium draws them",
  async (inBrowser) => {
    const asked = picture();
    const { svg, problem, boxes } = await inBrowser(inPage, asked);
    expect(problem).toBeNull();
    expect(svg).toBe(drawMap(asked));
    expect(boxes.length).toBeGreaterThan(60);
    for (const [k, a] of boxes.entries()) {
      expect(a.width, a.text).toBeGreaterThan(5);
      expect(a.x, a.text).toBeGreaterThan(0);
      expect(a.x + a.width, a.text).toBeLessThan(960);
      for (const b of boxes.slice(0, k)) {
        // A box reaches from the highest to the lowest letter of the font, of which 1 pixel is empty at either end.
        const apart =
          a.x + a.width <= b.x ||
          b.x + b.width <= a.x ||
          a.y + a.height - 1 <= b.y + 1 ||
          b.y + b.height - 1 <= a.y + 1;
        expect(apart, `${a.text} and ${b.text}`).toBe(true);
      }
    }
  },
);
