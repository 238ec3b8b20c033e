import { expect, test } from "vitest";
import { type Manifest, parseManifest, printManifest } from "../../dist/space/manifest.js";
import { fuzz } from "../formats/fuzz.js";

const file = (name: string) => ({ name, size: 123, sha256: "0123456789abcdef".repeat(4) });
const manifest: Manifest = {
  kind: "words",
  geometry: "cosine",
  method: "glove",
  options: { xMax: 10, list: [1, null] },
  seed: 2 ** 53 - 1,
  threads: null,
  fast: false,
  fingerprint: null,
  metrics: { loss: 0.05 },
  directions: new Map([["age", { vector: Float32Array.of(0.1, -2), metrics: {} }]]),
  thumbnails: { width: 28, height: 28, channels: 1, columns: 73, rows: 73, items: 2 },
  film: { epochs: [0, 7], dimensions: 3, items: 4, axes: ["x", "y", "z"] },
  directed: true,
  items: 5,
  dimensions: 2,
  generation: 3,
  files: new Map([
    ["film", file("film-3.safetensors")],
    ["items", file("items-3.parquet")],
    ["relations", file("relations-3.parquet")],
    ["thumbnails0", file("thumbnails0-3.png")],
    ["vectors", file("vectors-3.safetensors")],
  ]),
};

test("what is printed is read back", () => {
  expect(parseManifest(printManifest(manifest), "space.json")).toEqual(manifest);
});

test("a space without relations has no direction, and what was written before there were any is read", () => {
  const { directed: _, thumbnails, film, ...rest } = JSON.parse(printManifest({ ...manifest, directed: null }));
  expect(() => parseManifest(JSON.stringify({ ...rest, thumbnails, film, directed: null }), "space.json")).toThrow(
    "directed must be true or false where there are relations",
  );
  delete rest.files.relations;
  delete rest.files.thumbnails0;
  delete rest.files.film;
  expect(parseManifest(JSON.stringify(rest), "space.json").directed).toBe(null);
  expect(() => parseManifest(JSON.stringify({ ...rest, directed: "yes" }), "space.json")).toThrow("true or false");
});

test("a mutated space.json is read or refused with FormatError (F1, F2)", async () => {
  const decoder = new TextDecoder();
  const valid = new TextEncoder().encode(printManifest(manifest));
  await fuzz([valid], async (bytes) => void parseManifest(decoder.decode(bytes), "space.json"));
});
