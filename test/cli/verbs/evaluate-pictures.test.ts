import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../child.js";
import { planted } from "../../images/planted-pictures.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere } from "../run-cli.js";

/** IDX files of 90 pictures of 12 x 12, labeled by whether the left half is brighter, and a space of them. */
async function digits(folder: string): Promise<{ pictures: string; space: string }> {
  const { data } = planted(90, 12, 12);
  const [pictures, labels] = [join(folder, "train-images-idx3-ubyte"), join(folder, "train-labels-idx1-ubyte")];
  writeFileSync(pictures, Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 90, 0, 0, 0, 12, 0, 0, 0, 12, ...data));
  const bright = Array.from({ length: 90 }, (_, n) => {
    let left = 0;
    for (let k = 0; k < 144; k++) left += (k % 12 < 6 ? 1 : -1) * data[144 * n + k];
    return Number(left > 0);
  });
  writeFileSync(labels, Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 90, ...bright));
  const space = join(folder, "digits.space");
  const made = ["images", pictures, "--labels", labels, "--method", "pca", "--dimensions", "3", "--held-out", ".3"];
  const { code, stderr } = await runHere([...made, "-o", space, "--no-contact-sheet"]);
  expect(`${code} ${stderr}`).toMatch(/^0 /);
  return { pictures, space };
}

describe("evaluate of a space of pictures", () => {
  test("shows errors, samples and copies, and keeps a classifier to compare other spaces by", async () => {
    const folder = temporaryFolder();
    const { pictures, space } = await digits(folder);
    const classifier = join(folder, "bright.onnx");
    const args = ["evaluate", space, "--pictures", pictures, "--classifier", classifier];
    const first = await runHere(args);
    expect(`${first.code} ${first.stderr}`).toMatch(/^0 /);
    expect(first.stdout).toMatch(/^reconstruction {2}[\d.]+ a picture, [\d.]+ a pixel: squared error of 27 held-out/m);
    expect(first.stdout).toMatch(/^samples {9}27 from a fitted normal distribution$/m);
    expect(first.stdout).toMatch(/^codes {11}p [\d.]+ in a two-sample test .* 27 of each, 500 permutations$/m);
    expect(first.stdout).toMatch(/^nearest .* ratio [\d.]+, near 0 for copies/m);
    expect(first.stdout).toMatch(
      /classifier-feature Frechet distance \(lenet-1\/dense2\/[0-9a-f]{8}\) .* 27 of each$/m,
    );
    expect(first.stdout).not.toMatch(/\bFID\b/);
    expect(first.stderr).toContain("learning a classifier of label from 63 training pictures");
    const again = await runHere([...args, "--json"]);
    expect(again.stderr).not.toContain("learning");
    const [{ pictures: report }] = JSON.parse(again.stdout).spaces;
    expect(report.features.count).toBe(27);
    expect(first.stdout).toContain(report.features.name);
    const others = await runHere(["evaluate", space, "--held-out", pictures, "--samples", "9", "--json"]);
    const [{ pictures: judged }] = JSON.parse(others.stdout).spaces;
    expect([judged.reconstruction.pictures, judged.nearest, judged.features]).toEqual([90, null, null]);
    expect(others.stderr).toContain("no Frechet distance: a classifier to compare by (--classifier)");
  });

  test("tiles of a sheet are known by the names of its table, which is asked for where it is not given", async () => {
    const folder = temporaryFolder();
    const [sheet, table] = ["faces.png", "faces.csv"].map((name) => join(root, "samples/emoji", name));
    const space = join(folder, "faces.space");
    const made = ["--tile", "48", "--labels", table, "--method", "pca", "--dimensions", "3", "--no-contact-sheet"];
    expect((await runHere(["images", sheet, ...made, "-o", space])).code).toBe(0);
    const evaluate = ["evaluate", space, "--pictures", sheet];
    const unnamed = await runHere([...evaluate, "--tile", "48"]);
    expect([unnamed.code, unnamed.stderr]).toEqual([
      2,
      expect.stringContaining("called grinning face and so on: --table FILE"),
    ]);
    const named = await runHere([...evaluate, "--tile", "48", "--table", table, "--samples", "5", "--json"]);
    expect([named.code, JSON.parse(named.stdout).spaces[0].pictures.reconstruction.pictures]).toEqual([0, 11]);
    const alone = await runHere([...evaluate, "--table", table]);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("--table goes with --tile")]);
  });

  test("refuses flags without effect, and spaces of other things", async () => {
    const folder = temporaryFolder();
    const { Space } = await import("../../../dist/space/space.js");
    const words = join(folder, "words.space");
    await Space.from({ names: ["a", "b"], vectors: Float32Array.of(1, 2, 3, 4) }).save(words);
    const refused = async (args: string[], message: string) => {
      const { code, stderr } = await runHere(["evaluate", words, ...args]);
      expect(code).toBe(2);
      expect(stderr).toContain(message);
    };
    await refused(["--classifier", "c.onnx"], "--classifier has no effect without --pictures or --held-out");
    await refused(["--pictures", folder], "--pictures goes with spaces of pictures");
    await refused([], "or --pictures PATH");
  });
});
