import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { loadSpace } from "../../../dist/index.js";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere } from "../run-cli.js";
import { savedBars } from "../tiny-pictures.js";

describe("walk", () => {
  test("names that are nearly right are suggested, with the directions that there are and the flag that names them", async () => {
    const path = join(temporaryFolder(), "faces.space");
    const directions = Object.fromEntries(
      ["change", "smile"].map((name) => [name, { vector: Float32Array.of(1, 0), metrics: {} }]),
    );
    const names = ["grinning face", "crying face"];
    await Space.from({ names, vectors: Float32Array.of(0, 0, 1, 1), geometry: "euclidean", directions }).save(path);
    const said = async (...args: string[]) => {
      const { code, stderr } = await runHere(["walk", path, ...args]);
      return `${code} ${stderr}`;
    };
    expect(await said("grining face", "--along", "smile")).toContain(
      '4 thing2vec: walk: "grining face" is not in the space; did you mean "grinning face"',
    );
    expect(await said("grining face + 0.5 * smile", "--along", "smile")).toContain("operator");
    expect(await said("grining face + crying face", "--along", "smile")).toContain(
      'did you mean "grinning face" + "crying face"?',
    );
    expect(await said("crying face", "--along", "chang")).toContain(
      "4 thing2vec: --along: chang is not in the space; did you mean change? Its directions are change, smile",
    );
    expect(await said("crying face", "--along", "smile", "--and", "nope")).toContain(
      "4 thing2vec: --and: nope is not in the space. Its directions are change, smile",
    );
    expect(await said("crying face", "--towards", "grining")).toContain(
      "thing2vec: --towards: grining is not in the space",
    );
    expect(await said("crying face", "--along", "smile", "--and", "change", "--and-steps", "0")).toContain(
      "2 thing2vec: --and-steps must be an integer >= 1",
    );
  });

  test("a grid has a row for each coefficient of --and, in text, JSON and the library alike", async () => {
    const grid = join(temporaryFolder(), "grid.space");
    const places = Array.from({ length: 12 }, (_, n) => [n % 4, Math.floor(n / 4)]);
    const vectors = Float32Array.from(places.flat());
    const directions = {
      right: { vector: Float32Array.of(1, 0), metrics: {} },
      down: { vector: Float32Array.of(0, 1), metrics: {} },
    };
    await Space.from({ names: places.map(([x, y]) => `${x}/${y}`), vectors, geometry: "euclidean", directions }).save(
      grid,
    );
    const flags = ["--along", "right", "--from", "0", "--to", "3", "--steps", "4", "--and", "down"];
    const rows = ["--and-from", "0", "--and-to", "2", "--and-steps", "3"];
    const { stdout } = await runHere(["walk", grid, "0/0", ...flags, ...rows]);
    const [title, ...lines] = stdout.trimEnd().split("\n");
    expect(title.split(/ {2,}/)).toEqual(["down \\ right", "0.00", "1.00", "2.00", "3.00"]);
    expect(lines.map((line) => line.trim().split(/ +/))).toEqual([
      ["0.00", "0/0", "1/0", "2/0", "3/0"],
      ["1.00", "0/1", "1/1", "2/1", "3/1"],
      ["2.00", "0/2", "1/2", "2/2", "3/2"],
    ]);
    const json = JSON.parse((await runHere(["walk", grid, "0/0", ...flags, ...rows, "--json"])).stdout);
    expect(json.cells[6]).toMatchObject({ row: 1, column: 2, neighbors: [{ name: "2/1" }] });
    const space = await Space.load(grid);
    const side = { along: "right", from: 0, to: 3, steps: 4 };
    const walked = await space.walkGrid("0/0", { columns: side, rows: { along: "down", steps: 2 } });
    expect(walked.rows).toEqual([-2, 2]);
    expect(walked.vectors.map((vector) => [...vector])).toEqual(
      [-2, 2].flatMap((y) => [0, 1, 2, 3].map((x) => [x, y])),
    );
    await expect(space.walkGrid("0/0", { columns: side, rows: { along: "down", layers: 1 } as never })).rejects.toThrow(
      /layers/,
    );
    await space.close();
  });

  test("a space of pictures is drawn as a strip, a grid or an animation, whatever the flags' order", async () => {
    const [folder, bars] = [temporaryFolder(), await savedBars()];
    const strip = join(folder, "strip.png");
    const made = await runHere(["walk", bars, "bar-3-1", "-o", strip, "--along", "right", "--steps", "5"]);
    expect([made.code, made.stderr]).toEqual([0, `wrote     ${strip}\n`]);
    const cell = 8 * 12; // pixels are repeated until the side has 96 or more
    expect(await sharp(strip).metadata()).toMatchObject({ width: 4 + 5 * (cell + 4), height: 4 + cell + 22 + 4 });
    // what is drawn is what the library decodes
    const space = await loadSpace(bars);
    const { vectors } = await space.walk("bar-3-1", { along: "right", steps: 5 });
    const [, second] = (await space.decode(vectors)) as { data: Uint8Array }[];
    await space.close();
    const { data } = await sharp(strip)
      .extract({ left: 4 + cell + 4, top: 4, width: cell, height: cell })
      .extractChannel(0)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const corners = Array.from({ length: 64 }, (_, k) => data[Math.floor(k / 8) * 12 * cell + (k % 8) * 12]);
    expect(corners).toEqual([...second.data]);

    const grid = join(folder, "grid.png");
    const flags = ["--and", "wide", "--and-steps", "3", "--steps", "2", "-o", grid];
    expect((await runHere(["walk", bars, "bar-3-1", "--along", "right", ...flags])).code).toBe(0);
    // labels of 4 glyphs of 6 dots, of 2 pixels each, are the margin at the left
    expect(await sharp(grid).metadata()).toMatchObject({ width: 46 + 4 + 4 + 2 * 100, height: 4 + 3 * 100 + 22 });
    expect(readFileSync(grid).subarray(1, 4).toString()).toBe("PNG");
  });

  test.each(["gif", "webp"])("an animation in %s shows a step a frame, there and back", async (format) => {
    const bars = await savedBars();
    const path = join(temporaryFolder(), `walk.${format}`);
    const flags = ["--towards", "bar-6-1", "--steps", "6", "--there-and-back", "--delay", "50"];
    const { code, stdout } = await runHere(["walk", bars, "bar-0-1", ...flags, "-o", path]);
    expect([code, stdout.trimEnd().split("\n").length]).toEqual([0, 7]);
    const { pages, delay, loop, width, pageHeight } = await sharp(path, { animated: true }).metadata();
    expect([pages, delay, loop]).toEqual([10, Array(10).fill(50), 0]);
    expect([width, pageHeight]).toEqual([8 * 24 + 8, 8 * 24 + 8 + 22]);
  });

  test("flags that would have no effect, other endings and spaces without pictures are refused", async () => {
    const bars = await savedBars();
    const said = async (...args: string[]) => {
      const { code, stderr } = await runHere(["walk", bars, "bar-0-1", ...args]);
      return `${code} ${stderr}`;
    };
    const along = ["--along", "right"];
    expect(await said()).toMatch(/^2 .*--along DIRECTION or --towards ITEM is needed/);
    expect(await said(...along, "-o", "walk.mp4")).toMatch(/^2 .*must end in .png, .gif or .webp, got walk.mp4/);
    expect(await said(...along, "--and", "wide", "-o", "a.gif")).toMatch(/^2 .*a grid is drawn as .png/);
    expect(await said(...along, "--and-from", "1")).toMatch(/^2 .*--and-from goes with --and/);
    expect(await said(...along, "-o", "a.png", "--delay", "20")).toMatch(/^2 .*--delay goes with an --output of .gif/);
    expect(await said("--towards", "bar-0-2", "--and", "wide")).toMatch(/^2 .*--and goes with --along/);
    expect(await said("--towards", "bar-0-2", "--from", "1")).toMatch(/^2 .*--from and --to go with --along/);
    // a strip of pictures of 8 x 8, 12 times as large, with numbers below
    expect(await said(...along, "--steps", "100000", "-o", "a.png")).toMatch(
      /^2 .*--steps must be at most 7936 for a strip of pictures of 8 x 8 pixels, got 100000/,
    );
    expect(await said(...along, "--steps", "100000", "-o", "a.gif")).toMatch(
      /^2 .*--steps must be at most 2712 for an/,
    );
    expect(await said(...along, "--and", "wide", "--steps", "2000", "-o", "a.png")).toMatch(
      /^2 .*--steps must be at most \d+ for a grid of 7 rows of .*, got 2000; or take fewer --and-steps/,
    );
    const plain = join(temporaryFolder(), "plain.space");
    await Space.from({ names: ["a", "b"], vectors: Float32Array.of(1, 2), geometry: "euclidean" }).save(plain);
    const { code, stderr } = await runHere(["walk", plain, "a", "--towards", "b", "-o", join(plain, "x.png")]);
    expect(`${code} ${stderr}`).toMatch(/^[12] .*of unknown method has no way back from vectors to things/);
  });
});
