import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Rng } from "../../../dist/numerics/random.js";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere, vectorFile } from "../run-cli.js";

const words = ["fox, den and cub", "wave, ship and sail", "moon, star and sun"];

/** Three clouds, each item with a text of its cloud, a pair of near duplicates, and an item far from everything. */
async function cloudSpace(): Promise<string> {
  const rng = new Rng(3);
  const near = Array.from({ length: 45 }, (_, i) =>
    [0, 1, 2, 3].map((d) => (d === i % 3 ? 3 : 0) + 0.3 * rng.normal()),
  );
  const rows = [...near, near[4].map((x) => x + 1e-3), near[7], [9, 9, 9, 9]];
  const path = join(temporaryFolder(), "clouds.space");
  const space = Space.from({
    names: rows.map((_, i) => `item ${i}`),
    vectors: Float32Array.from(rows.flat()),
    geometry: "euclidean",
    columns: { text: rows.map((_, i) => words[i % 3]), count: Float64Array.from(rows, (_, i) => i) },
  });
  await space.save(path);
  return path;
}

describe("clusters", () => {
  test("prints the clusters with their names, largest first, and how good they are", async () => {
    const space = await cloudSpace();
    const { code, stdout, stderr } = await runHere(["clusters", space]);
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^cluster {2}items {2}name$/);
    for (const line of lines.slice(1, 4)) expect(line).toMatch(/^ {6}[012] {5}1[5-8] {2}item \d+, item \d+, item \d+$/);
    expect(lines[4]).toMatch(/^leiden over 15 neighbors: 3 clusters, modularity 0\.\d{3}$/);
  });

  test("a text column names the clusters by its words", async () => {
    const { stdout } = await runHere(["clusters", await cloudSpace(), "--text", "text", "--json"]);
    const names = JSON.parse(stdout).clusters.map(({ words: own }: { words: string[] }) => own.toSorted().join());
    expect(names.toSorted()).toEqual(["cub,den,fox", "moon,star,sun", "sail,ship,wave"]);
  });

  test("JSON has the settings, the clusters and every item's label", async () => {
    const space = await cloudSpace();
    const { stdout } = await runHere(["clusters", space, "--json", "--resolution", "0.5", "--neighbors", "8"]);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      space,
      method: "leiden",
      resolution: 0.5,
      neighbors: 8,
      metric: "euclidean",
      exact: true,
    });
    expect(result).toMatchObject({ seed: 1, noise: 0, modularity: expect.any(Number) });
    expect(result.labels.length).toBe(48);
    for (const { cluster, size } of result.clusters) {
      expect(result.labels.filter((label: number) => label === cluster).length).toBe(size);
    }
  });

  test("hdbscan leaves what lies apart in no cluster, and says how much that is", async () => {
    const space = await cloudSpace();
    const { stdout } = await runHere(["clusters", space, "--method", "hdbscan", "--min-samples", "3"]);
    expect(stdout).toMatch(
      /\n\d items? in no cluster\nhdbscan over all pairs: 3 clusters of 5 items or more, \d+\.\d\d % noise\n$/,
    );
    const { stdout: json } = await runHere(["clusters", space, "--method", "hdbscan", "--min-samples", "3", "--json"]);
    const { labels, ...about } = JSON.parse(json);
    expect(about).toMatchObject({ method: "hdbscan", minClusterSize: 5, minSamples: 3, exact: true });
    expect(labels[47]).toBe(-1);
  });

  test("saves the clusters as columns of the space, again in the same ones, and over others only by force", async () => {
    const space = await cloudSpace();
    const { code, stderr } = await runHere(["clusters", space, "--into", "topic", "--text", "text"]);
    expect(code).toBe(0);
    expect(stderr).toContain(`into      ${space}: columns topic and topic-name`);
    expect(stderr).toContain(`thing2vec map ${space} --color topic-name`);
    const saved = await Space.load(space);
    const columns = await saved.columns();
    const topic = columns.get("topic") as Int32Array;
    expect(topic.length).toBe(48);
    expect((columns.get("topic-name") as string[])[0]).toMatch(new RegExp(`^${topic[0]}: (cub|den|fox), `));
    expect(saved.metrics.clusters).toMatchObject({ topic: { method: "leiden", seed: 1 } });
    expect([...columns.keys()]).toEqual(["text", "count", "topic", "topic-name"]);
    await saved.close();
    expect((await runHere(["clusters", space, "--into", "topic", "--method", "hdbscan"])).code).toBe(0);
    const refused = await runHere(["clusters", space, "--into", "count"]);
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toContain(`${space} has a column count already: --force replaces it, --into names another`);
    expect((await runHere(["clusters", space, "--into", "count", "--force"])).code).toBe(0);
  });

  test("writes all items as a table, and shows as many clusters as asked for", async () => {
    const space = await cloudSpace();
    const file = join(temporaryFolder(), "clusters.csv");
    const { stdout } = await runHere(["clusters", space, "-o", file, "-k", "1"]);
    expect(stdout).toContain("\nand 2 smaller clusters (--count shows more)\n");
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines.length).toBe(49);
    expect(lines[0]).toBe("name,cluster,clusterName");
    expect(lines[1]).toMatch(/^item 0,(\d),"\1: item \d+, item \d+, item \d+"$/);
    await runHere(["clusters", space, "-o", file, "--method", "hdbscan"]);
    expect(readFileSync(file, "utf8")).toMatch(/^name,cluster,clusterName,probability\n/);
  });

  test("what cannot be is said before any work", async () => {
    const space = await cloudSpace();
    const said = async (...args: string[]) => {
      const { code, stderr } = await runHere(["clusters", space, ...args]);
      return `${code} ${stderr}`;
    };
    expect(await said("--method", "kmeans")).toContain(
      "2 thing2vec: clusters: --method must be one of leiden, hdbscan",
    );
    expect(await said("--min-samples", "3")).toContain("--min-samples is of --method hdbscan, not of leiden");
    expect(await said("--method", "hdbscan", "--resolution", "2")).toContain("--resolution is of --method leiden");
    expect(await said("--text", "txt")).toContain('there is no column "txt" for text; the space has "text", "count"');
    expect(await said("--text", "count")).toContain('2 thing2vec: nameClusters: column "count" holds no text');
    expect(await said("--neighbors", "48")).toContain("each of 48 items has 47 others");
    expect(await said("--resolution", "-1")).toContain("--resolution must be a finite number >= 0");
    expect(await said("-k", "0")).toContain("--count must be an integer >= 1");
    expect(await said("--force")).toContain("--force has no effect without --into");
    expect(await said("-o", "clusters.txt")).toContain("--output must end in .csv or .parquet");
    const file = vectorFile(temporaryFolder());
    const { code, stderr } = await runHere(["clusters", file, "--into", "topic"]);
    expect(code).toBe(3);
    expect(stderr).toContain("a space to save --into");
  });
});

describe("duplicates", () => {
  test("prints the groups with their least similarity", async () => {
    const { code, stdout, stderr } = await runHere(["duplicates", await cloudSpace(), "--above", "0.999"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      "items  lowest  such as\n" +
        "    2  1.0000  item 4, item 45\n" +
        "    2   equal  item 7, item 46\n" +
        "2 groups of 4 items at a similarity (euclidean) of 0.999 or more, 1 of them of equal vectors\n",
    );
  });

  test("JSON has all groups, a table their items", async () => {
    const space = await cloudSpace();
    const file = join(temporaryFolder(), "groups.csv");
    const { stdout } = await runHere(["duplicates", space, "--above", "0.999", "--json", "-o", file]);
    expect(JSON.parse(stdout)).toEqual({
      ...{ space, metric: "euclidean", above: 0.999, exact: true },
      groups: [
        { size: 2, lowest: expect.closeTo(1, 5), equal: false, items: ["item 4", "item 45"] },
        { size: 2, lowest: 1, equal: true, items: ["item 7", "item 46"] },
      ],
    });
    const [header, ...rows] = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(header).toBe("group,place,name,lowest");
    expect(rows.length).toBe(4);
    expect(rows[3]).toBe("1,1,item 46,1");
  });

  test("says that there are none, and refuses what is no similarity", async () => {
    const file = vectorFile(temporaryFolder());
    expect((await runHere(["duplicates", file])).stdout).toBe(
      "no duplicates: no two items have a similarity (cosine) of 0.95 or more\n",
    );
    const { code, stderr } = await runHere(["duplicates", file, "--above", "2"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--above must be a finite number > 0 and <= 1, got 2")]);
  });
});

describe("outliers", () => {
  test("prints the strangest items first, with what is nearest to them", async () => {
    const { code, stdout } = await runHere(["outliers", await cloudSpace(), "-k", "2"]);
    expect(code).toBe(0);
    const [header, first, second, ...rest] = stdout.trimEnd().split("\n");
    expect(header).toMatch(/^item {5}factor {2}nearest +distance$/);
    expect(first).toMatch(/^item 47 +\d+\.\d{3} {2}item \d+ +1\d\.\d\d$/);
    expect(second).toMatch(/^item \d+ /);
    expect(rest).toEqual([expect.stringMatching(/^\d+ items? of 48 above 1\.5 \(euclidean, 15 neighbors\)$/)]);
  });

  test("JSON has the settings and the items, a table all factors", async () => {
    const space = await cloudSpace();
    const file = join(temporaryFolder(), "factors.csv");
    const { stdout } = await runHere(["outliers", space, "--neighbors", "5", "-k", "1", "--json", "-o", file]);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      space,
      metric: "euclidean",
      neighbors: 5,
      exact: true,
      items: [{ name: "item 47", row: 47 }],
    });
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect([lines.length, lines[0], lines[1]]).toEqual([49, "name,factor", `item 47,${result.items[0].factor}`]);
  });

  test("more neighbors than there are others are refused", async () => {
    const { code, stderr } = await runHere(["outliers", vectorFile(temporaryFolder()), "--neighbors", "5"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("each of 5 items has 4 others")]);
  });
});
