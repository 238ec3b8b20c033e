import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { detectFormat, formatByName, openVectors, vectorFormats, writeVectors } from "../../dist/formats/vectors.js";
import { collect, expectedRows, formatError, golden, rowsOf, source, withFolder } from "./rows.js";

const goldenPath = (name: string) => new URL(`../golden/${name}`, import.meta.url).pathname;

describe("detectFormat", () => {
  test.each([
    ["gensim.vec", "word2vec-text"],
    ["gensim.bin", "word2vec-binary"],
    ["numpy-f4.npy", "npy"],
    ["numpy-object.npy", "npy"],
    ["reference.safetensors", "safetensors"],
    ["gensim_tensor.tsv", "projector"],
  ])("knows %s", async (name, format) => {
    expect(await detectFormat(goldenPath(name))).toBe(format);
  });

  test.each<[string, string, string]>([
    ["a header", "2 2\na 1 2\nb 3 4\n", "word2vec-text"],
    ["a header and a name with spaces", "1 2\na b 1 2\n", "word2vec-text"],
    ["a header alone", "400000 300\n", "word2vec-text"],
    ["a header and names with spaces, accents and control characters", "2 1\na é\u0001 1\nb 2\n", "word2vec-text"],
    ["no header", "a 1 2\nb 3 4\n", "glove"],
    ["a first GloVe row that looks like a header", "400000 300\nthe 0.5\n", "glove"],
    ["a GloVe row of numbers", "1 2 3\n", "glove"],
    ["names that begin like other formats", "PK 1 2\nPAR1 3 4\n", "glove"],
  ])("H3: tells text with %s", async (_, text, format) => {
    await withFolder(async (folder) => {
      const path = join(folder, "x.txt");
      await writeFile(path, text);
      expect(await detectFormat(path)).toBe(format);
      await writeFile(path, gzipSync(text));
      expect(await detectFormat(path)).toBe(format);
    });
  });

  test.each<[string, number[] | string, string]>([
    ["a pickle", [0x80, 2, 0x63], "pickle"],
    ["a fastText model", [0xba, 0x16, 0x4f, 0x2f, 12, 0, 0, 0], "fastText"],
    ["a zip", "PK\u0003\u0004", "npz"],
    ["Parquet", "PAR1\u0015", "Parquet"],
  ])("names what %s is", async (_, content, word) => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "x"), typeof content === "string" ? content : Uint8Array.from(content));
      expect((await formatError(detectFormat(join(folder, "x")), "unsupported")).message).toContain(word);
    });
  });

  test("says that a file is empty", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "x.bin"), "");
      await formatError(openVectors(join(folder, "x.bin")), "empty");
    });
  });
});

describe("openVectors and writeVectors", () => {
  test("every format is converted into every other without losing a bit", async () => {
    const rows = expectedRows();
    await withFolder(async (folder) => {
      let from = goldenPath("gensim.bin");
      let options = {};
      for (const to of [...vectorFormats, ...[...vectorFormats].reverse()]) {
        const path = join(folder, `${to}_vectors.${to === "projector" ? "tsv" : to}`);
        const names = to === "npy" ? { names: join(folder, "names.txt") } : {};
        expect(await writeVectors(path, to, await openVectors(from, options), names)).toBe(6);
        expect(await detectFormat(path)).toBe(to);
        expect(await collect(await openVectors(path, names))).toEqual(rows);
        [from, options] = [path, names];
      }
    });
  });

  test("gzip is unpacked where a format is read from the front, and named where not", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "x.bin.gz"), gzipSync(golden("gensim.bin")));
      expect(await collect(await openVectors(join(folder, "x.bin.gz")))).toEqual(expectedRows());
      await writeFile(join(folder, "x.npy.gz"), gzipSync(golden("numpy-f4.npy")));
      await formatError(openVectors(join(folder, "x.npy.gz")), "unsupported");
      await writeFile(join(folder, "cut.gz"), gzipSync(golden("gensim.bin")).subarray(0, 60));
      await formatError(openVectors(join(folder, "cut.gz")).then(collect), "truncated");
    });
  });

  test("repeated names keep their first row unless told otherwise", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "x.vec");
      await writeFile(path, "3 1\na 1\nb 2\na 3\n");
      const warnings: string[] = [];
      const found = await collect(await openVectors(path, { onWarning: (message) => warnings.push(message) }));
      expect(found).toEqual(rowsOf(["a", "b"], Float32Array.of(1, 2)));
      expect(warnings).toHaveLength(1);
      await formatError(openVectors(path, { duplicates: "error" }).then(collect), "duplicate");
      expect((await collect(await openVectors(path, { duplicates: "keep" }))).names).toEqual(["a", "b", "a"]);
    });
  });

  test("a dropped row makes the header's count smaller, not wrong", async () => {
    await withFolder(async (folder) => {
      await writeFile(
        join(folder, "x.vec"),
        `12 1\n${Array.from({ length: 12 }, (_, i) => `${i % 6} ${i}`).join("\n")}`,
      );
      for (const format of vectorFormats) {
        const path = join(folder, `y_vectors.${format}`);
        await writeVectors(path, format, await openVectors(join(folder, "x.vec")));
        expect((await collect(await openVectors(path, { format }))).bits, format).toHaveLength(6);
      }
      expect((await readFile(join(folder, "y_vectors.word2vec-text"), "utf8")).split("\n")[0]).toBe(" 6 1");
    });
  });

  test("options that do not exist or do not apply are refused", async () => {
    const path = goldenPath("gensim.bin");
    await expect(openVectors(path, { formt: "npy" } as object)).rejects.toThrow(/there is no option formt/);
    await expect(openVectors(path, { names: "x" })).rejects.toThrow(/names is an option for npy and projector/);
    await expect(openVectors(path, { format: "csv" as "npy" })).rejects.toThrow(/format must be one of/);
    await expect(writeVectors("x", "csv" as "npy", source(expectedRows()))).rejects.toThrow(/format must be one of/);
  });

  test("npy without a file for names warns that they are lost", async () => {
    await withFolder(async (folder) => {
      const warnings: string[] = [];
      await writeVectors(join(folder, "x.npy"), "npy", source(expectedRows()), {
        onWarning: (message) => warnings.push(message),
      });
      expect(warnings[0]).toContain("npy holds no names");
    });
  });
});

test("formatByName tells a new file's format", () => {
  expect(
    ["a.npy", "a.safetensors", "a.tsv", "a.bin", "a.vec", "glove.6B.50d.txt", "a.txt", "a"].map(formatByName),
  ).toEqual([
    "npy",
    "safetensors",
    "projector",
    "word2vec-binary",
    "word2vec-text",
    "glove",
    "word2vec-text",
    undefined,
  ]);
});

test("M1: a conversion holds a few batches, however large the file", async () => {
  const dimensions = 300;
  const rowsABatch = 1000;
  const vectors = new Float32Array(rowsABatch * dimensions).fill(0.5);
  const count = 50_000;
  const many = {
    name: "<many>",
    dimensions,
    count,
    async *batches() {
      for (let row = 0; row < count; row += rowsABatch) {
        yield { names: Array.from({ length: rowsABatch }, (_, i) => String(row + i)), vectors };
      }
    },
  };
  await withFolder(async (folder) => {
    const [binary, text] = [join(folder, "x.bin"), join(folder, "x.txt")];
    await writeVectors(binary, "word2vec-binary", many);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const rows = await openVectors(binary);
    const watched = {
      ...rows,
      async *batches() {
        for await (const batch of rows.batches()) {
          most = Math.max(most, process.memoryUsage().arrayBuffers - before);
          yield batch;
        }
      },
    };
    expect(await writeVectors(text, "glove", watched)).toBe(count);
    expect(most).toBeLessThan(40 * 2 ** 20); // the file has 60 MB
  });
});
