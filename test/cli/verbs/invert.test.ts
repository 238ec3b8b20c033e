import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { encodePng, type Picture, pictureAt } from "../../../dist/images/index.js";
import { loadSpace } from "../../../dist/index.js";
import { reshape, tanh } from "../../../dist/networks/index.js";
import { channelsLast, fileOf, smallNetwork } from "../../images/decoders.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere } from "../run-cli.js";
import { bars, savedBars } from "../tiny-pictures.js";

/** Files of pictures of the bars, and one twice as large. */
async function pictureFiles(): Promise<string[]> {
  const folder = temporaryFolder();
  const [one, two] = [pictureAt(bars(), 10), pictureAt(bars(), 20)];
  const large: Picture = { width: 16, height: 16, channels: 1, data: new Uint8Array(256) };
  for (let k = 0; k < 256; k++) large.data[k] = two.data[8 * (k >> 5) + ((k & 15) >> 1)];
  const paths = [join(folder, "one.png"), join(folder, "large.png")];
  for (const [k, picture] of [one, large].entries()) writeFileSync(paths[k], await encodePng(picture));
  return paths;
}

describe("invert", () => {
  const quick = ["--steps", "60", "--restarts", "1"];

  test("tells the errors of all starts and the nearest items, and what was done to the pictures", async () => {
    const [space, files] = [await savedBars(), await pictureFiles()];
    const { code, stdout, stderr } = await runHere(["invert", space, ...files, ...quick, "-k", "2"]);
    expect(code).toBe(0);
    const [title, ...rows] = stdout.trimEnd().split("\n");
    expect(title.split(/ {2,}/)).toEqual(["picture", "error", "per pixel", "of each start", "nearest"]);
    expect(rows[0]).toMatch(
      /one\.png +\d+\.\d{3} +0\.\d{5} +encoder \d+\.\d{3}\*?, random \d+\.\d{3}\*? +bar-3-2, bar-\d-\d$/,
    );
    expect(rows[1]).toContain("bar-6-3");
    expect(rows).toHaveLength(2);
    expect(stderr).toBe(`${files[1]} had 16 x 16 pixels, brought to 8 x 8 (cover)\n`);
  });

  test("as JSON has what the library finds, in the order of the files", async () => {
    const [space, files] = [await savedBars(), await pictureFiles()];
    const flags = ["--method", "lbfgs", "--start", "mean", "--restarts", "2", "--seed", "5", "--json"];
    const found = JSON.parse((await runHere(["invert", space, ...files, ...flags])).stdout);
    expect(found).toMatchObject({ space, method: "lbfgs", seed: 5, added: [], threads: 1 });
    expect(found.pictures.map(({ picture }: { picture: string }) => picture)).toEqual(files);
    const [one] = found.pictures;
    expect(one.starts.map(({ start }: { start: string }) => start)).toEqual(["mean", "random", "random"]);
    expect(one.error).toBe(one.starts[one.best].error);
    const loaded = await loadSpace(space);
    const [picture] = (await loaded.decode([one.code])) as Picture[];
    const wanted = pictureAt(bars(), 10).data;
    const error = picture.data.reduce((sum, byte, k) => sum + ((byte - wanted[k]) / 255) ** 2, 0);
    expect(one.error).toBeGreaterThan(0.9 * error); // bytes end at black, which the decoder goes beyond
    await loaded.close();
  });

  test("draws originals beside reconstructions, and the search as an animation", async () => {
    const [space, files, folder] = [await savedBars(), await pictureFiles(), temporaryFolder()];
    const [png, gif] = [join(folder, "pairs.png"), join(folder, "search.gif")];
    const { code, stderr } = await runHere([
      "invert",
      space,
      ...files,
      ...quick,
      "-o",
      png,
      "-o",
      gif,
      "--delay",
      "50",
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain(`wrote     ${png}\nwrote     ${gif}\n`);
    const cell = 8 * 12;
    expect(await sharp(png).metadata()).toMatchObject({ width: 4 + 4 * (cell + 4), height: 4 + cell + 22 + 4 });
    // the original stands first, pixel by pixel as it is
    const { data, info } = await sharp(png)
      .extract({ left: 4, top: 4, width: cell, height: cell })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const original = pictureAt(bars(), 10).data;
    for (const [k, byte] of original.entries()) {
      const at = (((k >> 3) * 12 + 5) * cell + (k & 7) * 12 + 5) * info.channels;
      expect(data[at]).toBe(byte);
    }
    const film = await sharp(gif, { animated: true }).metadata();
    expect(film.pages).toBeGreaterThan(20);
    expect(film.delay?.[0]).toBe(50);
  });

  test("--add puts the codes into the space, under their names, with thumbnails", async () => {
    const [space, files] = [await savedBars(), await pictureFiles()];
    const before = await loadSpace(space);
    const length = before.length;
    await before.close();
    const { code, stderr } = await runHere(["invert", space, ...files, ...quick, "--add", "--names", "me,you"]);
    expect(code).toBe(0);
    expect(stderr).toContain(`2 items added to ${space}`);
    expect(stderr).toContain(`thing2vec walk ${space} me --along`);
    const after = await loadSpace(space);
    expect(after.length).toBe(length + 2);
    expect((await after.near("me", { count: 1 }))[0].name).toBe("bar-3-2");
    expect(after.thumbnails?.layout.items).toBe(length + 2);
    await after.close();
    const again = await runHere(["invert", space, files[0], "--add", "--names", "me"]);
    expect([again.code, again.stderr]).toEqual([2, 'thing2vec: add: "me" is in the space already\n']);
    const byFile = await runHere(["invert", space, files[0], ...quick, "--add", "--json"]);
    expect(JSON.parse(byFile.stdout).added).toEqual(["one.png"]);
  });

  test.each([
    [["--names", "a"], /--names goes with --add/],
    [["--add", "--names", "a,b"], /as many --names as pictures were needed, 1, got 2/],
    [["-o", "x.txt"], /invert: --output must end in .png, .gif or .webp, got x.txt/],
    [["--method", "sgd"], /adam, lbfgs/],
    [["--steps", "-3"], /--steps must be an integer >= 0, got -3/],
    [["--method", "lbfgs", "--learning-rate", "0.1"], /--learning-rate is of method "adam"/],
  ])("refuses %j", async (flags, message) => {
    const { code, stderr } = await runHere(["invert", await savedBars(), (await pictureFiles())[0], ...flags]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("names a picture that is not there or is none, and a space without a decoder", async () => {
    const [space, folder] = [await savedBars(), temporaryFolder()];
    const missing = await runHere(["invert", space, join(folder, "nobody.png")]);
    expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining("nobody.png")]);
    const text = join(folder, "text.png");
    writeFileSync(text, "no picture");
    const broken = await runHere(["invert", space, text]);
    expect([broken.code, broken.stderr]).toEqual([3, expect.stringContaining("text.png")]);
    const words = join(folder, "words.txt");
    writeFileSync(words, "a 1 2\nb 3 4\n");
    const [file] = await pictureFiles();
    const none = await runHere(["invert", words, file]);
    expect([none.code, none.stderr]).toEqual([2, "thing2vec: invert: the space has no decoder.onnx\n"]);
  });
});

describe("images --decoder", () => {
  /** A decoder of 3 numbers to bars of 8 x 8, [1, 3] -> [1, 8, 8, 1] in -1 .. 1, and a folder of three bars. */
  async function given(): Promise<{ file: string; pictures: string; folder: string }> {
    const folder = temporaryFolder();
    const network = smallNetwork(3, 64);
    const file = join(folder, "foreign.onnx");
    writeFileSync(
      file,
      fileOf((z) => channelsLast(tanh(reshape(network(z), [-1, 1, 8, 8]))), [1, 3]),
    );
    const pictures = join(folder, "pictures");
    mkdirSync(pictures);
    for (const n of [1, 10, 20]) {
      const { name, picture } = { name: `bar${n}.png`, picture: pictureAt(bars(), n) };
      writeFileSync(join(pictures, name), await encodePng(picture));
    }
    return { file, pictures, folder };
  }

  test("leaves a space of codes for it, which decodes, is sampled and takes more pictures", async () => {
    const { file, pictures, folder } = await given();
    const space = join(folder, "f.space");
    const flags = ["--descent", "lbfgs", "--restarts", "1", "--steps", "30", "--range", "-1..1", "-o", space];
    const { code, stderr } = await runHere(["images", pictures, "--decoder", file, ...flags]);
    expect(code).toBe(0);
    const lines = stderr.split("\n");
    expect(lines.slice(0, 2)).toEqual([
      `decoder   ${file}: 3 numbers a code, 8 x 8, gray`,
      "          it takes 1 code at a time",
    ]);
    expect(stderr).toMatch(/^model {5}inversion, --decoder .*foreign\.onnx, --descent lbfgs, .*--range -1\.\.1$/m);
    expect(stderr).toMatch(/^error {5}squared, a picture: [\d.]+ of all, as the decoder makes them$/m);
    const made = await loadSpace(space);
    expect(made).toMatchObject({ method: "inversion", dimensions: 3, length: 3 });
    expect(await made.model("decoder")).toEqual(new Uint8Array(readFileSync(file)));
    const error = made.metrics.error as number;
    const decoded = (await made.decode([await made.vector("bar10.png")])) as Picture[];
    expect([decoded[0].width, decoded[0].height, decoded[0].channels]).toEqual([8, 8, 1]);
    await made.close();
    const more = await runHere(["invert", space, join(pictures, "bar1.png"), "--add", "--names", "again", "--json"]);
    const { pictures: found } = JSON.parse(more.stdout);
    expect(found[0].error).toBeLessThan(3 * error);
    const grown = await loadSpace(space);
    expect((await grown.columns()).get("inversionError")?.[3]).toBe(found[0].error);
    await grown.close();
  });

  test.each([
    [["--method", "inversion"], /--method inversion needs --decoder FILE.onnx/],
    [["--restarts", "2"], /--restarts has no effect with --method autoencoder/],
  ])("refuses %j", async (flags, message) => {
    const { pictures, folder } = await given();
    const { code, stderr } = await runHere(["images", pictures, "-o", join(folder, "x.space"), ...flags]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  test("warns of a decoder whose values hardly are in the range that it is said to have", async () => {
    const { file, pictures, folder } = await given();
    const args = ["images", pictures, "--decoder", file, "-o", join(folder, "x.space"), "--dry-run"];
    const wrong = await runHere([...args, "--range", "0..255"]);
    expect([wrong.code, wrong.stderr]).toEqual([
      0,
      expect.stringMatching(/warning: .*foreign\.onnx: its values go from .*0\.\.255/),
    ]);
    expect((await runHere([...args, "--range", "-1..1"])).stderr).not.toContain("warning");
  });

  test("names a decoder that is none, and flags that inversion has not", async () => {
    const { file, pictures, folder } = await given();
    const target = ["-o", join(folder, "x.space")];
    const epochs = await runHere(["images", pictures, "--decoder", file, "--epochs", "3", ...target]);
    expect([epochs.code, epochs.stderr]).toEqual([
      2,
      expect.stringMatching(/--epochs has no effect with --method inversion/),
    ]);
    const text = join(folder, "text.onnx");
    writeFileSync(text, "no model");
    const broken = await runHere(["images", pictures, "--decoder", text, ...target]);
    expect([broken.code, broken.stderr]).toEqual([3, expect.stringContaining("text.onnx")]);
    expect(existsSync(target[1])).toBe(false);
  });
});
