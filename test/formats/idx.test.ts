import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { type IdxArray, type IdxType, readIdx, writeIdx } from "../../dist/formats/idx.js";
import { type ByteStream, memoryStream } from "../../dist/io/source.js";
import { files } from "../../dist/platform/node.js";
import { everyCut } from "./fuzz.js";
import { formatError, golden, withFolder } from "./rows.js";

const { open } = files;
afterEach(() => {
  Object.assign(files, { open });
});

const expected = JSON.parse(new TextDecoder().decode(golden("expected-idx.json")));

const read = (bytes: Uint8Array) => readIdx(memoryStream(bytes, "x.idx"));

/** A file with these four bytes in front, these sizes and `dataBytes` zeros. */
function file(magic: number[], sizes: number[], dataBytes = 0): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + dataBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  for (const [k, size] of sizes.entries()) view.setUint32(4 + 4 * k, size);
  return bytes;
}

/** An array as its type, shape and bytes in hexadecimal, so that NaN and -0 compare by their bits. */
function bitsOf({ type, shape, data }: IdxArray): [IdxType, number[], string] {
  return [type, shape, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex")];
}

/** A stream that does not tell its length, and the bytes in array buffers at the time each piece was asked for. */
function watched(pieces: Iterable<Uint8Array>): { stream: ByteStream; used: number[] } {
  const used: number[] = [];
  const stream = {
    name: "<watched>",
    compressed: false,
    async *[Symbol.asyncIterator]() {
      for (const piece of pieces) {
        used.push(process.memoryUsage().arrayBuffers);
        yield piece;
      }
      used.push(process.memoryUsage().arrayBuffers);
    },
  };
  return { stream, used };
}

describe("readIdx", () => {
  test.each<[string, IdxType]>([
    ["u1", "u8"],
    ["i1", "i8"],
    ["i2", "i16"],
    ["i4", "i32"],
    ["f4", "f32"],
    ["f8", "f64"],
  ])("F6: reads numpy's %s as %s", async (kind, type) => {
    const { shape, bytes } = expected.arrays[kind];
    expect(bitsOf(await read(golden(`idx-${kind}.idx`)))).toEqual([type, shape, bytes]);
  });

  test("F6: reads two images and labels of MNIST, which are gzip", async () => {
    const path = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
    const images = await readIdx(path("mnist-two-images.gz"));
    expect([images.type, images.shape]).toEqual(["u8", [2, 28, 28]]);
    const sums = new Array<number>(56).fill(0);
    for (const [k, pixel] of images.data.entries()) sums[Math.floor(k / 28)] += pixel;
    expect(sums).toEqual(expected.mnist.images.sums);
    const labels = await readIdx(path("mnist-two-labels.gz"));
    expect(labels).toEqual({ type: "u8", shape: [2], data: Uint8Array.of(7, 2) });
  });

  test("gzip is known by its content and a plain file of such a name is none", async () => {
    await withFolder(async (folder) => {
      const bytes = golden("idx-f8.idx");
      await writeFile(join(folder, "plain.gz"), bytes);
      await writeFile(join(folder, "packed.idx"), gzipSync(bytes));
      expect(await readIdx(join(folder, "plain.gz"))).toEqual(await read(bytes));
      expect(await readIdx(join(folder, "packed.idx"))).toEqual(await read(bytes));
    });
  });

  test.each<[string, Uint8Array, Parameters<typeof formatError>[1], number | undefined]>([
    ["an empty file", new Uint8Array(), "empty", undefined],
    ["three bytes", Uint8Array.of(0, 0, 8), "truncated", 3],
    ["another magic number", Uint8Array.of(0x1f, 0x8b, 8, 1, 0, 0, 0, 0), "header", 0],
    ["a single byte of another kind", Uint8Array.of(1), "header", 0],
    ["a second byte that is not 0", file([0, 1, 8, 1], [1], 1), "header", 0],
    ["little endian", Uint8Array.of(1, 8, 0, 0, 1, 0, 0, 0, 0), "header", 0],
    ["an unknown type", file([0, 0, 0x0a, 1], [1], 1), "unsupported", 2],
    ["no sizes", file([0, 0, 8, 0], [], 1), "header", 3],
    ["9 sizes", file([0, 0, 8, 9], new Array(9).fill(1), 1), "limit", 3],
    ["255 sizes in 4 bytes", file([0, 0, 8, 255], []), "limit", 3],
    ["sizes that are cut", file([0, 0, 8, 3], [1, 2]), "truncated", 12],
    ["a size of 0", file([0, 0, 8, 2], [0, 28]), "empty", 4],
    ["sizes of 0 beside the largest", file([0, 0, 14, 4], [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1, 0]), "empty", 4],
    ["2^31 items in 1 kB", file([0, 0, 8, 1], [2 ** 31], 1000), "truncated", 1008],
    ["2^31 items of 8 bytes", file([0, 0, 14, 1], [2 ** 31], 1000), "limit", 4],
    ["2^32 - 1 items", file([0, 0, 8, 1], [2 ** 32 - 1], 1000), "limit", 4],
    ["a product that is 0 modulo 2^32", file([0, 0, 8, 2], [2 ** 16, 2 ** 16]), "limit", 4],
    ["a product that is 4 modulo 2^64", file([0, 0, 8, 3], [2 ** 31, 2 ** 31, 2 ** 31], 4), "limit", 4],
    ["a product beyond 2^256", file([0, 0, 14, 8], new Array(8).fill(2 ** 32 - 1), 8), "limit", 4],
    ["a byte too few", file([0, 0, 11, 2], [2, 3], 11), "truncated", 23],
    ["a byte too many", file([0, 0, 11, 2], [2, 3], 13), "trailing", 24],
  ])("H15 H1 H2: refuses %s, from streams of known and unknown length", async (_, bytes, code, offset) => {
    const { place } = await formatError(read(bytes), code);
    expect(place).toEqual({ file: "x.idx", offset });
    for (const pieceLength of [1, 7, 5000]) {
      const stream = { ...memoryStream(bytes, "x.idx", pieceLength), size: undefined };
      expect((await formatError(readIdx(stream), code)).place).toEqual({ file: "x.idx", offset });
    }
  });

  test("H15: a stream of unknown length that claims 2 GiB takes no more memory than four times what it brings", async () => {
    const piece = new Uint8Array(2 ** 18);
    const pieces = [file([0, 0, 8, 1], [2 ** 31]), ...new Array(64).fill(piece)];
    const { stream, used } = watched(pieces);
    await formatError(readIdx(stream), "truncated");
    expect(used.length).toBe(66);
    // no difference to what was before: that may be garbage, whose end would hide what is allocated here
    for (const [k, bytes] of used.entries()) expect(bytes).toBeLessThan(4 * k * 2 ** 18 + 2 ** 25);
  });

  test("H15: a gzip file of 8 GB that claims 4 numbers is refused at the fifth, most of it unread", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "bomb.gz");
      // gzip members one after the other are one stream; this one has 8,192 of 1 MiB
      const zeros = gzipSync(new Uint8Array(2 ** 20), { level: 9 });
      await writeFile(path, Buffer.concat([gzipSync(file([0, 0, 8, 1], [4])), ...new Array(8192).fill(zeros)]));
      let bytesRead = 0;
      files.open = async (name) => {
        const opened = await open(name);
        const read: typeof opened.read = async (into, position) => {
          const got = await opened.read(into, position);
          bytesRead += got;
          return got;
        };
        return { ...opened, read };
      };
      const { place } = await formatError(readIdx(path), "trailing");
      expect(place).toEqual({ file: path, offset: 12 });
      expect(bytesRead).toBeLessThan(4 * 2 ** 20); // of 8 MB, read by the megabyte
    });
  });

  test("F4: gzip that is cut anywhere or has a wrong checksum is refused with its file", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "x.idx.gz");
      const reader = async (bytes: Uint8Array) => {
        await writeFile(path, bytes);
        await readIdx(path);
      };
      const packed = new Uint8Array(gzipSync(golden("idx-i4.idx")));
      expect((await everyCut(packed, reader)).accepted).toEqual([]);
      packed[packed.length - 8] ^= 1;
      expect((await formatError(reader(packed), "checksum")).place.file).toBe(path);
    });
  });
});

const typed: { [T in IdxType]: (buffer: ArrayBuffer) => IdxArray["data"] } = {
  u8: (buffer) => new Uint8Array(buffer),
  i8: (buffer) => new Int8Array(buffer),
  i16: (buffer) => new Int16Array(buffer),
  i32: (buffer) => new Int32Array(buffer),
  f32: (buffer) => new Float32Array(buffer),
  f64: (buffer) => new Float64Array(buffer),
};

/** Arrays of any type, shape and bits: NaN of every kind, denormals, -0. */
const anyArray: fc.Arbitrary<IdxArray> = fc
  .tuple(
    fc.constantFrom(...(Object.keys(typed) as IdxType[])),
    fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 0, maxLength: 8 }),
    fc.integer({ min: 1, max: 20 }),
    fc.uint8Array({ minLength: 64, maxLength: 64 }),
  )
  .map(([type, sizes, last, seed]) => {
    const shape = sizes.length < 8 ? [...sizes, last] : sizes;
    const bytesEach = typed[type](new ArrayBuffer(0)).BYTES_PER_ELEMENT;
    const bytes = new Uint8Array(bytesEach * shape.reduce((product, size) => product * size));
    for (const k of bytes.keys()) bytes[k] = seed[k % 64] ^ (k >> 6);
    return { type, shape, data: typed[type](bytes.buffer) } as IdxArray;
  });

describe("writeIdx", () => {
  test("F5: what it writes reads back bit for bit, and the array written stays as it was", async () => {
    await withFolder((folder) =>
      fc.assert(
        fc.asyncProperty(anyArray, async (array) => {
          const path = join(folder, "x.idx");
          const before = bitsOf({ ...array, data: array.data.slice() } as IdxArray);
          await writeIdx(path, array);
          expect(bitsOf(array)).toEqual(before);
          expect(bitsOf(await readIdx(path))).toEqual(before);
        }),
        { numRuns: 1000 },
      ),
    );
  });

  test.each(["u1", "i1", "i2", "i4", "f4", "f8"])("F6: writes numpy's %s byte for byte", async (kind) => {
    await withFolder(async (folder) => {
      const bytes = golden(`idx-${kind}.idx`);
      await writeIdx(join(folder, "x.idx"), await read(bytes));
      expect(new Uint8Array(await readFile(join(folder, "x.idx")))).toEqual(bytes);
    });
  });

  test("F5: a view of several megabytes into a larger buffer reads back, from gzip too", async () => {
    const data = new Float64Array(400_003).map((_, k) => Math.fround(1 / k)).subarray(3);
    const array: IdxArray = { type: "f64", shape: [400, 1000], data };
    await withFolder(async (folder) => {
      const path = join(folder, "x.idx");
      await writeIdx(path, array);
      expect(bitsOf(await readIdx(path))).toEqual(bitsOf(array));
      await writeFile(path, gzipSync(await readFile(path)));
      expect(bitsOf(await readIdx(path))).toEqual(bitsOf(array));
    });
  });

  test.each<[object, string]>([
    [{ type: "u4" }, 'writeIdx: type must be one of u8, i8, i16, i32, f32, f64, got "u4"'],
    [{ data: Int8Array.of(1, 2) }, "writeIdx: data of type u8 must be a Uint8Array, got Int8Array"],
    [{ data: [1, 2] }, "writeIdx: data of type u8 must be a Uint8Array, got Array"],
    [{ data: undefined }, "writeIdx: data of type u8 must be a Uint8Array, got undefined"],
    [{ shape: [] }, "writeIdx: shape must have 1 to 8 sizes, got 0"],
    [{ shape: new Array(9).fill(1) }, "writeIdx: shape must have 1 to 8 sizes, got 9"],
    [{ shape: [2, 0] }, "writeIdx: shape[1] must be an integer from 1 to 4294967295, got 0"],
    [{ shape: [1.5] }, "writeIdx: shape[0] must be an integer from 1 to 4294967295, got 1.5"],
    [{ shape: [3] }, "writeIdx: a shape of [3] needs 3 numbers, got 2"],
  ])("refuses %j", async (change, message) => {
    await withFolder(async (folder) => {
      const path = join(folder, "x.idx");
      const array = { type: "u8", shape: [2], data: Uint8Array.of(1, 2), ...change } as IdxArray;
      await expect(writeIdx(path, array)).rejects.toThrow(message);
      await expect(readFile(path)).rejects.toThrow("ENOENT");
    });
  });
});
