import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere, vectorFile } from "../run-cli.js";
import { savedBars } from "../tiny-pictures.js";

describe("sample", () => {
  test("draws a sheet of pictures and tells the nearest items, the same for the same seed", async () => {
    const space = await savedBars();
    const file = join(temporaryFolder(), "samples.png");
    const command = ["sample", space, "--count", "11", "--json"];
    const { code, stdout, stderr } = await runHere([...command, "-o", file]);
    expect(code).toBe(0);
    expect(stderr).toContain("drawn     11 vectors from a fitted normal distribution, seed 1\n");
    const { samples, distribution } = JSON.parse(stdout);
    expect([samples.length, distribution]).toEqual([11, "fitted normal"]);
    for (const { nearest, distance } of samples)
      expect([/^bar-\d-\d$/.test(nearest), distance > 0]).toEqual([true, true]);
    expect(await sharp(file).metadata()).toMatchObject({ width: 4 + 8 * 100, height: 4 + 2 * 100 });
    expect((await runHere(command)).stdout).toBe(stdout);
    expect((await runHere([...command, "--seed", "2"])).stdout).not.toBe(stdout);
    // a sample does not depend on how many are drawn
    const fewer = JSON.parse((await runHere(["sample", space, "--count", "2", "--json"])).stdout);
    expect(fewer.samples).toEqual(samples.slice(0, 2));
  });

  test("writes a single picture as it is, so that it can be inverted", async () => {
    const space = await savedBars();
    const file = join(temporaryFolder(), "one.png");
    expect((await runHere(["sample", space, "--count", "1", "-o", file])).code).toBe(0);
    const { width, height } = (await Space.load(space)).options.frame as { width: number; height: number };
    expect(await sharp(file).metadata()).toMatchObject({ width, height });
  });

  test("of vectors without a way back lists what is nearest, and refuses to draw", async () => {
    const file = vectorFile(temporaryFolder());
    const { code, stdout } = await runHere(["sample", file, "-k", "3"]);
    expect([code, stdout.split("\n").length]).toEqual([0, 5]);
    expect(stdout).toMatch(/^sample {2}nearest +distance\n {5}0 {2}(red|green|blue|yellow|new)/);
    const drawn = await runHere(["sample", file, "-o", `${file}.png`]);
    expect([drawn.code === 0, drawn.stderr]).toEqual([false, expect.stringContaining("no way back from vectors")]);
    const ending = await runHere(["sample", file, "-o", "samples.jpg"]);
    expect([ending.code, ending.stderr]).toEqual([2, expect.stringContaining("must end in .png, got samples.jpg")]);
  });
});
