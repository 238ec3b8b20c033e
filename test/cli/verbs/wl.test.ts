import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../temporary-folder.js";
import { runHere } from "../run-cli.js";

function edgesFile(folder: string, name: string, edges: string): string {
  const path = join(folder, name);
  writeFileSync(path, `${edges.split(" ").join("\n")}\n`);
  return path;
}
const triangles = "a,b b,c c,a p,q q,r r,p";
const hexagon = "0,1 1,2 2,3 3,4 4,5 5,0";

describe("wl", () => {
  test("colors the nodes of a graph, with its hash and the colors by round", async () => {
    const path = edgesFile(temporaryFolder(), "path.csv", "a,b b,c c,d");
    const { code, stdout } = await runHere(["wl", path]);
    expect(code).toBe(0);
    expect(stdout).toContain("colors by round  1, 2 (stable)");
    expect(stdout).toMatch(/hash {13}[0-9a-f]{32}/);
    const json = JSON.parse((await runHere(["wl", path, "--json"])).stdout);
    expect(json.colors[0]).toBe(json.colors[3]);
    expect(json.colors[1]).toBe(json.colors[2]);
    expect(json.numColors).toBe(2);
  });

  test("kinds of edges are the same whether each edge stands once or in both directions, and never add up", async () => {
    const folder = temporaryFolder();
    const once = edgesFile(folder, "once.csv", "1,2,1 2,3,2 3,4,1");
    const twice = edgesFile(folder, "twice.csv", "1,2,1 2,1,1 2,3,2 3,2,2 3,4,1 4,3,1");
    const other = edgesFile(folder, "other.csv", "1,2,1 2,3,1 3,4,2");
    const isomorphic = async (a: string, b: string) =>
      JSON.parse((await runHere(["wl", a, b, "--edge-labels", "--json"])).stdout).isomorphic;
    expect(await isomorphic(once, twice)).toBe(true);
    expect(await isomorphic(once, other)).toBe(false);
    const { code, stderr } = await runHere(["wl", twice, "--edge-labels", "--parallel", "sum"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("kinds of edges do not add up")]);
  });

  test("writes the colors as a table", async () => {
    const folder = temporaryFolder();
    const target = join(folder, "colors.csv");
    const path = edgesFile(folder, "star.csv", "hub,x hub,y");
    expect((await runHere(["wl", path, "-o", target])).code).toBe(0);
    expect(readFileSync(target, "utf8")).toMatch(/^node,color\nhub,(\d)\nx,(?!\1)(\d)\ny,\2\n$/);
    const refused = await runHere(["wl", path, "-o", join(folder, "colors.txt")]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("must end in .csv or .parquet");
  });

  test("says that graphs are the same, with a mapping, or not, with a reason", async () => {
    const folder = temporaryFolder();
    const [one, other, ring] = [
      edgesFile(folder, "one.csv", triangles),
      edgesFile(folder, "other.csv", "x,y y,z z,x 1,2 2,3 3,1"),
      edgesFile(folder, "ring.csv", hexagon),
    ];
    const same = await runHere(["wl", one, other]);
    expect(same.stdout).toMatch(/^isomorphic, by\n( {2}\S+ -> \S+\n){6}$/);
    const { stdout } = await runHere(["wl", one, ring]);
    expect(stdout).toMatch(/^not isomorphic: colors tell nothing, and \d+ assignments all ended in a contradiction\n$/);
    expect((await runHere(["wl", one, ring, "--dimension", "2"])).stdout).toContain("told apart in round");
    const path = edgesFile(folder, "path.csv", "a,b b,c c,d d,e e,f f,g");
    expect((await runHere(["wl", one, path])).stdout).toBe("not isomorphic: 6 and 7 nodes\n");
  });

  test("flags of one graph are refused for two, and the other way round", async () => {
    const folder = temporaryFolder();
    const path = edgesFile(folder, "a.csv", hexagon);
    expect((await runHere(["wl", path, path, "--rounds", "2"])).stderr).toContain("--rounds is for one graph");
    expect((await runHere(["wl", path, "--dimension", "2"])).stderr).toContain("--dimension compares two graphs");
  });

  test("labels of nodes and kinds of edges count, from tables or from the graph's own file", async () => {
    const folder = temporaryFolder();
    // ethanol and dimethyl ether without hydrogen: C-C-O and C-O-C
    const [ethanol, ether] = [edgesFile(folder, "e.csv", "1,2 2,3"), edgesFile(folder, "d.csv", "1,2 2,3")];
    const atoms = (name: string, elements: string) => {
      const path = join(folder, name);
      writeFileSync(path, `node,element\n${[...elements].map((element, k) => `${k + 1},${element}`).join("\n")}\n`);
      return path;
    };
    const label = ["--label", "element"];
    const [first, second] = [atoms("e-atoms.csv", "CCO"), atoms("d-atoms.csv", "COC")];
    expect((await runHere(["wl", ethanol, ether])).stdout).toContain("isomorphic, by");
    const differ = await runHere(["wl", ethanol, ether, "--nodes", first, "--nodes", second, ...label]);
    expect(differ.stdout).toContain("not isomorphic: after 1 round a color has");
    const colors = JSON.parse((await runHere(["wl", ethanol, "--nodes", first, ...label, "--json"])).stdout);
    expect(colors.colorsByRound).toEqual([2, 3]);

    const bonds = edgesFile(folder, "b.csv", "1,2,2 2,3,1");
    expect(JSON.parse((await runHere(["wl", bonds, "--json"])).stdout).numColors).toBe(2);
    expect(JSON.parse((await runHere(["wl", bonds, "--edge-labels", "--json"])).stdout).numColors).toBe(3);

    const graph = join(folder, "e.json");
    const nodes = [..."CCO"].map((element, k) => ({ id: k + 1, element }));
    writeFileSync(
      graph,
      JSON.stringify({
        nodes,
        links: [
          { source: 1, target: 2 },
          { source: 2, target: 3 },
        ],
      }),
    );
    expect(JSON.parse((await runHere(["wl", graph, ...label, "--json"])).stdout).hash).toBe(colors.hash);

    const short = await runHere(["wl", ethanol, "--nodes", atoms("short.csv", "CC"), ...label]);
    expect([short.code, short.stderr]).toEqual([2, expect.stringContaining("the node 3 has no label")]);
    const none = await runHere(["wl", ethanol, ...label]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("--nodes FILE is needed")]);
  });
});
