import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Rng } from "../../../dist/numerics/random.js";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere } from "../run-cli.js";

async function saved(items = 30): Promise<string> {
  const path = join(temporaryFolder(), "s.space");
  const rng = new Rng(2);
  const vectors = Float32Array.from({ length: 4 * items }, () => rng.normal());
  await Space.from({ names: Array.from({ length: items }, (_, i) => `n${i}`), vectors }).save(path);
  return path;
}

describe("project", () => {
  test("keeps a map in the space, tells its quality, and evaluate tells the same", async () => {
    const path = await saved();
    const { code, stdout, stderr } = await runHere(["project", path, "--method", "pca"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("2 columns x, y")]);
    expect(stderr).toContain(`thing2vec map ${path}`);
    expect(stdout).toMatch(/^trustworthiness +0\.\d{4} +1: neighbors on the map are near in the space$/m);
    expect(stdout).toMatch(/^stress +0\.\d{4} /m);
    const told = await runHere(["evaluate", path, "--projection", "x,y"]);
    const [shares, ...judged] = stdout.split("\n");
    expect(shares).toMatch(/^variance +\d+\.\d\d %, \d+\.\d\d %$/);
    expect(told.stdout).toBe(`${path}, columns x, y (pca)\n${judged.join("\n")}`);
    const json = JSON.parse(
      (await runHere(["evaluate", path, "--projection", "x,y", "--neighbors", "3", "--json"])).stdout,
    );
    expect(json.spaces[0].projections).toMatchObject([
      { columns: ["x", "y"], method: "pca", quality: { neighbors: 3 } },
    ]);
  });

  test("options of a method reach it, and the space of --output alone is written", async () => {
    const path = await saved();
    const target = join(temporaryFolder(), "t.space");
    const args = ["--method", "tsne", "--perplexity", "5", "--iterations", "9", "--columns", "a,b", "-o", target];
    const { stdout } = await runHere(["project", path, ...args, "--seed", "3", "--metric", "euclidean", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ space: target, method: "tsne", columns: ["a", "b"], seed: 3 },
      settings: { perplexity: 5, iterations: 9, metric: "euclidean" },
    });
    const again = await runHere(["project", path, "--method", "tsne", "--iterations", "9", "-o", target]);
    expect(again.stdout).toMatch(/^divergence +\d\.\d{4} +nats/m);
    expect(readdirSync(path).sort()).toEqual(["items-1.parquet", "space.json", "vectors-1.safetensors"]);
    const space = await Space.load(target);
    expect([...(await space.columns()).keys()]).toEqual(["x", "y"]);
    await space.close();
  });

  test("--vectors makes a space of the coordinates, with the columns of the old", async () => {
    const path = await saved();
    const target = join(temporaryFolder(), "t.space");
    await runHere(["project", path, "--method", "pca", "--columns", "a,b"]);
    const args = ["project", path, "--method", "pca", "--dimensions", "3", "--vectors", "-o", target];
    const { code, stderr, stdout } = await runHere(args);
    expect([code, stderr]).toEqual([0, expect.stringContaining("30 items, 3 dimensions")]);
    expect(stdout).toMatch(/^trustworthiness +/m);
    const [space, old] = [await Space.load(target), await Space.load(path)];
    expect([space.dimensions, space.geometry, space.method]).toEqual([3, "euclidean", "pca"]);
    expect([...(await space.names())]).toEqual([...(await old.names())]);
    const first = Array.from((await space.columns()).get("a") ?? []);
    expect(first).toEqual(
      Array.from((await space.vectors()).batches())
        .flatMap((batch) => Array.from(batch))
        .filter((_, at) => at % 3 === 0),
    );
    await space.close();
    await old.close();
    expect(await runHere(args.slice(0, -2))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("needs --output"),
    });
  });

  test("refuses flags of another method, columns that are not there, and what the library refuses", async () => {
    const path = await saved(8);
    const refused = async (args: string[], code: number, message: string) => {
      const outcome = await runHere(args);
      expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringContaining(message)]);
    };
    await refused(
      ["project", path, "--min-dist", "1", "--method", "pca"],
      2,
      "--min-dist has no effect with --method pca",
    );
    await refused(
      ["project", path, "--method", "tsne", "--perplexity", "5"],
      2,
      "perplexity must be at most (N - 1) / 3",
    );
    await refused(["evaluate", path, "--projection", "x,y"], 4, 'evaluate: there is no column "x"; the space has none');
    await refused(["evaluate", path, "--neighbors", "5"], 2, "a test is needed");
  });
});
