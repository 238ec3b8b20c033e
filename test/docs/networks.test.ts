import { join } from "node:path";
import { expect, test } from "vitest";
import { writeIdx } from "../../dist/index.js";
import { Rng } from "../../dist/numerics/random.js";
import { temporaryFolder } from "../temporary-folder.js";
import { readGuide } from "./guide.js";

/** Pictures with a bright square whose place is the class, in MNIST's files. */
async function writePictures(folder: string, part: string, count: number, seed: number): Promise<void> {
  const rng = new Rng(seed);
  const classes = Uint8Array.from({ length: count }, () => rng.below(10));
  const pixels = new Uint8Array(count * 784);
  for (let item = 0; item < count; item++) {
    for (let k = 0; k < 36; k++) {
      const row = 2 + 14 * (classes[item] % 2) + Math.floor(k / 6);
      const column = 1 + 5 * Math.floor(classes[item] / 2) + (k % 6);
      pixels[item * 784 + row * 28 + column] = 155 + rng.below(100);
    }
  }
  const file = (what: string) => join(folder, `${part}-${what}-ubyte.gz`);
  await writeIdx(file("images-idx3"), { type: "u8", shape: [count, 28, 28], data: pixels });
  await writeIdx(file("labels-idx1"), { type: "u8", shape: [count], data: classes });
}

test("the guide to networks runs as it stands, and says what its comments say", async () => {
  const folder = temporaryFolder();
  await writePictures(folder, "train", 960, 1);
  await writePictures(folder, "t10k", 100, 2);
  const { code, run } = readGuide("networks");
  const stdout = await run(folder);
  const lines = stdout.trim().split("\n");
  expect(lines[0]).toBe("5");
  // What `show` printed stands in the guide as a comment, up to its dots.
  const shown = [...code.matchAll(/^\/\/ (?!\.\.\.)(.*)$/gm)].map(([, line]) => line);
  expect(lines.slice(1, 1 + shown.length)).toEqual(shown);
  const accuracies = lines.filter((line) => /^[123] /.test(line)).map((line) => Number(line.split(" ")[1]));
  expect(accuracies.length).toBe(3);
  expect(accuracies[2]).toBeGreaterThan(0.9);
  const [penalty] = lines[lines.findIndex((line) => /^3 /.test(line)) + 1].split(" ").map(Number);
  expect(penalty).toBeGreaterThan(0);
});
