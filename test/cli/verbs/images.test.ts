import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { run } from "../../../dist/cli/program.js";
import { encodePng, pictureAt } from "../../../dist/images/index.js";
import { loadSpace, writeIdx } from "../../../dist/index.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { FakeTerminal, runHere } from "../run-cli.js";
import { bars, savedBars } from "../tiny-pictures.js";

/** The bars as PNG files in folders by place, and a table of them; one file more is no picture. */
async function barFolder(folder: string): Promise<string> {
  const set = bars();
  const path = join(folder, "pictures");
  const rows = ["file,at"];
  for (const [n, name] of set.names.entries()) {
    const at = Number(set.columns.get("at")?.[n]);
    mkdirSync(join(path, `${at}`), { recursive: true });
    writeFileSync(join(path, `${at}`, `${name}.png`), await encodePng(pictureAt(set, n)));
    rows.push(`${name},${at}`);
  }
  writeFileSync(join(path, "0", "broken.png"), Buffer.from("89504e470d0a1a0a00", "hex"));
  writeFileSync(join(folder, "bars.csv"), `${rows.join("\n")}\n`);
  return path;
}

const quick = ["--hidden", "none", "--epochs", "3", "--batch-size", "8", "--dimensions", "4", "--threads", "1"];

describe("images", () => {
  test("a folder becomes a space with a contact sheet; it says what it understood, left out and made", async () => {
    const folder = temporaryFolder();
    const path = await barFolder(folder);
    const space = join(folder, "a.space");
    const flags = ["--labels", join(folder, "bars.csv"), "--size", "6x8", "--held-out", "0.25"];
    const { code, stdout, stderr } = await runHere(["images", path, "-o", space, ...flags, ...quick]);
    expect([code, stdout]).toEqual([0, ""]);
    const lines = stderr.split("\n");
    expect(lines[0]).toBe(`pictures  24 in ${path}, 6 x 8, gray, with at`);
    expect(lines[1]).toBe("resized   24 pictures of 8 x 8 were resized to 6 x 8 (cover)");
    expect(lines[2]).toMatch(/^warning: left out: .*0.broken.png.*/);
    expect(stderr).toMatch(/^model {5}autoencoder, .*--hidden none, --epochs 3/m);
    expect(stderr).toMatch(/^error {5}squared, a picture: [\d.]+ of 6 pictures held out, [\d.]+ of those trained on$/m);
    expect(stderr).toContain(`wrote     ${space}: 24 pictures, 4 dimensions\n`);
    expect(stderr).toContain(`thing2vec direction ${space} change --column at --positive 0`);
    const sheet = join(folder, "a-contact.png");
    // twelve pictures of 6 x 8, twelve times as large, in four rows: items, what codes give back, two of samples
    expect(await sharp(sheet).metadata()).toMatchObject({ width: 4 + 12 * (6 * 12 + 4), height: 4 + 4 * (8 * 12 + 4) });
    const made = await loadSpace(space);
    expect([made.kind, made.length, made.thumbnails?.layout.items]).toEqual(["images", 24, 24]);
    expect((await made.columns()).get("at")?.[23]).toBe(7);
    await made.close();
    expect(existsSync(join(space, "checkpoint"))).toBe(false);

    const again = await runHere(["images", path, "-o", space, ...quick]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("is there already: --force replaces it")]);
    const info = JSON.parse((await runHere(["info", space, "--json"])).stdout);
    expect(info).toMatchObject({
      holds: "images",
      method: "autoencoder",
      thumbnails: { width: 6, height: 8, items: 24 },
    });
  });

  test("the error stands beside that of the mean picture and of PCA; codes that say nothing are warned of", async () => {
    const folder = temporaryFolder();
    const path = await barFolder(folder);
    const make = (...flags: string[]) =>
      runHere([
        "images",
        path,
        "-o",
        join(folder, "a.space"),
        "--force",
        "--no-contact-sheet",
        ...quick,
        ...flags,
        "--json",
      ]);
    const short = await make("--learning-rate", "1e-6");
    const { metrics, baselines } = JSON.parse(short.stdout);
    expect(short.stderr).toMatch(/^beside {4}[\d.]+ by the mean picture alone, [\d.]+ by PCA with 4 dimensions$/m);
    expect(baselines.pca.dimensions).toBe(4);
    expect(baselines.pca.error).toBeLessThan(baselines.mean);
    expect(metrics.heldOutError).toBeGreaterThan(0.9 * baselines.mean);
    expect(short.stderr).toMatch(
      /warning: the codes give back hardly more than the mean picture.*It had 9 steps; try --epochs 500/,
    );
    const pca = await runHere([
      "images",
      path,
      "-o",
      join(folder, "p.space"),
      "--method",
      "pca",
      "--dimensions",
      "4",
      "--json",
    ]);
    expect(JSON.parse(pca.stdout).metrics.heldOutError).toBeCloseTo(baselines.pca.error, 3); // of the same pictures
    expect(pca.stderr).toMatch(/^kept {6}[\d.]+ % of the variance/m);
    const long = await make("--epochs", "400", "--learning-rate", "0.02");
    expect(long.stderr).not.toMatch(/hardly more than the mean/);
  });

  test("it says how many steps few pictures get where nobody says", async () => {
    const path = await barFolder(temporaryFolder());
    const { code, stderr } = await runHere(["images", path, "--dry-run", "--hidden", "none"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("training  500 epochs of 2 steps, 16 pictures a step")]);
  });

  test("a dry run says how long it would take and writes nothing", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "bars-idx3-ubyte");
    const data = Uint8Array.from(bars().data);
    await writeIdx(file, { type: "u8", shape: [24, 8, 8], data });
    const flags = ["--epochs", "200", "--hidden", "none", "--batch-size", "8", "--dry-run"];
    const { code, stdout, stderr } = await runHere(["images", file, "--limit", "20", ...flags, "--json"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^estimate {2}about [\d.]+ s of training/m);
    const plan = JSON.parse(stdout);
    expect(plan).toMatchObject({ method: "autoencoder", pictures: 20, width: 8, height: 8, channels: 1 });
    expect(plan.seconds).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(["bars-idx3-ubyte"]);
  });

  test("a dry run of few pictures tells the time too, and refuses what training would", async () => {
    const folder = temporaryFolder();
    const path = await barFolder(folder);
    const dry = async (...args: string[]) => {
      const { code, stderr } = await runHere(["images", path, "-o", join(folder, "x.space"), "--dry-run", ...args]);
      return `${code} ${stderr}`;
    };
    expect(await dry(...quick)).toMatch(/^0 .*^estimate {2}about [\d.]+ s of training/ms);
    expect(await dry("--method", "pca")).toMatch(/^0 .*^estimate {2}none: pca is computed at once/ms);
    expect(await dry("--dimensions", "0")).toMatch(/^2 .*--dimensions must be an integer/ms);
    expect(await dry("--method", "pca", "--dimensions", "23")).toMatch(
      /^2 .*--dimensions must be at most 22, got 23/ms,
    );
    expect(await dry("--held-out", "0.9")).toMatch(/^2 .*--held-out must/ms);
    expect(await dry("--method", "vae", "--beta", "-1")).toMatch(/^2 .*beta must/ms);
    expect(await dry("--limit", "1")).toMatch(/^2 .*--limit must be >= 2 to learn from, got 1/ms);
    expect(await dry("--contact-sheet", "c.jpg")).toMatch(/^2 .*--contact-sheet must end in .png, got c.jpg/);
    writeFileSync(join(folder, "afile"), "");
    for (const flag of ["-o", "--contact-sheet"])
      expect(await dry(flag, join(folder, "afile", "x", "y.png"))).toMatch(/^5 .*afile is a file, a folder was needed/);
    writeFileSync(join(folder, "t.csv"), "file,name\nbar-0-1,Ann\n");
    expect(await dry("--labels", join(folder, "t.csv"))).toMatch(/^3 .*t\.csv line 1: column 2: .*such as title/);
    const one = join(folder, "one");
    mkdirSync(one);
    writeFileSync(join(one, "a.png"), readFileSync(join(path, "3", "bar-3-1.png")));
    const { code, stderr } = await runHere(["images", one, "--dry-run"]);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/one: 2 pictures or more were needed .*, this has 1/)]);
    expect(readdirSync(folder).sort()).toEqual(["afile", "bars.csv", "one", "pictures", "t.csv"]);
  });

  test("says how many pictures have no value, and makes the contact sheet's folder", async () => {
    const folder = temporaryFolder();
    const path = await barFolder(folder);
    writeFileSync(join(folder, "t.csv"), "file,age,who\nbar-0-1,3,\nbar-0-2,,b\nbar-1-1,4,a\n");
    const sheet = join(folder, "new", "c.png");
    const flags = ["--labels", join(folder, "t.csv"), "--contact-sheet", sheet, "--method", "pca"];
    const { code, stderr } = await runHere(["images", path, "-o", join(folder, "a.space"), ...flags]);
    expect([code, existsSync(sheet)]).toEqual([0, true]);
    expect(stderr).toContain("\nmissing   22 of 24 pictures have no age, 22 no who\n");
    expect(stderr).toMatch(/thing2vec direction \S+ change --column age --positive 3$/m);
  });

  test("labels of an IDX file are classes: directions go to one of them, and new pictures fit to older spaces", async () => {
    const folder = temporaryFolder();
    const { data, columns } = bars();
    const at = Uint8Array.from(columns.get("at") as number[]);
    const [file, labels] = [join(folder, "bars-idx3-ubyte"), join(folder, "bars-idx1-ubyte")];
    await writeIdx(file, { type: "u8", shape: [24, 8, 8], data: Uint8Array.from(data) });
    await writeIdx(labels, { type: "u8", shape: [24], data: at });
    const space = join(folder, "a.space");
    const made = await runHere([
      "images",
      file,
      "--labels",
      labels,
      "-o",
      space,
      "--method",
      "pca",
      "--dimensions",
      "6",
    ]);
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining("change --column label --positive 0")]);
    const codes = await runHere(["direction", space, "d", "--column", "label"]);
    expect([codes.code, codes.stderr]).toEqual([2, expect.stringContaining("has 8 classes; positive must say which")]);
    const one = await runHere(["direction", space, "d", "--column", "label", "--positive", "7", "--json"]);
    expect(JSON.parse(one.stdout).metrics).toMatchObject({ method: "logistic", positive: "7", items: [21, 3] });
    const old = await loadSpace(space);
    await old.setColumn("label", Int32Array.from(at)); // as spaces were saved before
    await old.save(space);
    await old.close();
    const added = await runHere(["add", space, file, "--labels", labels, "--prefix", "n"]);
    expect(added.code).toBe(0);
    const all = await loadSpace(space);
    expect([(await all.columns()).get("label")?.[47], all.length]).toEqual([7, 48]);
    await all.close();
  });

  test("an interrupted run goes on with --resume, to the bytes of an unbroken one", async () => {
    const folder = temporaryFolder();
    const path = await barFolder(folder);
    const command = (name: string) => ["images", path, "-o", join(folder, name), "--no-contact-sheet", ...quick];
    const terminal = new FakeTerminal();
    const { write } = terminal.err;
    terminal.err.write = (text) => {
      write(text);
      if (String(text).includes('"training"')) terminal.stop("SIGINT");
    };
    expect(await run([...command("b.space"), "--progress", "json"], terminal)).toBe(130);
    expect(terminal.stderr).toContain("the same command with --resume goes on from it");
    const refused = await runHere(command("b.space"));
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--resume goes on with it")]);
    expect((await runHere([...command("b.space"), "--resume"])).code).toBe(0);
    const anew = await runHere([...command("c.space"), "--resume"]);
    expect([anew.code, anew.stderr]).toEqual([0, expect.stringContaining("no checkpoint in ")]);
    expect(anew.stderr).toContain("it starts from the beginning");
    for (const name of readdirSync(join(folder, "c.space")))
      expect(
        readFileSync(join(folder, "b.space", name)).equals(readFileSync(join(folder, "c.space", name))),
        name,
      ).toBe(true);
  });

  test("a sprite sheet with a table, by PCA", async () => {
    const folder = temporaryFolder();
    const set = bars();
    const sheet = new Uint8Array(24 * 64); // 6 tiles a row
    for (let n = 0; n < 24; n++)
      for (let y = 0; y < 8; y++) {
        const row = set.data.subarray(n * 64 + 8 * y, n * 64 + 8 * y + 8);
        sheet.set(row, (Math.floor(n / 6) * 8 + y) * 48 + (n % 6) * 8);
      }
    const file = join(folder, "bars.png");
    writeFileSync(file, await encodePng({ width: 48, height: 32, channels: 1, data: sheet }));
    writeFileSync(join(folder, "bars.csv"), ["name,at", ...set.names.map((name, n) => `${name},${n}`)].join("\n"));
    const space = join(folder, "bars.space");
    const flags = ["--tile", "8", "--labels", join(folder, "bars.csv"), "--method", "pca", "--dimensions", "10"];
    const { code, stdout } = await runHere(["images", file, ...flags, "-o", space, "--held-out", "0", "--json"]);
    expect(code).toBe(0);
    // 8 columns of pixels, one value each, span all pictures
    const { metrics, items } = JSON.parse(stdout);
    expect([items, metrics.trainingError < 1e-6]).toEqual([24, true]);
  });

  test("what is no picture, flags of other inputs and methods, and one picture are refused", async () => {
    const folder = temporaryFolder();
    const path = await barFolder(folder);
    const one = join(path, "3", "bar-3-1.png");
    const said = async (...args: string[]) => {
      const { code, stderr } = await runHere(["images", ...args, "-o", join(folder, "x.space")]);
      return `${code} ${stderr}`;
    };
    expect(await said(join(folder, "bars.csv"))).toMatch(
      /^3 .*a folder of pictures, a sprite sheet or an IDX file was needed/,
    );
    expect(await said(one)).toMatch(/^2 .*is one picture; a sprite sheet needs --tile/);
    expect(await said(path, "--tile", "8")).toMatch(/^2 .*--tile goes with a sprite sheet/);
    expect(await said(path, path)).toMatch(/^2 .*one folder or file at a time/);
    expect(await said(path, "--method", "pca", "--epochs", "3")).toMatch(
      /^2 .*--epochs has no effect with --method pca/,
    );
    expect(await said(path, "--method", "pca", "--resume")).toMatch(/^2 .*has no checkpoints/);
    expect(await said(path, "--broken", "error")).toMatch(/^3 .*broken.png/);
    expect(await said(path, "--dimensions", "0")).toMatch(/^2 .*--dimensions must be an integer/s);
    expect(existsSync(join(folder, "x.space"))).toBe(false);
  });
});

describe("add", () => {
  test("places new pictures in a space of pictures, with their columns and thumbnails", async () => {
    const folder = temporaryFolder();
    const [space, path] = [await savedBars(), await barFolder(folder)];
    const flags = ["--labels", join(folder, "bars.csv"), "--prefix", "new/"];
    const { code, stderr } = await runHere(["add", space, path, ...flags]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("24 items added")]);
    const one = await runHere(["add", space, join(path, "3", "bar-3-2.png")]);
    expect([one.code, one.stderr]).toEqual([0, expect.stringContaining("1 items added")]);
    const added = await loadSpace(space);
    const names = await added.names();
    expect([names.get(24), names.get(48)]).toEqual(["new/0/bar-0-1.png", "bar-3-2.png"]);
    // the same pictures lie where they lay
    for (const [name, old] of [
      ["new/5/bar-5-3.png", "bar-5-3"],
      ["bar-3-2.png", "bar-3-2"],
    ]) {
      const [vector, before] = [await added.vector(name), await added.vector(old)];
      expect(Math.max(...vector.map((value, d) => Math.abs(value - before[d])))).toBeLessThan(1e-5);
    }
    expect((await added.columns()).get("at")?.[24]).toBe(0);
    const [thumbnail, original] = (await added.thumbnails?.at([48, 10])) ?? [];
    expect(thumbnail).toEqual(original);
    await added.close();
    const twice = await runHere(["add", space, join(path, "3", "bar-3-2.png")]);
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("is in the space already")]);
  });
});
