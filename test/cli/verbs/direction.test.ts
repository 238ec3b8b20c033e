import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere } from "../run-cli.js";

/** Points of a 4 x 3 grid, named by their places; "x" is a column. */
async function gridSpace(): Promise<string> {
  const path = join(temporaryFolder(), "grid.space");
  const places = Array.from({ length: 12 }, (_, n) => [n % 4, Math.floor(n / 4)]);
  await Space.from({
    names: places.map(([x, y]) => `${x}/${y}`),
    vectors: Float32Array.from(places.flat()),
    geometry: "euclidean",
    columns: { x: Float64Array.from(places, ([x]) => x), top: places.map(([, y]) => (y === 2 ? "yes" : "no")) },
  }).save(path);
  return path;
}

describe("direction", () => {
  test("is learned, saved, shown with its figures on held-out items, and walked along", async () => {
    const space = await gridSpace();
    const made = await runHere(["direction", space, "right", "--column", "x"]);
    expect(made.code).toBe(0);
    expect(made.stdout).toBe("direction  made of   items  held out\nright      x, ridge     12  correlation 1.000\n");
    expect(made.stderr).toContain(`thing2vec walk ${space} 0/0 --along right`);
    const walk = await runHere([
      "walk",
      space,
      "0/1",
      "--along",
      "right",
      "--from",
      "0",
      "--to",
      "2",
      "--steps",
      "3",
      "-k",
      "1",
    ]);
    // a step is a deviation of x: sqrt(5 / 4) = 1.12
    expect(walk.stdout).toBe("coefficient  nearest\n       0.00  0/1\n       1.00  1/1\n       2.00  2/1\n");
  });

  test("without a name lists what there is, with --remove takes one out", async () => {
    const space = await gridSpace();
    expect((await runHere(["direction", space])).stderr).toContain("has no directions");
    await runHere(["direction", space, "up", "--column", "top", "--positive", "yes"]);
    await runHere(["direction", space, "wide", "--component", "1", "--orthogonal-to", "up"]);
    const listed = JSON.parse((await runHere(["direction", space, "--json"])).stdout).directions;
    expect(Object.keys(listed)).toEqual(["up", "wide"]);
    expect(listed.up).toMatchObject({ method: "logistic", positive: "yes", items: [8, 4] });
    expect(listed.wide).toMatchObject({ component: 1, orthogonalTo: ["up"] });
    expect((await runHere(["direction", space, "up", "--remove"])).code).toBe(0);
    const again = await runHere(["direction", space, "up", "--remove"]);
    expect([again.code, again.stderr]).toEqual([4, expect.stringContaining("has no direction up; it has wide")]);
  });

  test.each([
    ["0/0", "an item is called 0/0 too: in expressions the name alone is the item, direction:0/0 the direction"],
    ["2", "in expressions 2 is a number where * follows it"],
    ["hair color", 'in expressions the name has quotes: face + 0.6 * "hair color"'],
    ["+", 'in expressions the name has quotes: face + 0.6 * "+"'],
    ["item:age", 'in expressions the name has quotes: face + 0.6 * "item:age"'],
  ])("warns where an expression would not read the name %s as the direction", async (name, warning) => {
    const space = await gridSpace();
    const { code, stderr } = await runHere(["direction", space, name, "--column", "x"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining(`warning: ${warning}`)]);
    expect((await runHere(["walk", space, "0/1", "--along", name])).code).toBe(0);
  });

  test("the next command can be pasted for items that begin with a hyphen or have spaces and quotes", async () => {
    for (const name of ["-x.png", "--help", 'it\'s "a b"', "-5"]) {
      const path = join(temporaryFolder(), "odd.space");
      await Space.from({ names: [name, "b", "c"], vectors: Float32Array.of(1, 2, 4), geometry: "euclidean" }).save(
        path,
      );
      const { stderr } = await runHere(["direction", path, "change", "--component", "1"]);
      const next = /^ {2}thing2vec (walk .*)$/m.exec(stderr)?.[1] ?? "";
      const words = execFileSync("sh", ["-c", `printf '%s\\0' ${next}`], { encoding: "utf8" })
        .split("\0")
        .slice(0, -1);
      expect(words).toContain(name);
      expect([name, (await runHere(words)).code]).toEqual([name, 0]);
    }
  });

  test("what is to be made needs a name", async () => {
    const space = await gridSpace();
    const { code, stderr } = await runHere(["direction", space, "--column", "x"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("the direction needs a name")]);
  });

  test("from groups in a file or in a list, to another space", async () => {
    const space = await gridSpace();
    const other = join(temporaryFolder(), "other.space");
    const made = await runHere([
      "direction",
      space,
      "r",
      "--from",
      "0/0,0/1,0/2",
      "--to",
      "3/0, 3/1",
      "-o",
      other,
      "--json",
    ]);
    expect(JSON.parse(made.stdout)).toMatchObject({
      space: other,
      metrics: { method: "mean-difference", items: [3, 2], folds: 2, accuracy: 1 },
    });
    expect((await Space.load(space)).directions.size).toBe(0);
  });

  test("says first where naming the larger class would do as well", async () => {
    const path = join(temporaryFolder(), "noise.space");
    await Space.from({
      names: ["a", "b", "c", "d", "e", "f"],
      vectors: Float32Array.of(0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0.1),
      geometry: "euclidean",
      columns: { k: ["x", "x", "x", "x", "y", "y"] },
    }).save(path);
    const { stdout } = await runHere(["direction", path, "k", "--column", "k"]);
    expect(stdout).toMatch(
      /no better than naming the larger class: accuracy \d+\.\d\d %, the larger class alone 66\.67 %/,
    );
  });

  test("a wrong column, item or class is named, and nothing is saved", async () => {
    const space = await gridSpace();
    const failed = async (...args: string[]) => {
      const { code, stderr } = await runHere(["direction", space, "d", ...args]);
      return [code, stderr];
    };
    expect(await failed("--column", "xx")).toEqual([4, expect.stringContaining('the space has "x", "top"')]);
    expect(await failed("--from", "0/0", "--to", "9/9")).toEqual([4, expect.stringContaining("9/9")]);
    expect(await failed("--column", "top", "--positive", "perhaps")).toEqual([
      2,
      expect.stringContaining('no item has "perhaps"'),
    ]);
    expect((await Space.load(space)).directions.size).toBe(0);
  });
});

describe("walk", () => {
  test("goes from one item to another", async () => {
    const space = await gridSpace();
    const { stdout } = await runHere(["walk", space, "0/0", "--towards", "3/0", "--steps", "4", "-k", "1", "--json"]);
    const { steps } = JSON.parse(stdout);
    expect(steps.map(({ neighbors }: { neighbors: { name: string }[] }) => neighbors[0].name)).toEqual([
      "0/0",
      "1/0",
      "2/0",
      "3/0",
    ]);
  });

  test("needs one of --along and --towards, and flags that go together", async () => {
    const space = await gridSpace();
    for (const flags of [
      [],
      ["--along", "a", "--towards", "b"],
      ["--towards", "3/0", "--from", "1"],
      ["--along", "x", "--spherical"],
    ])
      expect((await runHere(["walk", space, "0/0", ...flags])).code).toBe(2);
  });
});
