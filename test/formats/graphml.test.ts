import { expect, test } from "vitest";
import { readGexf } from "../../dist/formats/gexf.js";
import { readGraphml } from "../../dist/formats/graphml.js";
import { memoryStream } from "../../dist/io/source.js";
import { everyCut, fuzz } from "./fuzz.js";
import { utf8 } from "./rows.js";

/** As networkx 3 writes it, with what yEd and hand-written files add. */
const graphml = `<?xml version='1.0' encoding='utf-8'?>
<!-- a comment -->
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">
  <key id="d0" for="node" attr.name="club" attr.type="string"><default>none</default></key>
  <key id="d1" for="edge" attr.name="weight" attr.type="double"/>
  <key id="d2" for="node" yfiles.type="nodegraphics"/>
  <graph edgedefault="directed">
    <node id="a"><data key="d0">Mr. Hi &amp; co</data><data key="d2"><y:ShapeNode><y:Fill color="#FFF"/>x</y:ShapeNode></data></node>
    <node id="b &lt;1&gt;"/>
    <edge source="a" target="b &lt;1&gt;"><data key="d1">2.5</data></edge>
    <edge source="b &#60;1&#x3e;" target="a"/>
  </graph>
</graphml>
`;
const gexf = `<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://gexf.net/1.3" version="1.3" xmlns:viz="http://gexf.net/1.3/viz">
  <meta lastmodifieddate="2009-03-20"><creator>Gephi</creator></meta>
  <graph defaultedgetype="undirected" mode="static">
    <attributes class="node"><attribute id="0" title="age" type="integer"><default>7</default></attribute></attributes>
    <nodes>
      <node id="0" label="zero"><attvalues><attvalue for="0" value="30"/></attvalues><viz:color r="1" g="2" b="3"/></node>
      <node id="1" label="one"/>
    </nodes>
    <edges><edge id="0" source="0" target="1" weight="1.5"/></edges>
  </graph>
</gexf>
`;
const ml = (text: string) => readGraphml(memoryStream(utf8(text), "g.graphml"));
const ex = (text: string) => readGexf(memoryStream(utf8(text), "g.gexf"));
const within = (text: string) => `<graphml><graph edgedefault="undirected">${text}</graph></graphml>`;

test("GraphML: nodes, edges, data by keys, defaults, entities of XML's own", async () => {
  const graph = await ml(graphml);
  expect([[...graph.sources], [...graph.targets], [...(graph.weights ?? [])]]).toEqual([
    [0, 1],
    [1, 0],
    [2.5, 1],
  ]);
  expect([graph.directed, [...(graph.names ?? [])]]).toEqual([true, ["a", "b <1>"]]);
  expect(graph.nodes?.columns.get("club")).toEqual(["Mr. Hi & co", "none"]);
});

test("GEXF: nodes with labels and attributes, edges with weights", async () => {
  const graph = await ex(gexf);
  expect([[...graph.sources], [...graph.targets], [...(graph.weights ?? [])]]).toEqual([[0], [1], [1.5]]);
  expect([graph.directed, graph.names]).toEqual([false, null]);
  expect(Object.fromEntries(graph.nodes?.columns ?? [])).toEqual({ label: ["zero", "one"], age: [30, 7] });
});

test.each([
  [
    "a document type",
    '<!DOCTYPE graphml [<!ENTITY a "b">]>\n<graphml/>',
    /line 1 column 1: document types are not read/,
  ],
  ["an external entity", '<?xml version="1.0"?><!DOCTYPE g SYSTEM "file:///etc/passwd"><graphml/>', /document types/],
  ["an entity", within('<node id="&a;"/>'), /the entity &a; is not one/],
  ["a bare ampersand", within('<node id="a & b"/>'), /entity/],
  ["a character that is none", within('<node id="&#xd800;"/>'), /entity/],
  ["wrong nesting", within("<node id='a'></edge></node>"), /<\/edge> closes an element/],
  ["no end", '<graphml>\n<graph edgedefault="directed">\n<node id="a">', /line 3 .* the file ends within <node>/],
  ["an attribute twice", within('<node id="a" id="b"/>'), /the attribute id stands twice/],
  [
    "a million attributes",
    within(`<node ${Array.from({ length: 1e6 }, (_, k) => `a${k}="" `).join("")}/>`),
    /more than 256 attributes/,
  ],
  ["100,000 elements deep", "<a>".repeat(100_000), /expected <graphml>/],
  ["an undeclared key", within('<node id="a"><data key="d">1</data></node>'), /the key d is not declared/],
  ["an undeclared node", within('<node id="a"/><edge source="a" target="b"/>'), /names the node "b"/],
  ["a node twice", within('\n<node id="a"/>\n<node id="a"/>'), /line 3 .*"a" stands twice/],
  ["a node without id", within("<node/>"), /<node> needs the attribute id/],
  ["a hyperedge", within("<hyperedge/>"), /<hyperedge> is not read/],
  ["a nested graph", within('<node id="a"><graph edgedefault="directed"/></node>'), /a graph within a node/],
  [
    "an edge of another direction",
    within('<node id="a"/><edge source="a" target="a" directed="true"/>'),
    /directed="true"/,
  ],
  ["another encoding", '<?xml version="1.0" encoding="UTF-16"?><graphml/>', /the encoding is UTF-16/],
  ["no node", within(""), /no nodes/],
  ["an edge to no node", within('<node id="a"/>\n<edge source="a" target="z"/>'), /line 2 .*names the node "z"/],
  ["nothing", "", /no XML element/],
  ["a weight of 0", graphml.replace("2.5", "0"), /line 10 .* a weight must be/],
  ["a weight of NaN", graphml.replace("2.5", "nan"), /line 10 .* weight must be of type double/],
])("H10: GraphML with %s is refused", async (_, text, message) => {
  await expect(ml(text)).rejects.toThrow(message);
  await expect(ml(text)).rejects.toMatchObject({ name: "FormatError" });
});

test.each([
  ["a graph that changes with time", gexf.replace("static", "dynamic"), /line 4 .* changes with time/],
  ["a mutual edge", gexf.replace('weight="1.5"', 'type="mutual"'), /these are mutual/],
  ["an undeclared attribute", gexf.replace('for="0"', 'for="9"'), /the attribute 9 is not declared/],
  ["a value of another type", gexf.replace('value="30"', 'value="x"'), /age must be of type integer, got "x"/],
  ["an undeclared node", gexf.replace('target="1"', 'target="2"'), /names the node "2"/],
  ["a negative weight", gexf.replace("1.5", "-1.5"), /line 10 .* a weight must be/],
])("H10: GEXF with %s is refused", async (_, text, message) => {
  await expect(ex(text)).rejects.toThrow(message);
});

test.each([
  ["GraphML", readGraphml, graphml],
  ["GEXF", readGexf, gexf],
] as const)("F1 F2 F3 F4: mutated %s is read or refused with a FormatError", async (_, reader, text) => {
  const fuzzed = async (bytes: Uint8Array) => void (await reader(memoryStream(bytes, "<fuzz>", 97)));
  await fuzz([utf8(text)], fuzzed);
  await everyCut(utf8(text), fuzzed);
});
