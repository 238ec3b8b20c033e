import { describe, expect, test } from "vitest";
import { drawMap } from "../../../dist/maps/pictures/draw-map.js";
import { pngOf } from "../../../dist/maps/pictures/png.js";
import { runModule } from "../../child.js";

/** Width and height of a PNG file by its header (PNG specification, section 11.2.1). */
function sizeOf(png: Uint8Array): [number, number] {
  const view = new DataView(png.buffer, png.byteOffset);
  expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  return [view.getUint32(16), view.getUint32(20)];
}

describe("pngOf", () => {
  test("draws two pixels for one, or as many as are asked for", async () => {
    const svg = drawMap({
      coordinates: [0, 0, 1, 1],
      names: ["]]>&#0;<a>", "\0\u202e\ufffe\ud800 שלום"],
      width: 320,
      height: 200,
    });
    expect(sizeOf(await pngOf(svg))).toEqual([640, 400]);
    expect(sizeOf(await pngOf(svg, { scale: 0.5 }))).toEqual([160, 100]);
    await expect(pngOf(svg, { scale: 0 })).rejects.toThrow("pngOf: scale must be a finite number >= 0.1");
  });

  test("I6 where sharp is missing, the error is the line that installs it", async () => {
    const hook = `export async function resolve(name, context, next) {
      if (name === "sharp") throw Object.assign(new Error("Cannot find package 'sharp'"), { code: "ERR_MODULE_NOT_FOUND" });
      return next(name, context);
    }`;
    const { stdout } = await runModule(`
      import { register } from "node:module";
      register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hook)}));
      const { pngOf } = await import("./dist/maps/index.js");
      try { await pngOf("<svg/>"); } catch (error) { console.log(error.name + ": " + error.message); }
    `);
    expect(stdout.trim()).toBe(
      "ResourceError: PNG needs sharp, which is not installed; run: npm install sharp; or write SVG, which needs nothing",
    );
  });
});
