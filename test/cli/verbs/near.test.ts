import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runCli, runHere, vectorFile } from "../run-cli.js";

async function colorSpace(): Promise<string> {
  const path = join(temporaryFolder(), "colors.space");
  await Space.from({
    names: ["red", "green", "blue", "deep sky", "c++"],
    vectors: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0.1, 0.9, 0.5, 0.5, 0),
    columns: { count: Float64Array.of(50, 40, 30, 20, 1234) },
  }).save(path);
  return path;
}

describe("near", () => {
  test("prints the nearest with their similarity and how often they occur", async () => {
    const { code, stdout, stderr } = await runHere(["near", await colorSpace(), "red", "-k", "2"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe("red    similarity  count\nc++        0.7071  1,234\ngreen      0.0000     40\n");
  });

  test("takes an expression in one argument or in several, with names that hold spaces", async () => {
    const space = await colorSpace();
    const nearest = async (...words: string[]) => {
      const { code, stdout } = await runHere(["near", space, ...words, "--json", "-k", "1"]);
      expect(code).toBe(0);
      return JSON.parse(stdout).neighbors[0].name;
    };
    expect(await nearest("red + green")).toBe("c++");
    expect(await nearest("red", "+", "green")).toBe("c++");
    expect(await nearest("deep sky", "-", "green")).toBe("blue");
    expect(await nearest("- red + c++")).toBe("green");
    expect(await nearest("0.5", "*", "red", "-", "red", "+", "blue")).toBe("deep sky");
  });

  test("JSON has the expression, the metric and the neighbors, nearest first", async () => {
    const space = await colorSpace();
    const { stdout } = await runHere(["near", space, "blue", "--json", "--metric", "euclidean", "-k", "2"]);
    expect(JSON.parse(stdout)).toEqual({
      space,
      metric: "euclidean",
      expression: "blue",
      neighbors: [
        { name: "deep sky", row: 3, score: expect.closeTo(Math.sqrt(0.02), 6), count: 20 },
        { name: "c++", row: 4, score: expect.closeTo(Math.sqrt(1.5), 6), count: 1234 },
      ],
    });
  });

  test("the inputs are left out, or not", async () => {
    const space = await colorSpace();
    const { stdout } = await runHere(["near", space, "red", "--include-inputs", "--json", "-k", "1"]);
    expect(JSON.parse(stdout).neighbors[0]).toMatchObject({ name: "red", score: 1 });
  });

  test("among names, or the names of a file", async () => {
    const space = await colorSpace();
    const names = join(temporaryFolder(), "names.txt");
    writeFileSync(names, "blue\ndeep sky\n");
    for (const among of [names, "blue,deep sky"]) {
      const { stdout } = await runHere(["near", space, "red", "--among", among, "--json"]);
      expect(JSON.parse(stdout).neighbors.map(({ name }: { name: string }) => name)).toEqual(["blue", "deep sky"]);
    }
    expect((await runHere(["near", space, "red", "--among", "blu"])).code).toBe(4);
  });

  test("a file of vectors will do, also from standard input", async () => {
    const file = vectorFile(temporaryFolder());
    const { code, stdout } = await runHere(["near", file, "red", "-k", "1"]);
    expect([code, stdout]).toEqual([0, "red     similarity\nyellow      0.7474\n"]);
    const piped = await runCli(["near", "-", "red", "-k", "1"], { input: "2 2\nred 1 0\nblue 0 1\n" });
    expect(piped).toMatchObject({ code: 0, stdout: "red   similarity\nblue      0.0000\n" });
  });

  test("--plot draws what was found, and the items that an expression names", async () => {
    const space = await colorSpace();
    const [plot, other] = ["plot.svg", "other.png"].map((name) => join(temporaryFolder(), name));
    const { code, stdout, stderr } = await runHere(["near", space, "red", "-k", "2", "--plot", plot]);
    expect([code, stderr]).toEqual([0, `wrote     ${plot}\n`]);
    expect(stdout).toBe("red    similarity  count\nc++        0.7071  1,234\ngreen      0.0000     40\n");
    const svg = readFileSync(plot, "utf8");
    for (const text of [">red</text>", ">c++<tspan", ">0.71</tspan>", "nearest to it of 5"])
      expect(svg).toContain(text);
    const sum = await runHere(["near", space, "red", "+", "green", "-k", "1", "--plot", plot, "--dark"]);
    expect(sum.code).toBe(0);
    for (const name of ["red + green", "red", "green", "c++"])
      expect(readFileSync(plot, "utf8")).toContain(`>${name}<`);
    expect((await runHere(["near", space, "blue", "--metric", "euclidean", "--plot", other])).code).toBe(0);
    expect(readFileSync(other).subarray(1, 4).toString("latin1")).toBe("PNG");
  });

  test("--plot is refused before work where it cannot be", async () => {
    const space = await colorSpace();
    const ending = await runHere(["near", space, "red", "--plot", "plot.jpg"]);
    expect([ending.code, ending.stderr]).toEqual([
      2,
      expect.stringContaining("--plot must end in .svg or .png, got plot.jpg"),
    ]);
    const many = await runHere(["near", space, "-", "--plot", "plot.svg"]);
    expect([many.code, many.stderr]).toEqual([2, expect.stringContaining("--plot draws one expression")]);
  });

  test("an unknown name is exit code 4 with the closest names", async () => {
    const { code, stdout, stderr } = await runHere(["near", await colorSpace(), "gren"]);
    expect([code, stdout]).toEqual([4, ""]);
    expect(stderr).toBe("thing2vec: near: gren is not in the space; did you mean green, red?\n");
  });

  test("a broken expression is a wrong usage that shows the place", async () => {
    const { code, stderr } = await runHere(["near", await colorSpace(), "red +"]);
    expect(code).toBe(2);
    expect(stderr).toContain("^");
  });

  test("L4 answers every line of standard input; those that cannot be answered are told and make the exit code", async () => {
    const space = await colorSpace();
    const input = "red\n\ngren\nblue + green\n";
    const text = await runCli(["near", space, "-", "-k", "1"], { input });
    expect(text.code).toBe(4);
    expect(text.stdout).toBe(
      "red  similarity  count\nc++      0.7071  1,234\n\nblue + green  similarity  count\ndeep sky          0.7809     20\n",
    );
    expect(text.stderr).toContain("<stdin> line 3: near: gren is not in the space");
    const json = await runCli(["near", space, "-", "-k", "1", "--json"], { input });
    const { answers } = JSON.parse(json.stdout);
    expect(
      answers.map(({ expression, neighbors }: { expression: string; neighbors: { name: string }[] | null }) => [
        expression,
        neighbors?.[0].name ?? null,
      ]),
    ).toEqual([
      ["red", "c++"],
      ["gren", null],
      ["blue + green", "deep sky"],
    ]);
    expect(await runCli(["near", space, "-"], { input: "red\nblue\n" })).toMatchObject({ code: 0, stderr: "" });
  });
});
