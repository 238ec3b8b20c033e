import { execFile } from "node:child_process";
import { copyFile, link, mkdir, rename, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as fieldNumbers from "../../dist/formats/onnx/fields.js";
import {
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxTensorType,
  tensorArrays,
} from "../../dist/formats/onnx/model.js";
import { readOnnx } from "../../dist/formats/onnx/read.js";
import { encodeOnnx, writeOnnx } from "../../dist/formats/onnx/write.js";
import { FileError, type FormatErrorCode, ResourceError } from "../../dist/io/errors.js";
import { runProgram } from "../child.js";
import { externalBytes, field, join as joinBytes, message, modelBytes, nodeBytes, valueBytes } from "./onnx-wire.js";
import { anyName, formatError, golden, utf8, withFolder } from "./rows.js";

const goldenPath = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
const expected = JSON.parse(new TextDecoder().decode(golden("onnx-expected.json")));
const goldenNames = ["onnx-mlp.onnx", "onnx-raw.onnx", "onnx-typed.onnx", "onnx-attributes.onnx"];
const python = process.env.THING2VEC_PYTHON;

/** Elements as bytes in hexadecimal, or as they are where they are text. */
function elements({ data }: OnnxTensor): string | string[] {
  return Array.isArray(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
}

/** A model as plain lists, so that comparisons see every bit, order and name. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (ArrayBuffer.isView(value)) return [value.constructor.name, elements({ data: value } as OnnxTensor)];
  if (typeof value !== "object" || value === null) return value;
  return Object.keys(value)
    .sort()
    .map((key) => [key, plain((value as Record<string, unknown>)[key])]);
}

function graphOf(parts: Partial<OnnxGraph>): OnnxGraph {
  return { name: "g", inputs: [], outputs: [], initializers: new Map(), nodes: [], ...parts };
}

function modelOf(graph: Partial<OnnxGraph>): OnnxModel {
  return {
    irVersion: 10,
    opsets: new Map([["", 21]]),
    producerName: "",
    producerVersion: "",
    graph: graphOf(graph),
    metadata: new Map(),
  };
}

function nodeOf(opType: string, inputs: string[], outputs: string[], more: Partial<OnnxNode> = {}): OnnxNode {
  return { name: `${opType} of ${inputs}`, opType, domain: "", inputs, outputs, attributes: {}, ...more };
}

const float32 = (...values: number[]): OnnxTensor => ({
  type: "float32",
  shape: [values.length],
  data: Float32Array.from(values),
});
const x = { name: "x", type: "float32", shape: ["N", 3] } as const;
const xs = { inputs: [{ ...x, shape: [...x.shape] }] };

describe("readOnnx", () => {
  test("F6: field numbers, types and kinds of attributes are those of the onnx package", () => {
    const { dataTypes, attributeTypes, ...messages } = fieldNumbers;
    for (const [name, fields] of Object.entries(messages)) expect(expected.fields[name], name).toMatchObject(fields);
    const onnxNames: Record<string, string> = { float32: "FLOAT", float64: "DOUBLE" };
    const names = dataTypes.map((name) => onnxNames[name] ?? name.toUpperCase());
    expect(names).toEqual(expected.dataTypes);
    const typeNames: Record<string, string> = {
      f: "FLOAT",
      i: "INT",
      s: "STRING",
      t: "TENSOR",
      g: "GRAPH",
      tp: "TYPE_PROTO",
    };
    for (const [number, name] of attributeTypes.entries()) {
      if (name !== undefined) expect(expected.attributeTypes[typeNames[name] ?? name.toUpperCase()], name).toBe(number);
    }
  });

  test.each(["onnx-typed.onnx", "onnx-raw.onnx"])("F6: reads tensors of every type from %s", async (name) => {
    const { graph, metadata, opsets, producerName, irVersion } = await readOnnx(goldenPath(name));
    for (const [tensor, { shape, elements: inFile }] of Object.entries<{ shape: number[]; elements: unknown }>(
      expected.tensors,
    )) {
      if (tensor === "string" && name === "onnx-raw.onnx") continue;
      const found = graph.initializers.get(tensor)!;
      expect(found.shape, tensor).toEqual(shape);
      expect(elements(found), tensor).toEqual(inFile);
      if (!["scalar", "nothing"].includes(tensor)) expect(found.type).toBe(tensor);
      expect(found.data).toBeInstanceOf(tensorArrays[found.type]);
    }
    expect(graph.initializers.size).toBe(name === "onnx-raw.onnx" ? 15 : 16);
    expect([...metadata]).toEqual([
      ["made", "by onnx"],
      ["naïve", "北京"],
    ]);
    expect([...opsets]).toEqual([
      ["", 21],
      ["com.example", 1],
    ]);
    expect({ producerName, irVersion }).toEqual({ producerName: "record_onnx", irVersion: 10 });
  });

  test("F6: reads attributes of every kind, branches and symbolic sizes", async () => {
    const { graph } = await readOnnx(golden("onnx-attributes.onnx"));
    expect(graph.inputs).toEqual([x, { name: "condition", type: "bool", shape: [] }]);
    const [choice, all] = graph.nodes;
    expect(choice).toMatchObject({ name: "choice", opType: "If", inputs: ["condition"], outputs: ["chosen"] });
    const branch = choice.attributes.then_branch;
    expect(branch.kind === "graph" && branch.value).toMatchObject({
      name: "then",
      nodes: [{ opType: "Add", inputs: ["x", "one"] }],
      outputs: [{ name: "then_out", type: "float32", shape: ["", "width"] }],
    });
    expect(all).toMatchObject({ domain: "com.example", inputs: ["chosen", "", "x"], outputs: ["y", ""] });
    expect({ ...all.attributes }).toEqual({
      real: { kind: "float", value: Math.fround(0.1) },
      whole: { kind: "int", value: -7 },
      least: { kind: "int", value: -(2n ** 63n) },
      most: { kind: "int", value: 2n ** 63n - 1n },
      text: { kind: "string", value: "naïve 🙂" },
      reals: { kind: "floats", value: [0.5, -0, 2 ** -149] },
      wholes: { kind: "ints", value: [0, -1, 2n ** 53n, 2n ** 53n + 1n] },
      texts: { kind: "strings", value: ["", "北京"] },
      table: { kind: "tensor", value: { type: "int32", shape: [3], data: Int32Array.of(0, 1, 2) } },
    });
  });

  test("F6: reads tensors in another file, from the model's folder or by the caller", async () => {
    const fromFolder = await readOnnx(goldenPath("onnx-external.onnx"));
    const weights = golden("onnx-weights.bin");
    const asked: string[] = [];
    const fromCaller = await readOnnx(golden("onnx-external.onnx"), {
      readExternal: async (location, offset, length) => {
        asked.push(location);
        return weights.subarray(offset, offset + length);
      },
    });
    expect(asked).toEqual(["onnx-weights.bin", "onnx-weights.bin", "onnx-weights.bin"]);
    const inside = await readOnnx(goldenPath("onnx-mlp.onnx"));
    for (const { graph } of [fromFolder, fromCaller, inside]) {
      const found = [...graph.initializers].map(([name, tensor]) => [name, elements(tensor)]);
      expect(Object.fromEntries(found)).toEqual(expected.mlp.weights);
    }
  });

  test("elements are views of the file's bytes where these are aligned", async () => {
    const model = modelOf({
      initializers: new Map([
        ["w", float32(1, 2)],
        ["bytes", { type: "uint8", shape: [1], data: Uint8Array.of(7) }],
      ]),
    });
    const bytes = encodeOnnx(model);
    const { graph } = await readOnnx(bytes);
    const data = graph.initializers.get("bytes")!.data as Uint8Array;
    expect(data.buffer).toBe(bytes.buffer);
    expect(graph.initializers.get("w")!.data).toEqual(Float32Array.of(1, 2));
  });

  test("accepts packed and unpacked numbers, data in pieces, fields it does not know, in any order", async () => {
    const dims = field(1, Uint8Array.of(2, 1)); // packed
    const one = [0, 0, 128, 63];
    const pieces = [Uint8Array.from([4 * 8 + 5, ...one]), field(4, Uint8Array.from(one))];
    const tensor = joinBytes(field(8, "w"), ...pieces, field(2, 1), dims, field(100, "later"));
    const ints = nodeBytes("Op", [], ["y"], [5, message([1, "perm"], [8, Uint8Array.of(1, 0)], [8, 5], [20, 7])]);
    const { graph } = await readOnnx(modelBytes([ints, [5, tensor]], [99, 5]));
    expect(graph.initializers.get("w")).toEqual({ type: "float32", shape: [2, 1], data: Float32Array.of(1, 1) });
    expect(graph.nodes[0].attributes.perm).toEqual({ kind: "ints", value: [1, 0, 5] });
  });

  test("nodes that stand before what they need are brought into order, others keep theirs", async () => {
    const nodes = [
      nodeOf("C", ["b", ""], ["c"]),
      nodeOf("Free", ["x"], ["free"]),
      nodeOf("B", ["a"], ["b"]),
      nodeOf("If", ["x"], ["i"], { attributes: { then_branch: { kind: "graph", value: branch(["c", "late"]) } } }),
      nodeOf("A", ["x"], ["a"]),
      nodeOf("Late", ["x"], ["late"]),
    ];
    const { graph } = await readOnnx(encodeOnnx(modelOf({ ...xs, nodes })));
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(["A", "B", "C", "Free", "Late", "If"]);
  });

  test("an attribute named __proto__ is an attribute like others", async () => {
    const attributes = { ["__proto__"]: { kind: "int", value: 1 } } satisfies Record<string, OnnxAttribute>;
    const { graph } = await readOnnx(
      encodeOnnx(modelOf({ ...xs, nodes: [nodeOf("A", ["x"], ["y"], { attributes })] })),
    );
    expect(Object.keys(graph.nodes[0].attributes)).toEqual(["__proto__"]);
    expect(graph.nodes[0].attributes.toString).toBeUndefined();
  });

  test("H12: reads 1,000,000 nodes, and refuses one more", async () => {
    const chain = (length: number) => {
      const node = { name: "", opType: "Relu", domain: "", attributes: {} };
      // made as they are written, since a million objects take as much memory as the model that is read
      const nodes: Iterable<OnnxNode> = (function* () {
        for (let i = 0; i < length; i++) yield { ...node, inputs: [i === 0 ? "x" : `v${i - 1}`], outputs: [`v${i}`] };
      })();
      return encodeOnnx(modelOf({ ...xs, nodes: nodes as OnnxNode[] }));
    };
    expect((await readOnnx(chain(1_000_000))).graph.nodes.length).toBe(1_000_000);
    const error = await formatError(readOnnx(chain(1_000_001)), "limit");
    expect(error.message).toMatch(/more than 1000000 nodes/);
  }, 120_000);

  test("H12: 50,000 nodes in reverse order, and a cycle through all of them, take no recursion", async () => {
    const chain = (first: string) =>
      Array.from({ length: 50_000 }, (_, i) => nodeOf("Relu", [i === 0 ? first : `v${i - 1}`], [`v${i}`])).reverse();
    const { graph } = await readOnnx(encodeOnnx(modelOf({ ...xs, nodes: chain("x") })));
    expect(graph.nodes[0].inputs).toEqual(["x"]);
    const error = await formatError(readOnnx(encodeOnnx(modelOf({ ...xs, nodes: chain("v49999") }))), "header");
    expect(error.message).toMatch(/a cycle, .* and 49990 more/);
  });

  test("H12: a cycle is refused with the names of its nodes", async () => {
    const nodes = [nodeOf("A", ["c", "x"], ["a"]), nodeOf("B", ["a"], ["b"]), nodeOf("C", ["b"], ["c"])];
    const error = await formatError(readOnnx(encodeOnnx(modelOf({ ...xs, nodes }))), "header");
    expect(error.message).toMatch(/a cycle.*: node "A of c,x" \(A\), node "B of a" \(B\), node "C of b" \(C\)$/);
    const itself = encodeOnnx(modelOf({ nodes: [nodeOf("A", ["a"], ["a"])] }));
    await formatError(readOnnx(itself), "header");
  });

  const w: [number, Uint8Array] = [5, encodedTensor(float32(1), "w")];
  const y = valueBytes(12, "y");
  const attribute = (...fields: [number, number | string | Uint8Array][]) =>
    modelBytes([nodeBytes("Op", [], ["y"], [3, "n"], [5, message(...fields)])]);
  const tensor = (...fields: [number, number | bigint | string | Uint8Array][]) =>
    modelBytes([[5, message([8, "w"], ...fields)]]);
  const input = (type: Uint8Array) => modelBytes([[11, message([1, "x"], [2, type])]]);

  test.each<[string, Uint8Array, FormatErrorCode, RegExp]>([
    ["an empty file", new Uint8Array(), "empty", /the file is empty/],
    ["text", utf8("hello, world"), "header", /wire type/],
    ["no ir_version", message([8, message([2, 21])]), "header", /no ir_version; is this an ONNX file\?/],
    ["IR version 2", message([1, 2]), "unsupported", /IR version 2; 3 to 14 are read/],
    ["IR version 15", message([1, 15]), "unsupported", /IR version 15/],
    ["no graph", message([1, 10], [8, message([2, 21])]), "header", /has no graph/],
    ["no operator set", message([1, 10], [7, message()]), "header", /imports no operator set/],
    ["two graphs", modelBytes([], [7, message()]), "duplicate", /field 7 of a message stands twice/],
    ["two versions of a domain", modelBytes([], [8, message([1, "ai.onnx"], [2, 1])]), "duplicate", /imported twice/],
    ["a function", modelBytes([], [25, message([1, "f"])]), "unsupported", /a function, "f"/],
    ["a training algorithm", modelBytes([], [20, message()]), "unsupported", /training/],
    [
      "repeated metadata",
      modelBytes([], [14, message([1, "a"])], [14, message([1, "a"])]),
      "duplicate",
      /"a" stands twice/,
    ],

    [
      "a length of 2^32 + 1",
      joinBytes(message([1, 10]), Uint8Array.of(58, 129, 128, 128, 128, 16, 0)),
      "truncated",
      /4294967297/,
    ],
    [
      "a length beyond its message",
      modelBytes([[1, Uint8Array.of(10, 5, 97)]]),
      "truncated",
      /5 bytes were announced, the message ends after 1/,
    ],
    ["a number that goes on", Uint8Array.of(8, 255), "truncated", /goes on/],
    ["a number of 65 bits", Uint8Array.of(8, ...Array(9).fill(255), 2), "header", /more than 64 bits/],
    ["field number 0", Uint8Array.of(0, 1), "header", /field number 0/],
    ["a group", Uint8Array.of(147, 3, 148, 3), "header", /wire type 3/],
    ["a wrong wire type", Uint8Array.of(10, 1, 10), "header", /wire type 2, expected 0/],
    ["invalid UTF-8", modelBytes([[2, Uint8Array.of(0xff)]]), "encoding", /not valid UTF-8/],
    ["a name of 65,537 bytes", modelBytes([[2, new Uint8Array(65_537).fill(97)]]), "limit", /at most 65536/],

    ["repeated initializers", modelBytes([w, w]), "duplicate", /the initializer "w" stands twice/],
    ["an initializer without name", modelBytes([[5, message([2, 1], [1, 0])]]), "header", /no name/],
    ["a sparse initializer", modelBytes([[15, message()]]), "unsupported", /sparse/],
    ["repeated inputs", modelBytes([valueBytes(11, "x"), valueBytes(11, "x")]), "duplicate", /"x" is made twice/],
    ["repeated outputs", modelBytes([valueBytes(11, "y"), y, y]), "duplicate", /"y" stands twice/],
    [
      "a value made twice",
      modelBytes([nodeBytes("A", [], ["y"]), nodeBytes("B", [], ["y"])]),
      "duplicate",
      /"y" is made twice/,
    ],
    ["a value and an initializer", modelBytes([w, nodeBytes("A", [], ["w"])]), "duplicate", /"w" is made twice/],
    ["an output that nothing makes", modelBytes([y]), "header", /nothing makes the output "y"/],
    [
      "an input that nothing makes",
      modelBytes([nodeBytes("A", ["q"], ["y"], [3, "n"])]),
      "header",
      /node "n" \(A\) takes "q", which nothing makes/,
    ],
    ["a node without operator", modelBytes([[1, message([3, "n"])]]), "header", /node "n" .*has no operator/],
    [
      "a domain that is not imported",
      modelBytes([nodeBytes("A", [], ["y"], [7, "com.x"])]),
      "header",
      /domain "com.x"/,
    ],
    ["a call of a function", modelBytes([nodeBytes("A", [], ["y"], [8, "f"])]), "unsupported", /function/],

    ["a negative size", tensor([1, -1n], [2, 1]), "header", /tensor "w": a size must be .* got -1/],
    ["sizes beyond 2^53", tensor([1, 2n ** 40n], [1, 2n ** 40n], [2, 1]), "header", /more than can be counted/],
    ["65 dimensions", tensor([1, new Uint8Array(65).fill(1)], [2, 1]), "limit", /65 dimensions/],
    ["fewer bytes than its shape", tensor([1, 2], [2, 1], [9, new Uint8Array(7)]), "header", /takes 8 bytes, found 7/],
    ["10^18 elements", tensor([1, 10n ** 9n], [1, 10n ** 6n], [2, 1], [9, new Uint8Array(4)]), "header", /found 4/],
    ["2^31 elements without data", tensor([1, 2 ** 31], [2, 7]), "header", /needs 2147483648 elements/],
    ["too many int32_data", tensor([1, 1], [2, 6], [5, Uint8Array.of(1, 2)]), "header", /needs 1 elements, found more/],
    ["too few int64_data", tensor([1, 2], [2, 7], [7, Uint8Array.of(128, 1)]), "header", /needs 2 elements, found 1/],
    ["a uint8 of 256", tensor([1, 1], [2, 2], [5, 256]), "number", /element 0 is no uint8/],
    ["an int32 of 2^32", tensor([1, 1], [2, 6], [5, 2n ** 32n]), "number", /element 0 is no int32/],
    ["a uint32 of -1", tensor([1, 1], [2, 12], [11, -1n]), "number", /element 0 is no uint32/],
    ["a bool of 2", tensor([1, 1], [2, 9], [9, Uint8Array.of(2)]), "number", /element 0 is 2/],
    ["data of another type", tensor([1, 1], [2, 1], [5, 1]), "header", /float32 stands in raw_data or float_data/],
    ["data twice", tensor([1, 1], [2, 6], [5, 1], [9, new Uint8Array(4)]), "header", /two kinds of fields/],
    ["text in raw_data", tensor([1, 1], [2, 8], [9, "a"]), "header", /string stands in/],
    [
      "text that is not UTF-8",
      tensor([1, 1], [2, 8], [6, Uint8Array.of(0xc0)]),
      "encoding",
      /tensor "w": a text is not valid UTF-8/,
    ],
    ["complex numbers", tensor([1, 1], [2, 14]), "unsupported", /tensor "w" has elements of type complex64/],
    ["an unknown type", tensor([1, 1], [2, 99]), "unsupported", /tensor "w" has elements of type number 99/],
    ["no type", tensor([1, 1]), "unsupported", /undefined/],
    ["a segment", tensor([3, message()]), "unsupported", /segment/],

    ["a sequence", input(message([4, message()])), "unsupported", /the input "x" is a sequence/],
    ["a map", input(message([5, message()])), "unsupported", /the input "x" is a map/],
    ["an optional value", input(message([9, message()])), "unsupported", /the input "x" is an optional value/],
    ["an input without type", modelBytes([[11, message([1, "x"])]]), "unsupported", /the input "x" has no type/],
    ["a size of -1", input(message([1, message([1, 1], [2, message([1, message([1, -1n])])])])), "header", /got -1/],

    [
      "an attribute of types",
      attribute([1, "a"], [20, 14]),
      "unsupported",
      /attribute "a" of node "n" \(Op\) is a list of types/,
    ],
    ["an attribute of tensors", attribute([1, "a"], [10, message()], [20, 9]), "unsupported", /is a list of tensors/],
    ["an attribute of graphs", attribute([1, "a"], [11, message()], [20, 10]), "unsupported", /is a list of graphs/],
    ["a sparse attribute", attribute([1, "a"], [22, message()], [20, 11]), "unsupported", /is a sparse tensor/],
    ["an attribute of unknown type", attribute([1, "a"], [20, 15]), "header", /no known type, found 15/],
    ["an attribute without type", attribute([1, "a"], [3, 1]), "header", /no known type, found 0/],
    [
      "an attribute of another type",
      attribute([1, "a"], [3, 1], [20, 1]),
      "header",
      /of type float, its value stands in field i/,
    ],
    ["an attribute of two values", attribute([1, "a"], [3, 1], [8, 1], [20, 2]), "header", /two values, i and ints/],
    ["an attribute without name", attribute([3, 1], [20, 2]), "header", /no name/],
    ["a tensor that is missing", attribute([1, "a"], [20, 4]), "header", /has no value/],
    ["a reference to a function", attribute([1, "a"], [20, 2], [21, "b"]), "unsupported", /refers/],
    [
      "a repeated attribute",
      modelBytes([nodeBytes("A", [], ["y"], [5, message([1, "a"], [20, 2])], [5, message([1, "a"], [20, 2])])]),
      "duplicate",
      /"a" of .* stands twice/,
    ],
    ["external data in memory", modelBytes([externalBytes({ location: "w.bin" })]), "unsupported", /give readExternal/],
  ])("H12: refuses %s", async (_, bytes, code, text) => {
    const error = await formatError(readOnnx(bytes, { name: "x.onnx" }), code);
    expect(error.message).toMatch(text);
    expect(error.place.file).toBe("x.onnx");
    if (bytes.length > 0) expect(error.place.offset).toBeDefined();
  });

  test("graphs within graphs see the values around them, take no name twice and end at a depth of 16", async () => {
    const nest = (depth: number): OnnxGraph =>
      graphOf({
        name: `depth ${depth}`,
        nodes: [
          nodeOf(
            "If",
            ["x"],
            [`y${depth}`],
            depth === 1 ? {} : { attributes: { body: { kind: "graph", value: nest(depth - 1) } } },
          ),
        ],
      });
    const { graph } = await readOnnx(encodeOnnx(modelOf({ ...nest(16), ...xs })));
    expect(graph.nodes.length).toBe(1);
    await formatError(readOnnx(encodeOnnx(modelOf({ ...nest(17), ...xs }))), "limit");

    const outer = (within: OnnxGraph) =>
      readOnnx(
        encodeOnnx(
          modelOf({
            ...xs,
            nodes: [
              nodeOf("A", ["x"], ["a"]),
              nodeOf("If", ["x"], ["y"], { attributes: { body: { kind: "graph", value: within } } }),
            ],
          }),
        ),
      );
    await outer(branch(["a"]));
    const missing = await formatError(outer(branch(["q"])), "header");
    expect(missing.message).toMatch(/node "If of x" \(If\) takes "q", which nothing makes/);
    await formatError(outer(graphOf({ nodes: [nodeOf("B", ["x"], ["a"])] })), "duplicate");
    await formatError(outer(graphOf({ initializers: new Map([["a", float32(1)]]) })), "duplicate");
  });
});

function branch(takes: string[]): OnnxGraph {
  return graphOf({ name: "branch", nodes: [nodeOf("Inner", takes, ["inner"])] });
}

/** The TensorProto of a tensor of floats. */
function encodedTensor({ data }: OnnxTensor, name: string): Uint8Array {
  return message([1, data.length], [2, 1], [8, name], [9, new Uint8Array((data as Float32Array).buffer)]);
}

describe("readOnnx: tensors in other files", () => {
  const weights = Buffer.from(Float32Array.of(1, 2, 3).buffer);

  /** Reads a model with one tensor of two f32 at `location`, in a folder with `inside/w.bin` of three f32. */
  async function readWith(
    entries: Record<string, string>,
    prepare: (folder: string) => Promise<unknown> = async () => {},
    { dims, memoryLimit }: { dims?: number[]; memoryLimit?: number } = {},
  ): Promise<number[]> {
    return withFolder(async (folder) => {
      await mkdir(join(folder, "model", "inside"), { recursive: true });
      await writeFile(join(folder, "model", "inside", "w.bin"), weights);
      await writeFile(join(folder, "secret.bin"), weights);
      await prepare(folder);
      const path = join(folder, "model", "m.onnx");
      await writeFile(path, modelBytes([externalBytes(entries, dims)]));
      const { graph } = await readOnnx(path, { memoryLimit });
      return Array.from(graph.initializers.get("w")!.data as Float32Array);
    });
  }

  test("are read from their offset on, in a folder below too", async () => {
    expect(await readWith({ location: "inside/w.bin" })).toEqual([1, 2]);
    expect(await readWith({ location: "./inside/w.bin", offset: "4", length: "8", checksum: "x" })).toEqual([2, 3]);
  });

  test.each([
    ["../", "../secret.bin"],
    ["../ within", "inside/../../secret.bin"],
    ["an absolute path", "/etc/hostname"],
    ["a drive letter", "C:/w.bin"],
    ["a URL", "file:///etc/hostname"],
    ["backslashes", "inside\\w.bin"],
    ["NUL", "inside/w.bin\0.txt"],
    ["no name", ""],
    ["the folder", "."],
    ["an empty part", "inside//w.bin"],
  ])("H12: refuses %s", async (_, location) => {
    const error = await formatError(readWith({ location }), "unsupported");
    expect(error.message).toMatch(/m\.onnx byte \d+: tensor "w": .* must be a relative path/);
  });

  test.each<[string, (folder: string) => Promise<unknown>, RegExp]>([
    [
      "a symbolic link out of the folder",
      (f) => symlink(join(f, "secret.bin"), join(f, "model/w.bin")),
      /symbolic link/,
    ],
    ["a symbolic link within the folder", (f) => symlink("inside/w.bin", join(f, "model/w.bin")), /symbolic link/],
    ["a hard link", (f) => link(join(f, "secret.bin"), join(f, "model/w.bin")), /has 2 names \(hard links\)/],
    ["a folder", (f) => mkdir(join(f, "model/w.bin")), /found a folder/],
    ["a pipe", (f) => promisify(execFile)("mkfifo", [join(f, "model/w.bin")]), /found a device, pipe or socket/],
  ])("H12: refuses %s", async (_, prepare, text) => {
    const error = await formatError(readWith({ location: "w.bin" }, prepare), "unsupported");
    expect(error.message).toMatch(text);
  });

  test("H12: refuses a link on the way, even one that stays within the folder", async () => {
    const linked = async (folder: string) => symlink("inside", join(folder, "model/way"));
    const error = await formatError(readWith({ location: "way/w.bin" }, linked), "unsupported");
    expect(error.message).toMatch(/needs a plain folder at .*way, found a symbolic link/);
  });

  test("the model itself may be a link to a folder's file; its neighbors are those of the path that was given", async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, "real"));
      await copyFile(goldenPath("onnx-external.onnx"), join(folder, "real/onnx-external.onnx"));
      await copyFile(goldenPath("onnx-weights.bin"), join(folder, "real/onnx-weights.bin"));
      await symlink("real", join(folder, "linked"));
      const { graph } = await readOnnx(join(folder, "linked/onnx-external.onnx"));
      expect(graph.initializers.size).toBe(3);
      await rename(join(folder, "real/onnx-weights.bin"), join(folder, "elsewhere.bin"));
      await expect(readOnnx(join(folder, "linked/onnx-external.onnx"))).rejects.toThrow(FileError);
    });
  });

  test("H12: a missing file is named", async () => {
    const work = readWith({ location: "nowhere.bin" });
    await expect(work).rejects.toThrow(FileError);
    await expect(work).rejects.toThrow(/nowhere\.bin: no such file or folder/);
  });

  test.each<[string, Record<string, string>, FormatErrorCode, RegExp]>([
    ["data past the end", { location: "inside/w.bin", offset: "8" }, "truncated", /ends at byte 16, the file at 12/],
    ["an offset past the end", { location: "inside/w.bin", offset: "9007199254740000" }, "truncated", /the file at 12/],
    ["an offset of 2^64", { location: "inside/w.bin", offset: "18446744073709551616" }, "header", /offset must be/],
    ["a negative offset", { location: "inside/w.bin", offset: "-4" }, "header", /offset must be .* got "-4"/],
    ["a length that is no integer", { location: "inside/w.bin", length: "8.0" }, "header", /length must be/],
    [
      "another length than the shape's",
      { location: "inside/w.bin", length: "4" },
      "header",
      /takes 8 bytes, .* length 4/,
    ],
    ["no location", { offset: "0" }, "header", /no location/],
    ["an unknown key", { location: "inside/w.bin", basepath: ".." }, "unsupported", /the key "basepath"/],
  ])("H12: refuses %s", async (_, entries, code, text) => {
    expect((await formatError(readWith(entries), code)).message).toMatch(text);
  });

  test("H12: 3 GB that are claimed are refused before allocation, and 3 GB that are there by the memory limit", async () => {
    const dims = [750_000_000];
    const claimed = readWith({ location: "inside/w.bin" }, undefined, { dims });
    expect((await formatError(claimed, "truncated")).message).toMatch(/ends at byte 3000000000, the file at 12/);
    const grow = (folder: string) => truncate(join(folder, "model/inside/w.bin"), 3_000_000_000);
    const large = readWith({ location: "inside/w.bin" }, grow, { dims, memoryLimit: 2 ** 30 });
    await expect(large).rejects.toThrow(ResourceError);
    await expect(large).rejects.toThrow(/need 3000000000 bytes of memory, \d+ are left/);
  });

  test("a model of more than 2 GiB is refused, and one beyond the memory limit", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "m.onnx");
      await writeFile(path, "");
      await truncate(path, 2 ** 31);
      await formatError(readOnnx(path), "limit");
      await truncate(path, 2 ** 20);
      await expect(readOnnx(path, { memoryLimit: 1000 })).rejects.toThrow(ResourceError);
    });
  });

  test("bytes by the caller must be as many as were asked for", async () => {
    const bytes = modelBytes([externalBytes({ location: "w" })]);
    await formatError(readOnnx(bytes, { readExternal: async () => new Uint8Array(7) }), "truncated");
  });
});

// ---------------------------------------------------------------------------------------------------- writing

const anyInt = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map((value) => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
});
const anyFloat = fc.float();
const anyType = fc.constantFrom(...(Object.keys(tensorArrays) as OnnxTensorType[]));

const anyTensor: fc.Arbitrary<OnnxTensor> = fc
  .tuple(anyType, fc.array(fc.nat(3), { maxLength: 3 }), fc.infiniteStream(fc.nat(255)), fc.infiniteStream(anyName))
  .map(([type, shape, numbers, texts]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    if (type === "string") return { type, shape, data: Array.from({ length: count }, () => texts.next().value) };
    const most = type === "bool" ? 2 : 256;
    const bytes = Uint8Array.from(
      { length: count * tensorArrays[type].BYTES_PER_ELEMENT },
      () => numbers.next().value % most,
    );
    return { type, shape, data: new tensorArrays[type](bytes.buffer) };
  });

const anyAttribute: fc.Arbitrary<OnnxAttribute> = fc.oneof(
  anyFloat.map((value): OnnxAttribute => ({ kind: "float", value })),
  anyInt.map((value): OnnxAttribute => ({ kind: "int", value })),
  anyName.map((value): OnnxAttribute => ({ kind: "string", value })),
  fc.array(anyFloat, { maxLength: 3 }).map((value): OnnxAttribute => ({ kind: "floats", value })),
  fc.array(anyInt, { maxLength: 3 }).map((value): OnnxAttribute => ({ kind: "ints", value })),
  fc.array(anyName, { maxLength: 3 }).map((value): OnnxAttribute => ({ kind: "strings", value })),
  anyTensor.map((value): OnnxAttribute => ({ kind: "tensor", value })),
);

const name = anyName.filter((text) => text !== "");
const anyAttributes = fc
  .uniqueArray(fc.tuple(name, anyAttribute), { selector: ([key]) => key, maxLength: 3 })
  .map((entries) => Object.fromEntries(entries));
const anyShape = fc.option(fc.array(fc.oneof(fc.nat(), anyName), { maxLength: 3 }));

/** A sound graph whose values begin with `prefix`, and may take those of `around`. */
function anyGraph(prefix: string, around: string[], depth: number): fc.Arbitrary<OnnxGraph> {
  const within =
    depth === 0 ? fc.constant(undefined) : fc.option(anyGraph(`${prefix}.`, around, depth - 1), { nil: undefined });
  const value = fc.record({ type: anyType, shape: anyShape });
  const node = fc.record({
    name: anyName,
    opType: name,
    domain: fc.constantFrom("", "com.example"),
    takes: fc.array(fc.nat(), { maxLength: 3 }),
    makes: fc.nat(2),
    attributes: anyAttributes,
    within,
  });
  return fc
    .record({
      name: anyName,
      inputs: fc.array(value, { maxLength: 2 }),
      initializers: fc.array(anyTensor, { maxLength: 3 }),
      nodes: fc.array(node, { maxLength: 4 }),
      outputs: fc.array(value, { maxLength: 2 }),
    })
    .map((parts) => {
      const named = (kind: string) => (_: unknown, i: number) => `${prefix}${kind}${i}`;
      const inputs = parts.inputs.map((info, i) => ({ name: named("input")(info, i), ...info }));
      const initializers = new Map(parts.initializers.map((tensor, i) => [named("initializer")(tensor, i), tensor]));
      const values = [...around, ...inputs.map((info) => info.name), ...initializers.keys()];
      const own = values.slice(around.length);
      const nodes = parts.nodes.map(({ takes, makes, within: inner, ...rest }, i): OnnxNode => {
        const taken = takes.map((k) => values[k % (values.length + 1)] ?? "");
        const made = Array.from({ length: makes }, (_, k) => `${prefix}node${i}.${k} é`);
        values.push(...made);
        own.push(...made);
        const attributes =
          inner === undefined
            ? rest.attributes
            : { ...rest.attributes, "the graph": { kind: "graph" as const, value: inner } };
        return { ...rest, inputs: taken, outputs: made, attributes };
      });
      const outputs = parts.outputs.slice(0, own.length).map((info, i) => ({ name: own[i], ...info }));
      return { name: parts.name, inputs, initializers, nodes, outputs };
    });
}

const anyModel: fc.Arbitrary<OnnxModel> = fc.record({
  irVersion: fc.integer({ min: 3, max: 14 }),
  opsets: fc.nat().map(
    (version) =>
      new Map([
        ["", version],
        ["com.example", 1],
      ]),
  ),
  producerName: anyName,
  producerVersion: anyName,
  graph: anyGraph("", [], 2),
  metadata: fc.dictionary(anyName, fc.string({ unit: "grapheme" })).map((entries) => new Map(Object.entries(entries))),
});

describe("encodeOnnx", () => {
  test("F5: what it writes reads back, bit for bit", async () => {
    await fc.assert(
      fc.asyncProperty(anyModel, async (model) => {
        const [read, written] = [plain(await readOnnx(encodeOnnx(model))), plain(model)];
        if (!isDeepStrictEqual(read, written)) expect(read).toEqual(written);
      }),
      { numRuns: 1000 },
    );
  });

  test("large tensors, long texts and long names read back", async () => {
    for (const length of [0, 1, 100, 127, 128, 1023, 1024, 1025, 16_383, 16_384, 100_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 7);
      const text = "é".repeat(length) + "a".repeat(length);
      const tensor: OnnxTensor = { type: "uint8", shape: [length], data: bytes };
      const attributes: Record<string, OnnxAttribute> = {
        text: { kind: "string", value: text },
        tensor: { kind: "tensor", value: tensor },
        graph: { kind: "graph", value: graphOf({ initializers: new Map([["inner", tensor]]) }) },
      };
      const nodes = [nodeOf("A", ["x"], ["a"], { attributes }), nodeOf("B", ["a"], ["b"], { attributes })];
      const model = modelOf({
        ...xs,
        initializers: new Map([
          ["w", tensor],
          ["v", tensor],
        ]),
        nodes,
      });
      expect(plain(await readOnnx(encodeOnnx(model)))).toEqual(plain(model));
    }
  });

  test.each(goldenNames.filter((file) => file !== "onnx-typed.onnx"))(
    "F6: gives %s the bytes that the onnx package gave it",
    async (file) => {
      expect(encodeOnnx(await readOnnx(golden(file)))).toEqual(golden(file));
    },
  );

  test("ONNX Runtime runs what it writes", async () => {
    const { InferenceSession, Tensor } = await import("onnxruntime-node");
    const session = await InferenceSession.create(encodeOnnx(await readOnnx(golden("onnx-mlp.onnx"))));
    const { y } = await session.run({ x: new Tensor("float32", Float32Array.from(expected.mlp.x), [5, 3]) });
    const data = y.data as Float32Array;
    expect(data.length).toBe(10);
    for (const [i, value] of data.entries()) expect(value).toBeCloseTo(expected.mlp.y[i], 5);
  });

  test.skipIf(python === undefined)("F6: the onnx package reads what it writes", async () => {
    await withFolder(async (folder) => {
      for (const file of goldenNames) await writeOnnx(join(folder, file), await readOnnx(goldenPath(file)));
      const program = [
        "import json, sys, onnx",
        "from onnx import numpy_helper",
        "found = {}",
        "for path in sys.argv[1:]:",
        "    model = onnx.load(path)",
        "    onnx.checker.check_model(model)",
        "    assert model.SerializeToString() == open(path, 'rb').read(), path",
        "    for t in model.graph.initializer:",
        "        if t.data_type not in (onnx.TensorProto.STRING, onnx.TensorProto.BFLOAT16):",
        "            found[t.name] = numpy_helper.to_array(t).tobytes().hex()",
        "print(json.dumps(found))",
      ].join("\n");
      const outcome = await runProgram(python!, ["-c", program, ...goldenNames.map((file) => join(folder, file))]);
      expect(outcome.stderr).toBe("");
      for (const [tensor, hex] of Object.entries(JSON.parse(outcome.stdout))) {
        expect(hex, tensor).toBe(expected.tensors[tensor]?.elements ?? expected.mlp.weights[tensor]);
      }
    });
  });

  test.each<[string, Partial<OnnxGraph>, RegExp]>([
    [
      "data of another length",
      { initializers: new Map([["w", { ...float32(1), shape: [2] }]]) },
      /initializer "w": float32 \[2\] needs 2 elements in a Float32Array, got 1 in a Float32Array/,
    ],
    [
      "data of another type",
      { initializers: new Map([["w", { ...float32(1), type: "int64" }]]) },
      /needs 1 elements in a BigInt64Array, got 1 in a Float32Array/,
    ],
    [
      "an unknown type",
      { initializers: new Map([["w", { ...float32(1), type: "int4" as "int8" }]]) },
      /must be one of float32, .* got int4/,
    ],
    [
      "a size of -1",
      { initializers: new Map([["w", { ...float32(1), shape: [-1] }]]) },
      /needs an integer from 0 to 2\^53 - 1, got -1/,
    ],
    [
      "an integer of 1.5",
      attributed({ kind: "int", value: 1.5 }),
      /attribute "a" of node "A of x" \(A\) must be an integer of 64 bits, got 1.5/,
    ],
    ["an integer beyond 2^53", attributed({ kind: "int", value: 2 ** 53 }), /must be an integer of 64 bits/],
    ["an integer of 65 bits", attributed({ kind: "ints", value: [2n ** 63n] }), /got 9223372036854775808/],
    ["a number beyond f32", attributed({ kind: "float", value: 1e300 }), /must be a number within f32, got 1e\+300/],
    [
      "an unknown kind",
      attributed({ kind: "graphs" as "graph", value: graphOf({}) }),
      /must be one of float, .* got "graphs"/,
    ],
    ["half a surrogate pair", { name: "\ud800" }, /half a surrogate pair/],
  ])("refuses %s", (_, graph, text) => {
    expect(() => encodeOnnx(modelOf({ ...xs, ...graph }))).toThrow(RangeError);
    expect(() => encodeOnnx(modelOf({ ...xs, ...graph }))).toThrow(text);
  });
});

function attributed(attribute: OnnxAttribute): Partial<OnnxGraph> {
  return { nodes: [nodeOf("A", ["x"], ["y"], { attributes: { a: attribute } })] };
}

describe("writeOnnx", () => {
  test("C1: writes what encodeOnnx gives, and leaves the old file where the graph is not sound", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "m.onnx");
      const large: OnnxTensor = { type: "float32", shape: [100_000], data: new Float32Array(100_000).fill(0.5) };
      const model = modelOf({ ...xs, initializers: new Map([["w", large]]), nodes: [nodeOf("A", ["x"], ["y"])] });
      await writeOnnx(path, model);
      expect(plain(await readOnnx(path))).toEqual(plain(await readOnnx(encodeOnnx(model))));
      const late = modelOf({ ...xs, nodes: [nodeOf("A", ["b"], ["a"]), nodeOf("B", ["x"], ["b"])] });
      await expect(writeOnnx(path, late)).rejects.toThrow(
        /writeOnnx: .*m\.onnx: .*stands before one whose output it takes/,
      );
      const twice = modelOf({ ...xs, nodes: [nodeOf("A", ["x"], ["a"]), nodeOf("B", ["x"], ["a"])] });
      await expect(writeOnnx(path, twice)).rejects.toThrow(RangeError);
      expect((await readOnnx(path)).graph.initializers.size).toBe(1);
    });
  });
});
