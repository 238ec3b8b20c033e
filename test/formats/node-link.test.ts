import { expect, test } from "vitest";
import { type NodeLinkOptions, readNodeLink } from "../../dist/formats/node-link.js";
import { memoryStream } from "../../dist/io/source.js";
import { everyCut, fuzz } from "./fuzz.js";
import { utf8 } from "./rows.js";

const read = (text: string, options: NodeLinkOptions = {}) => readNodeLink(memoryStream(utf8(text), "g.json"), options);

/** As networkx.node_link_data writes it. */
const networkx =
  '{"directed": true, "multigraph": false, "graph": {}, "nodes": [{"club": "Mr. Hi", "id": "a"}, {"age": 3, "id": "b"}, {"id": "c"}], "edges": [{"weight": 2.5, "source": "a", "target": "c"}, {"source": "c", "target": "b"}]}';
const d3 =
  '{"nodes": [{"name": "x", "group": 1}, {"name": "y", "group": 2}], "links": [{"source": 1, "target": 0, "value": 3}]}';

test("networkx: nodes by id with their columns, edges with weights, direction", async () => {
  const graph = await read(networkx);
  expect([[...graph.sources], [...graph.targets], [...(graph.weights ?? [])]]).toEqual([
    [0, 2],
    [2, 1],
    [2.5, 1],
  ]);
  expect([graph.directed, [...(graph.names ?? [])]]).toEqual([true, ["a", "b", "c"]]);
  expect(Object.fromEntries(graph.nodes?.columns ?? [])).toEqual({
    club: ["Mr. Hi", null, null],
    age: [null, 3, null],
  });
  expect(graph.understood).toContain("1 edge without weight count as 1");
  expect((await read(networkx, { weight: null })).weights).toBeNull();
});

test("d3: links by position, value as weight; ids that are all numbers from 0 number the nodes", async () => {
  const graph = await read(d3);
  expect([[...graph.sources], [...graph.targets], [...(graph.weights ?? [])], graph.directed]).toEqual([
    [1],
    [0],
    [3],
    null,
  ]);
  expect([...(graph.names ?? [])]).toEqual(["x", "y"]);
  const numbers = await read(
    '{"nodes": [{"id": 1, "l": "one"}, {"id": 0, "l": "zero"}], "links": [{"source": 1, "target": 0}]}',
  );
  expect([numbers.names, [...numbers.sources], numbers.nodes?.columns.get("l")]).toEqual([null, [1], ["zero", "one"]]);
});

test.each([
  ["no lists", "{}", /lists of nodes/],
  ["a list", "[]", /expected an object/],
  ["no node", '{"nodes": [], "links": []}', /no nodes/],
  ["a node twice", '{"nodes": [{"id": "a"}, {"id": "a"}], "links": []}', /"a" stands twice/],
  ["a link to no node", '{"nodes": [{"id": "a"}], "links": [{"source": "a", "target": "b"}]}', /names the node "b"/],
  [
    "a link past the nodes",
    '{"nodes": [{}], "links": [{"source": 0, "target": 1}]}',
    /link 0: target must be a number from 0 to 0/,
  ],
  ["a link of 1.5", '{"nodes": [{}, {}, {}], "links": [{"source": 0, "target": 1.5}]}', /link 0: target/],
  [
    "a negative weight",
    '{"nodes": [{}], "links": [{"source": 0, "target": 0, "weight": -1}]}',
    /a weight must be .* got -1/,
  ],
  [
    "a weight of text",
    '{"nodes": [{}], "links": [{"source": 0, "target": 0, "weight": "x"}]}',
    /link 0: weight must be a number/,
  ],
])("H10: %s is refused", async (_, text, message) => {
  await expect(read(text)).rejects.toThrow(message);
  await expect(read(text)).rejects.toMatchObject({ name: "FormatError" });
});

test("F1 F2 F3 F4: mutated JSON is read or refused with a FormatError", async () => {
  const files = [networkx, d3].map(utf8);
  const fuzzed = async (bytes: Uint8Array) => void (await readNodeLink(memoryStream(bytes, "<fuzz>", 7)));
  await fuzz(files, fuzzed);
  for (const file of files) await everyCut(file, fuzzed);
});
