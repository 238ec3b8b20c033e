import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Space } from "../../../dist/space/space.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere } from "../run-cli.js";

/** Two cliques of five friends each, with one friendship between them. */
function twoCircles(folder: string): string {
  const circle = (names: string[]) => names.flatMap((a, k) => names.slice(k + 1).map((b) => `${a},${b}`));
  const lines = [
    "source,target",
    ...circle(["ann", "bob", "cat", "dan", "eve"]),
    ...circle(["fay", "gus", "hal", "ida", "jon"]),
    "eve,fay",
  ];
  const path = join(folder, "friends.csv");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

const small = ["--dimensions", "8", "--epochs", "20", "--walk-length", "20"];

describe("graph", () => {
  test("leaves a space beside nothing else, in which friends of friends are near", async () => {
    const folder = temporaryFolder();
    const target = join(folder, "friends.space");
    const { code, stdout, stderr } = await runHere(["graph", twoCircles(folder), "-o", target, ...small]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("10 nodes, 21 edges; undirected, without weights");
    expect(stderr).toContain("method    node2vec, since there are no classes");
    expect(stderr).toContain("thing2vec near");
    expect(existsSync(join(target, "checkpoint"))).toBe(false);
    const near = await runHere(["near", target, "bob", "-k", "4", "--json"]);
    const names = JSON.parse(near.stdout).neighbors.map(({ name }: { name: string }) => name);
    expect(names.sort()).toEqual(["ann", "cat", "dan", "eve"]);
  });

  test("the same seed gives the same vectors with one and two threads, and JSON tells what was done", async () => {
    const folder = temporaryFolder();
    const edges = twoCircles(folder);
    const answers = [];
    for (const threads of ["1", "2"]) {
      const target = join(folder, `${threads}.space`);
      const made = await runHere(["graph", edges, "-o", target, ...small, "--threads", threads, "--json"]);
      expect(JSON.parse(made.stdout)).toMatchObject({ space: target, method: "node2vec", items: 10, seed: 1 });
      answers.push((await runHere(["near", target, "ann", "--json", "-k", "9"])).stdout.replace(target, ""));
    }
    expect(answers[0]).toBe(answers[1]);
  });

  test("a space is not replaced unasked", async () => {
    const folder = temporaryFolder();
    const args = ["graph", twoCircles(folder), "-o", join(folder, "a.space"), ...small];
    expect((await runHere(args)).code).toBe(0);
    const again = await runHere(args);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("--force replaces it");
    expect((await runHere([...args, "--force"])).code).toBe(0);
  });

  test("what is wrong with a file is said with its line", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "bad.csv");
    writeFileSync(path, "source,target,weight\na,b,1\nb,c,-2\n");
    const { code, stderr } = await runHere(["graph", path, "-o", join(folder, "bad.space")]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/bad\.csv.*line 3/);
    expect(existsSync(join(folder, "bad.space"))).toBe(false);
  });

  test("columns may be named, weights left out, and directions asked for", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "votes.csv");
    writeFileSync(path, "day,voter,candidate,weight\n1,a,b,2\n2,b,c,1\n3,c,a,1\n");
    const args = ["graph", path, "--source", "voter", "--target", "candidate", "--directed", "--no-weight", ...small];
    const { code, stderr } = await runHere([...args, "-o", join(folder, "v.space")]);
    expect(code).toBe(0);
    expect(stderr).toContain("3 nodes, 3 edges; directed, without weights");
  });

  test("classes and features may be columns of the graph's own file, where a flag names one", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "g.json");
    const nodes = [..."aabb"].map((side, id) => ({
      id,
      side,
      x: side === "a" ? 1 : 0,
      use: id % 2 ? "test" : "train",
    }));
    writeFileSync(
      path,
      JSON.stringify({
        nodes,
        links: [
          [0, 1],
          [2, 3],
          [1, 2],
        ].map(([source, target]) => ({ source, target })),
      }),
    );
    const args = ["graph", path, "--label", "side", "--split", "use", "-o", join(folder, "a.space")];
    const { code, stderr } = await runHere(args);
    expect([code, stderr]).toEqual([0, expect.stringContaining('1 feature; 2 classes by "side"; 2 / 0 / 2 nodes')]);
    expect(stderr).toContain("method    sgc, since nodes have classes and features");
    const none = await runHere(["graph", path, "--label", "color"]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("there are side, x, use")]);
  });

  test("names the columns that become features, and warns of one that says the class by itself", async () => {
    const karate = (name: string) => fileURLToPath(new URL(`../../../samples/karate/${name}`, import.meta.url));
    const make = (label: string, ...more: string[]) => {
      const target = join(temporaryFolder(), "a.space");
      const args = ["graph", karate("edges.csv"), "--nodes", karate("labels.csv"), "--label", label, "-o", target];
      return runHere([...args, ...more]);
    };
    const answer = await make("faction_name");
    expect([answer.code, answer.stderr]).toEqual([0, expect.stringContaining("features  faction, community, ")]);
    expect(answer.stderr).toMatch(
      /warning: .*features? .*faction.* tells the faction_name of every node.*--no-features/,
    );
    const other = await make("community");
    expect([other.code, other.stderr]).toEqual([0, expect.stringContaining("features  faction, community_train: ")]);
    expect(other.stderr).not.toContain("warning");
    const without = await make("faction_name", "--no-features");
    expect([without.code, without.stderr]).toEqual([0, expect.not.stringContaining("features  ")]);
    const unlearned = await make("faction_name", "--method", "linear"); // takes no features, and learns from no class
    expect([unlearned.code, unlearned.stderr]).toEqual([0, expect.not.stringContaining("warning")]);
  });

  test("--resume is refused of a method that has no checkpoints, and says where there is none", async () => {
    const karate = fileURLToPath(new URL("../../../samples/karate/edges.csv", import.meta.url));
    const make = (...flags: string[]) =>
      runHere(["graph", karate, "-o", join(temporaryFolder(), "a.space"), "--resume", ...flags]);
    const linear = await make("--method", "linear");
    expect([linear.code, linear.stderr]).toEqual([2, expect.stringContaining("linear has no checkpoints")]);
    const walks = await make("--method", "node2vec", ...small);
    expect([walks.code, walks.stderr]).toEqual([0, expect.stringContaining("it starts from the beginning")]);
  });

  describe("pictures", () => {
    const karate = (name: string) => fileURLToPath(new URL(`../../../samples/karate/${name}`, import.meta.url));
    const nodes = ["--nodes", karate("labels.csv"), "--label", "community", "--no-features"];

    test("--frames draws the hidden layer of each epoch of gcn, and replaces those of an earlier run", async () => {
      const folder = temporaryFolder();
      const frames = join(folder, "frames");
      const args = ["graph", karate("edges.csv"), ...nodes, "--method", "gcn", "--hidden", "2", "--frames", frames];
      const made = await runHere([...args, "-o", join(folder, "a.space"), "--epochs", "5"]);
      expect([made.code, made.stderr]).toEqual([0, expect.stringContaining(`${frames}: 5 pictures`)]);
      expect(readdirSync(frames)).toEqual([1, 2, 3, 4, 5].map((k) => `frame-00${k}.svg`));
      const [first, last] = [1, 5].map((k) => readFileSync(join(frames, `frame-00${k}.svg`), "utf8"));
      expect(first).toContain("epoch 1, loss");
      expect(last).not.toBe(first);
      for (const frame of [first, last]) {
        const disks = frame.match(/<g><title>.*<\/g>/g) ?? [];
        expect(disks).toHaveLength(34);
        expect(disks.filter((disk) => disk.includes('stroke="#1c2126"'))).toHaveLength(4); // the labeled members
        for (const name of ["0", "1", "2", "3"]) expect(frame).toContain(`>${name}<tspan`); // the legend
      }
      expect((await runHere([...args, "-o", join(folder, "b.space"), "--epochs", "2"])).code).toBe(0);
      expect(readdirSync(frames)).toHaveLength(2);
    });

    test("--film keeps the hidden layer of gcn by epoch in the space; a film of one frame is refused", async () => {
      const path = join(temporaryFolder(), "a.space");
      const args = ["graph", karate("edges.csv"), ...nodes, "--method", "gcn", "-o", path, "--epochs", "30"];
      const { code, stderr } = await runHere([...args, "--film", "4"]);
      expect([code, stderr]).toEqual([0, expect.stringContaining("film      4 frames, from epoch 0 to 30")]);
      expect(stderr).toContain("thing2vec explore ");
      const space = await Space.load(path, { verify: true });
      expect(space.film?.layout).toMatchObject({ epochs: [0, 12, 20, 30], items: 34, dimensions: 2 });
      await space.close();
      const one = await runHere([...args, "--film", "1", "--force"]);
      expect([one.code, one.stderr]).toEqual([2, expect.stringContaining("film must be 0, for none, or 2 to 10000")]);
      const none = await runHere(["graph", karate("edges.csv"), "--method", "linear", "--film", "4", "-o", `${path}2`]);
      expect([none.code, none.stderr]).toEqual([
        2,
        expect.stringContaining("--film has no effect with --method linear"),
      ]);
    });

    test("--plot draws the space, --frames each layer of random, wider than two in its principal plane", async () => {
      const folder = temporaryFolder();
      const [plot, frames] = [join(folder, "plot.svg"), join(folder, "frames")];
      const args = ["graph", karate("edges.csv"), "--method", "random", "--layers", "4,2", "--plot", plot];
      const { code } = await runHere([...args, "--frames", frames, "-o", join(folder, "a.space")]);
      expect(code).toBe(0);
      expect(readdirSync(frames)).toHaveLength(2);
      const places = (file: string) => readFileSync(file, "utf8").match(/<g><title>.*<\/g>/g);
      expect(places(plot)).toHaveLength(34);
      expect(places(plot)).toEqual(places(join(frames, "frame-002.svg"))); // the last layer is the space
      expect(readFileSync(join(frames, "frame-001.svg"), "utf8")).toContain("layer 1 of 2, 4 numbers");
    });

    test("a folder with other files, another ending than .svg, and methods without layers are refused before work", async () => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, "letter.txt"), "dear");
      const args = ["graph", karate("edges.csv"), "-o", join(folder, "a.space")];
      const taken = await runHere([...args, "--method", "random", "--frames", folder]);
      expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining("holds letter.txt")]);
      const ending = await runHere([...args, "--plot", join(folder, "a.jpg")]);
      expect([ending.code, ending.stderr]).toEqual([2, expect.stringContaining("must end in .svg or .png")]);
      const method = await runHere([...args, "--method", "linear", "--frames", join(folder, "f")]);
      expect([method.code, method.stderr]).toEqual([2, expect.stringContaining("no effect with --method linear")]);
      expect(existsSync(join(folder, "a.space"))).toBe(false);
    });
  });
});
