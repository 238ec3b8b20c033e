import { describe, expect, test } from "vitest";
import { readGlove } from "../../dist/formats/glove.js";
import { readIdx } from "../../dist/formats/idx.js";
import { readNpy } from "../../dist/formats/npy.js";
import { readOnnx } from "../../dist/formats/onnx/read.js";
import { readParquet } from "../../dist/formats/parquet.js";
import { decodePng } from "../../dist/formats/png/read.js";
import { decodePpm } from "../../dist/formats/ppm.js";
import { readProjector } from "../../dist/formats/projector.js";
import { readSafetensorsHeader } from "../../dist/formats/safetensors.js";
import { readSafetensorsVectors } from "../../dist/formats/safetensors-vectors.js";
import { readWord2vecBinary } from "../../dist/formats/word2vec-binary.js";
import { readWord2vecText } from "../../dist/formats/word2vec-text.js";
import { memorySource, memoryStream } from "../../dist/io/source.js";
import { drain, everyCut, fuzz, type Reader } from "./fuzz.js";
import { end, header, packed, pngOf, withChecksums } from "./png-parts.js";
import { golden, utf8 } from "./rows.js";

const word2vecText = golden("gensim.vec");
const gloveText = word2vecText.slice(word2vecText.indexOf(10) + 1);
const word2vecBinary = golden("gensim.bin");
/** Without the line feed at the end, which may be missing. */
const word2vecBinaryC = golden("word2vec-c.bin").slice(0, -1);
const npy = ["numpy-f4.npy", "numpy-f8-fortran.npy", "numpy-f4-big-endian.npy", "numpy-version-3.npy"].map(golden);
const safetensors = golden("reference.safetensors");
const named = namedSafetensors();
const tensorTsv = golden("gensim_tensor.tsv");
const metadataTsv = golden("gensim_metadata.tsv");
const parquet = ["pyarrow-snappy.parquet", "pyarrow-plain-v2.parquet", "pyarrow-dictionary-v2.parquet"].map(golden);
const idx = ["idx-u1.idx", "idx-i2.idx", "idx-f4.idx", "idx-f8.idx"].map(golden);

const onnx = ["onnx-mlp.onnx", "onnx-typed.onnx", "onnx-raw.onnx", "onnx-attributes.onnx"].map(golden);

const png = [
  pngOf([
    ["IHDR", header(5, 4, 2, 0, 1)],
    ["IDAT", packed([0, 0x40], [1, 0x80], [0, 0x10], [2, 7], [3, 9], [4, 1], [1, 2], [2, 3], [0, 0])],
    end,
  ]),
  pngOf([
    ["IHDR", header(2, 2, 8, 3)],
    ["PLTE", Uint8Array.of(1, 2, 3, 4, 5, 6)],
    ["tRNS", Uint8Array.of(9)],
    ["IDAT", packed([0, 0, 1], [4, 1, 0])],
    end,
  ]),
  pngOf([
    ["IHDR", header(1, 2, 16, 6)],
    ["IDAT", packed([3, 1, 2, 3, 4, 5, 6, 7, 8], [4, 8, 7, 6, 5, 4, 3, 2, 1])],
    end,
  ]),
];
const ppm = ["P2 2 2 15\n0 1 2 15\n", "P6 2 1 255\nabcdef", "P5 # c\n1 1 65535\nab"].map(utf8);

/** Two names and two vectors of one number. */
function namedSafetensors(): Uint8Array {
  const header =
    '{"vectors":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"name_ends":{"dtype":"U32","shape":[2],"data_offsets":[8,16]},"names":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}}';
  const bytes = new Uint8Array(8 + header.length + 19);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(utf8(header), 8);
  bytes.set([0, 0, 128, 63, 0, 0, 0, 64, 1, 0, 0, 0, 3, 0, 0, 0, 97, 98, 99], 8 + header.length);
  return bytes;
}

/** Pieces of 7 bytes, so that everything is cut by the end of a piece somewhere. */
const pieces = (bytes: Uint8Array) => memoryStream(bytes, "<fuzz>", 7);

interface Case {
  name: string;
  files: Uint8Array[];
  read: Reader;
  /** Whether no beginning of a file is a file. */
  cutsFail: boolean;
}

const cases: Case[] = [
  {
    name: "word2vec text",
    files: [word2vecText, golden("word2vec-c.txt")],
    read: async (b) => drain(await readWord2vecText(pieces(b))),
    cutsFail: false,
  },
  {
    name: "word2vec binary",
    files: [word2vecBinary, word2vecBinaryC],
    read: async (b) => drain(await readWord2vecBinary(pieces(b))),
    cutsFail: true,
  },
  {
    name: "GloVe text",
    files: [gloveText, golden("glove-c.txt")],
    read: async (b) => drain(await readGlove(pieces(b))),
    cutsFail: false,
  },
  { name: "PNG", files: png, read: async (b) => void (await decodePng(b, "<fuzz>")), cutsFail: true },
  {
    name: "PNG with checksums that match",
    files: png,
    read: async (b) => void (await decodePng(withChecksums(b), "<fuzz>")),
    cutsFail: true,
  },
  { name: "PGM and PPM", files: ppm, read: async (b) => void decodePpm(b, "<fuzz>"), cutsFail: false },
  { name: "npy", files: npy, read: async (b) => drain(await readNpy(memorySource(b))), cutsFail: true },
  {
    name: "safetensors",
    files: [safetensors, named],
    read: async (b) => void (await readSafetensorsHeader(memorySource(b))),
    cutsFail: true,
  },
  {
    name: "safetensors vectors",
    files: [safetensors, named],
    read: async (b) => drain(await readSafetensorsVectors(memorySource(b))),
    cutsFail: true,
  },
  {
    name: "projector vectors",
    files: [tensorTsv],
    read: async (b) => drain(await readProjector(pieces(b), pieces(metadataTsv))),
    cutsFail: false,
  },
  {
    name: "projector metadata",
    files: [metadataTsv],
    read: async (b) => drain(await readProjector(pieces(tensorTsv), pieces(b))),
    cutsFail: false,
  },
  // a model may end after any of its fields once it has a graph
  { name: "ONNX", files: onnx, read: async (b) => void (await readOnnx(b)), cutsFail: false },
  { name: "Parquet", files: parquet, read: async (b) => void (await readParquet(memorySource(b))), cutsFail: true },
  { name: "IDX", files: idx, read: async (b) => void (await readIdx(pieces(b))), cutsFail: true },
  {
    name: "IDX of unknown length",
    files: idx,
    read: async (b) => void (await readIdx({ ...pieces(b), size: undefined })),
    cutsFail: true,
  },
];
const everyFile = cases.flatMap(({ files }) => files);

describe.each(cases)("$name", ({ files, read, cutsFail }) => {
  test("F1 F2 F3 F4: mutated files are read or refused with a FormatError", async () => {
    await fuzz(files, read, { others: everyFile });
  });

  test("F4: files cut at every offset are read or refused with a FormatError", async () => {
    for (const file of files) {
      const { accepted } = await everyCut(file, read);
      if (cutsFail) expect(accepted).toEqual([]);
    }
  });
});
