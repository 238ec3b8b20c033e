import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, onTestFinished, test } from "vitest";
import { project } from "../../../dist/maps/project.js";
import { Rng } from "../../../dist/numerics/random.js";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere, vectorFile } from "../run-cli.js";

/** Three clouds in five dimensions, of which two show them; with a kind, a count and, where asked for, places. */
async function cloudSpace(columns: Record<string, (number | string | null)[]> = {}): Promise<string> {
  const rng = new Rng(3);
  const items = Array.from({ length: 60 }, (_, i) => ({ name: `item ${i}`, cloud: i % 3 }));
  const path = join(temporaryFolder(), "clouds.space");
  const space = Space.from({
    names: items.map(({ name }) => name),
    vectors: Float32Array.from(
      items.flatMap(({ cloud }) => [0, 1, 2, 3, 4].map((d) => (d === cloud ? 3 : 0) + 0.2 * rng.normal())),
    ),
    geometry: "euclidean",
    columns: {
      kind: items.map(({ cloud }) => ["metal", "gas", "salt"][cloud]),
      count: Float64Array.from(items, (_, i) => 1000 - i),
      ...columns,
    },
  });
  await space.save(path);
  return path;
}

const numbers = (of: (i: number) => number | null) => Array.from({ length: 60 }, (_, i) => of(i));

describe("map", () => {
  test("writes a picture and prints how far to believe it, under the picture and on standard output", async () => {
    const space = await cloudSpace();
    const target = join(temporaryFolder(), "map.svg");
    const args = ["map", space, "--method", "pca", "--color", "kind", "-o", target];
    const { code, stdout, stderr } = await runHere(args);
    expect([code, stderr]).toEqual([0, expect.stringContaining(`wrote     ${target}`)]);
    expect(stdout).toMatch(/^How far to believe it: trustworthiness 0\.\d{3}, continuity 0\.\d{3} /);
    const svg = readFileSync(target, "utf8");
    expect(svg).toContain("trustworthiness 0.");
    expect(svg).toContain(">clouds</text>");
    for (const kind of ["metal", "gas", "salt"]) expect(svg).toContain(`>${kind}<tspan`);
    expect(svg).toContain(">item 0</text>"); // the most frequent
    const again = join(temporaryFolder(), "again.svg");
    await runHere([...args.slice(0, -1), again]);
    expect(readFileSync(again, "utf8")).toBe(svg);
  });

  test("JSON has the method, the quality and the file", async () => {
    const space = await cloudSpace();
    const target = join(temporaryFolder(), "map.svg");
    const { stdout } = await runHere(["map", space, "--method", "pca", "-o", target, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      space,
      items: 60,
      method: "pca",
      file: target,
      quality: { neighbors: 15, anchors: 60, trustworthiness: expect.any(Number), continuity: expect.any(Number) },
    });
  });

  test("every method draws, and is said with its settings under the map", async () => {
    const space = await cloudSpace();
    const target = join(temporaryFolder(), "map.svg");
    const drawn = async (...args: string[]) => {
      const { code, stdout } = await runHere(["map", space, "-o", target, "--json", ...args]);
      expect(code).toBe(0);
      return JSON.parse(stdout);
    };
    expect(await drawn("--method", "tsne", "--seed", "2")).toMatchObject({ method: "tsne", seed: 2 });
    expect(readFileSync(target, "utf8")).toContain("t-SNE with perplexity 19.7, seed 2: what is near");
    expect(await drawn()).toMatchObject({ method: "umap", seed: 1, settings: { neighbors: 15 } });
    expect(readFileSync(target, "utf8")).toContain("UMAP with neighbors 15, minDist 0.1, seed 1: what is near");
    expect(readFileSync(target, "utf8")).toContain(">UMAP of 60 items, 5 dimensions</text>");
  });

  test("columns x and y are the places where no method is asked for, which is said", async () => {
    const space = await cloudSpace({ x: numbers((i) => i), y: numbers((i) => i % 7) });
    const target = join(temporaryFolder(), "map.svg");
    const { code, stderr } = await runHere(["map", space, "-o", target, "--dark", "--title", "<mine>"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("columns x and y")]);
    const svg = readFileSync(target, "utf8");
    expect(svg).toContain("&lt;mine&gt;");
    expect(svg).toContain('fill="#14171a"');
    const { stdout } = await runHere(["map", space, "-o", target, "--json"]);
    expect(JSON.parse(stdout).method).toBe("columns");
    const broken = await cloudSpace({ x: numbers((i) => i), y: numbers((i) => (i === 7 ? null : i)) });
    const refused = await runHere(["map", broken, "-o", target]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('column "y" must hold a number for each item, got null for "item 7" (row 7)'),
    ]);
  });

  test("places that project left are called by their method, and other columns are taken where they are named", async () => {
    const path = await cloudSpace({ left: numbers((i) => -i), right: numbers((i) => i % 7) });
    const space = await Space.load(path);
    await project(space, { method: "umap", seed: 5, epochs: 20 });
    await space.save(path);
    await space.close();
    const target = join(temporaryFolder(), "map.svg");
    const drawn = async (...args: string[]) => {
      const { code, stdout } = await runHere(["map", path, "-o", target, "--json", ...args]);
      expect(code).toBe(0);
      return JSON.parse(stdout);
    };
    expect(await drawn()).toMatchObject({ method: "umap", columns: ["x", "y"], seed: 5 });
    expect(readFileSync(target, "utf8")).toContain("UMAP with neighbors 15, minDist 0.1, seed 5: what is near");
    expect(await drawn("--columns", "left,right")).toMatchObject({ method: "columns", columns: ["left", "right"] });
    expect(await drawn("--method", "pca")).toMatchObject({ method: "pca" });
    const near = await runHere(["map", path, "--columns", "left,rigt"]);
    expect([near.code, near.stderr]).toEqual([
      4,
      expect.stringContaining('there is no column "rigt"; did you mean "right"?'),
    ]);
  });

  test("draws in the terminal, with colors where it has them", async () => {
    const space = await cloudSpace();
    const args = ["map", space, "--method", "pca", "--terminal", "--color", "kind"];
    const plain = await runHere(args);
    expect(plain.code).toBe(0);
    expect(plain.stdout).toMatch(/[\u2801-\u28ff]/);
    expect(plain.stdout).toContain("item 0");
    expect(plain.stdout).toContain("kind: ● gas 20  ● metal 20  ● salt 20");
    expect(plain.stdout).toMatch(/\nHow far to believe it: .*\nPrincipal components .*\n$/);
    expect(plain.stdout).not.toContain("\x1b");
    const colored = await runHere(args, { isTerminal: true, env: { COLORTERM: "truecolor" } });
    expect(colored.stdout).toContain("\x1b[38;2;");
    expect((await runHere(args, { isTerminal: true })).stdout).toContain("\x1b[38;5;");
    expect((await runHere(args, { isTerminal: true, env: { NO_COLOR: "1" } })).stdout).not.toContain("\x1b[38");
  });

  test("without --output the picture is called after the space, which is said", async () => {
    const folder = temporaryFolder();
    const file = vectorFile(folder, "small.vec");
    const before = process.cwd();
    process.chdir(folder);
    onTestFinished(() => process.chdir(before));
    const { code, stderr } = await runHere(["map", file, "--method", "pca"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("wrote     small.svg (--output names another file)")]);
    expect(existsSync(join(folder, "small.svg"))).toBe(true);
  });

  test("the relations of a space are lines below its points", async () => {
    const path = join(temporaryFolder(), "triangle.space");
    const space = Space.from({
      names: ["a", "b", "c"],
      vectors: Float32Array.of(0, 0, 4, 0, 0, 3),
      geometry: "euclidean",
      relations: { sources: Uint32Array.of(0, 1, 2), targets: Uint32Array.of(1, 2, 0), weights: null, directed: false },
    });
    await space.save(path);
    const target = join(temporaryFolder(), "map.svg");
    const lines = async (...args: string[]) => {
      expect((await runHere(["map", path, "--method", "pca", "-o", target, ...args])).code).toBe(0);
      return readFileSync(target, "utf8").match(/M[\d.]+ [\d.]+L/g)?.length ?? 0;
    };
    expect(await lines()).toBe(3);
    expect(await lines("--edges")).toBe(3);
    expect(await lines("--no-edges")).toBe(0);
    const { code, stderr } = await runHere(["map", await cloudSpace(), "--method", "pca", "-o", target, "--edges"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--edges needs a space that keeps relations")]);
  });

  test("PNG is written where its name asks for it", async () => {
    const target = join(temporaryFolder(), "map.png");
    expect((await runHere(["map", await cloudSpace(), "--method", "pca", "-o", target, "--width", "200"])).code).toBe(
      0,
    );
    expect([...readFileSync(target).subarray(1, 4)].map((byte) => String.fromCharCode(byte)).join("")).toBe("PNG");
  });

  test("the film of a training is an animation, a frame an epoch, at one scale, that rests at its end", async () => {
    const [source, target] = ["club.space", "club.gif"].map((name) => join(temporaryFolder(), name));
    const corners = [0, 1, 2, 3].map((k) => [k % 2, k >> 1]);
    const coordinates = Float32Array.from([0.5, 1].flatMap((scale) => corners.flat().map((value) => scale * value)));
    const space = Space.from({
      names: ["a", "b", "c", "d"],
      vectors: Float32Array.from(corners.flat()),
      relations: { sources: Uint32Array.of(0), targets: Uint32Array.of(3), weights: null, directed: false },
      film: { epochs: [0, 1200], axes: ["x", "y"], coordinates },
    });
    await space.save(source);
    const { code, stdout } = await runHere(["map", source, "-o", target, "--width", "200", "--labels", "0", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ space: source, items: 4, frames: 2, file: target });
    const { pages, delay, width } = await sharp(target, { animated: true }).metadata();
    expect([pages, delay?.[0], width]).toEqual([6, 450, 200]); // the last stands for two seconds
    const rightmost = async (page: number) => {
      const { data, info } = await sharp(target, { page }).greyscale().raw().toBuffer({ resolveWithObject: true });
      const places = Array.from(data, (value, at) => (value < 200 && at > 70 * info.width ? at % info.width : 0));
      return Math.max(...places);
    };
    const [first, last] = [await rightmost(0), await rightmost(1)];
    expect(first).toBeLessThan(last - 40);
    expect(await rightmost(5)).toBe(last);

    const without = await runHere(["map", await cloudSpace(), "-o", target]);
    expect([without.code, without.stderr]).toEqual([
      2,
      expect.stringContaining("the space has none; graph --method gcn"),
    ]);
    const method = await runHere(["map", source, "-o", target, "--method", "pca"]);
    expect([method.code, method.stderr]).toEqual([2, expect.stringContaining("a film has places of its own")]);
    await space.add([{ name: "e", vector: [1, 1] }]);
    await space.save(source);
    const grown = await runHere(["map", source, "-o", target]);
    expect([grown.code, grown.stderr]).toEqual([2, expect.stringContaining("the film has 4 items, the space 5")]);
  });

  test("one item, two items and equal items have maps", async () => {
    const [source, target] = ["few.vec", "map.svg"].map((name) => join(temporaryFolder(), name));
    for (const text of ["1 2\na 1 0\n", "2 2\na 1 0\nb 0 1\n", "3 2\na 1 1\nb 1 1\nc 1 1\n"]) {
      writeFileSync(source, text);
      const { code, stderr } = await runHere(["map", source, "--method", "pca", "-o", target]);
      expect([code, stderr]).toEqual([0, expect.stringContaining("wrote")]);
      expect(readFileSync(target, "utf8")).toContain(">a</text>");
    }
  });

  test("a column that is not there is named with the nearest names", async () => {
    const space = await cloudSpace();
    const { code, stderr } = await runHere(["map", space, "--color", "knd"]);
    expect([code, stderr]).toEqual([
      4,
      expect.stringContaining("there is no column knd (--color); did you mean kind? the space has kind, count"),
    ]);
    expect((await runHere(["map", space, "--label-by", "kind"])).stderr).toContain(
      "--label-by needs a column of numbers, kind holds other values",
    );
  });

  test("what cannot be is refused before work", async () => {
    const space = await cloudSpace();
    const refused = async (...args: string[]) => {
      const { code, stderr } = await runHere(["map", space, ...args]);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused("-o", "map.jpg")).toContain("--output must end in .svg or .png, got map.jpg");
    expect(await refused("--terminal", "-o", "map.svg")).toContain("--terminal draws no file");
    expect(await refused("--method", "magic")).toContain("--method must be one of pca, tsne, umap, got magic");
    expect(await refused("--columns", "count")).toContain("--columns must name two columns, got count");
    expect(await refused("--columns", "count,count", "--method", "pca")).toContain("exclude each other");
    expect(await refused("--scale", "log")).toContain("--scale has no effect without --color");
    expect(await refused("--color", "kind", "--scale", "rainbow")).toContain(
      "color.scale must be one of auto, categories",
    );
    expect(await refused("--color", "kind", "--scale", "log")).toContain('got "metal" at point 0');
    expect(await refused("--labels", "-1")).toContain("--labels must be an integer >= 0, got -1");
  });
});
