import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../dist/io/errors.js";
import type { JsonObject } from "../../dist/io/json.js";
import { Rng } from "../../dist/numerics/random.js";
import { files } from "../../dist/platform/node.js";
import { Space } from "../../dist/space/space.js";
import { root, runModule } from "../child.js";
import { fuzz } from "../formats/fuzz.js";
import { temporaryFolder } from "../temporary-folder.js";

const [rows, dimensions] = [40, 6];
const awkward = ["new york", "", "a\0b", "\uFEFFx", "שלום", "👩‍👩‍👧", "__proto__", "1984"];

function sample(shift = 0): Space {
  const rng = new Rng(5);
  const numbers = (length: number) => Float32Array.from({ length }, () => rng.normal() + shift);
  return Space.from({
    kind: "words",
    geometry: "cosine",
    names: Array.from({ length: rows }, (_, row) => awkward[row] ?? `n${row}`),
    vectors: numbers(rows * dimensions),
    columns: {
      count: Int32Array.from({ length: rows }, (_, row) => 1000 - row),
      label: Array.from({ length: rows }, (_, row) => (row % 2 ? `l${row}` : null)),
    },
    tensors: {
      context: { shape: [rows, dimensions], data: numbers(rows * dimensions) },
      bias: { shape: [rows], data: numbers(rows) },
    },
    method: "glove",
    options: { xMax: 10, nested: { alpha: 0.75, list: [1, null, "x"] } },
    seed: 7,
    threads: 2,
    fast: true,
    fingerprint: "abc",
    metrics: { loss: 0.05 },
    directions: { age: { vector: numbers(dimensions), metrics: { accuracy: 0.93 } } },
    relations: {
      sources: Uint32Array.of(0, 2, 1),
      targets: Uint32Array.of(1, 2, 3),
      weights: Float64Array.of(1, 0.5, 1e300),
      directed: true,
    },
  });
}

async function content(space: Space) {
  const { kind, geometry, method, options, seed, threads, fast, fingerprint, metrics, directions, length } = space;
  const tensors = await Promise.all(
    [...space.tensors].map(async ([name, tensor]) => [name, [...tensor.shape], await tensor.read()]),
  );
  const info = {
    kind,
    geometry,
    method,
    options,
    seed,
    threads,
    fast,
    fingerprint,
    metrics,
    directions: [...directions],
    length,
  };
  const vectors = [...(await space.vectors()).batches()];
  return {
    info,
    names: [...(await space.names())],
    columns: [...(await space.columns())],
    vectors,
    tensors: tensors.sort(),
    relations: await space.relations(),
  };
}

/** A saved sample. */
async function saved(): Promise<string> {
  const path = join(temporaryFolder(), "s.space");
  await sample().save(path);
  return path;
}

type Document = { files: Record<string, JsonObject> } & JsonObject;
const manifestOf = (path: string): Document => JSON.parse(readFileSync(join(path, "space.json"), "utf8"));
function edit(path: string, change: (document: Document) => void): void {
  const document = manifestOf(path);
  change(document);
  writeFileSync(join(path, "space.json"), JSON.stringify(document));
}

async function opened(path: string): Promise<void> {
  const space = await Space.load(path, { verify: false });
  try {
    await content(space);
  } finally {
    await space.close();
  }
}

describe("save and load", () => {
  test("give back everything, bit for bit (F5)", async () => {
    const path = await saved();
    await using closing = await loaded(path);
    expect(await content(closing.space)).toEqual(await content(sample()));
    await closing.space.verify();
  });

  test("a loaded space saves again, onto itself and elsewhere, with what it did not read", async () => {
    const path = await saved();
    await using closing = await loaded(path);
    await closing.space.save(path);
    const other = join(temporaryFolder(), "other.space");
    await closing.space.save(other);
    for (const folder of [path, other]) {
      await using again = await loaded(folder);
      expect(await content(again.space)).toEqual(await content(sample()));
    }
    expect(readdirSync(path).sort()).toEqual([
      "items-2.parquet",
      "relations-2.parquet",
      "space.json",
      "vectors-2.safetensors",
    ]);
    expect(manifestOf(path).generation).toBe(2);
  });

  test("files of other roles are handed on", async () => {
    const path = await saved();
    writeFileSync(join(path, "state-1.bin"), "state");
    edit(path, ({ files }) => {
      files.state = { name: "state-1.bin", size: 5, sha256: createHash("sha256").update("state").digest("hex") };
    });
    await using closing = await loaded(path);
    await closing.space.save(path);
    expect(readFileSync(join(path, "state-2.bin"), "utf8")).toBe("state");
    await using again = await loaded(path, true);
    expect(again.space.length).toBe(rows);
  });

  test("the same space gives the same bytes (D1)", async () => {
    const [a, b] = [await saved(), await saved()];
    for (const name of readdirSync(a)) expect(readFileSync(join(a, name))).toEqual(readFileSync(join(b, name)));
  });

  test("added items stand behind, the bytes before them are the old ones", async () => {
    const path = await saved();
    const before = readFileSync(join(path, "vectors-1.safetensors"));
    await using closing = await loaded(path);
    await closing.space.add([{ name: "new", vector: [1, 2, 3, 4, 5, 6], columns: { count: 3, label: "x" } }]);
    await closing.space.save(path);
    const after = readFileSync(join(path, "vectors-2.safetensors"));
    const bytes = Buffer.from([...(await sample().vectors()).batches()][0].buffer);
    expect(before.includes(bytes)).toBe(true);
    expect(after.includes(Buffer.concat([bytes, Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)]))).toBe(true);
    await using again = await loaded(path);
    expect(await again.space.vector("new")).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect([...((await again.space.columns()).get("count") ?? [])].at(-1)).toBe(3);
  });

  test("a column set on a loaded space is saved with all that was there before, to the same folder", async () => {
    const path = await saved();
    await using before = await loaded(path);
    const expected = await content(before.space);
    const rank = Float64Array.from({ length: before.space.length }, (_, row) => 1 / (row + 3));
    await before.space.setColumn("rank", rank);
    before.space.setMetric("pageRank", { damping: 0.85 });
    await before.space.save(path);
    await using after = await loaded(path);
    const { columns, info, ...rest } = await content(after.space);
    expect(columns).toEqual([...expected.columns, ["rank", rank]]);
    expect(info.metrics).toEqual({ loss: 0.05, pageRank: { damping: 0.85 } });
    expect(rest).toMatchObject({ names: expected.names, vectors: expected.vectors, tensors: expected.tensors });
  });

  test("a space is saved as it was when the save began, whatever is added meanwhile", async () => {
    const path = join(temporaryFolder(), "s.space");
    const space = sample();
    await space.columns();
    const saving = space.save(path);
    let adding = true;
    saving.finally(() => {
      adding = false;
    });
    for (let k = 0; adding; k++) {
      await space.add([{ name: `added ${k}`, vector: [1, 2, 3, 4, 5, 6] }]);
      await new Promise((resolve) => setImmediate(resolve)); // lets the save go on
    }
    await saving;
    await using closing = await loaded(path, true);
    const { names, vectors } = await content(closing.space);
    expect(vectors[0].length).toBe(names.length * dimensions);
    expect(names.length).toBeLessThan(space.length);
  });

  test("empty spaces are saved and loaded", async () => {
    const path = join(temporaryFolder(), "empty.space");
    await Space.from({ names: [], vectors: new Float32Array(0), dimensions: 3 }).save(path);
    await using closing = await loaded(path, true);
    expect(closing.space.length).toBe(0);
    expect(await closing.space.near([1, 2, 3])).toEqual([]);
  });

  test("a reader keeps its space while new ones take its place", async () => {
    const path = await saved();
    await using old = await loaded(path);
    await sample(1).save(path);
    await sample(2).save(path);
    expect(await content(old.space)).toEqual(await content(sample()));
    await using now = await loaded(path);
    expect(await content(now.space)).toEqual(await content(sample(2)));
  });

  test("close may come twice, at any time of reading, and ends the space", async () => {
    const space = await Space.load(await saved());
    expect(await space.near("1984")).toHaveLength(10);
    await Promise.all([space.close(), space.close()]);
    await expect(space.near("1984")).rejects.toThrow("the space is closed");
    for (const read of [() => {}, (half: Space) => half.names(), (half: Space) => half.vectors()]) {
      const half = await Space.load(await saved());
      const reading = read(half);
      await half.close();
      await reading;
    }
  });

  test("readers that open at any moment of many saves find one of the spaces, whole (C2)", async () => {
    const path = await saved();
    const versions = await Promise.all([0, 1, 2].map(async (shift) => content(sample(shift))));
    let saving = true;
    const writer = (async () => {
      for (let k = 0; k < 15; k++) await sample(k % 3).save(path);
      saving = false;
    })();
    let reads = 0;
    while (saving) {
      await using closing = await loaded(path);
      expect(versions).toContainEqual(await content(closing.space));
      reads++;
    }
    await writer;
    expect(reads).toBeGreaterThan(3);
  });
});

/** A loaded space that closes with its scope. */
async function loaded(path: string, verify = false): Promise<{ space: Space } & AsyncDisposable> {
  const space = await Space.load(path, { verify });
  return { space, [Symbol.asyncDispose]: () => space.close() };
}

describe("a save that does not end well", () => {
  const url = (file: string) => JSON.stringify(pathToFileURL(join(root, "dist", file)).href);

  test("kill -9 at random moments leaves the old space or the new, and the next save cleans up (C1, C2)", async () => {
    const path = join(temporaryFolder(), "s.space");
    // A process that saves one space after the other, each filled with its number, and says when one is there.
    const program = `
      import { Space } from ${url("space/space.js")};
      const names = Array.from({ length: 2000 }, (_, row) => "n" + row);
      for (let k = 1; ; k++) {
        const vectors = new Float32Array(2000 * 50).fill(k);
        await Space.from({ names, vectors, seed: k }).save(${JSON.stringify(path)});
        console.log(k);
      }`;
    const rng = new Rng(11);
    for (let kill = 0; kill < 20; kill++) {
      const done = await killedDuringSaves(program, 1 + rng.below(3), rng.below(25));
      await using closing = await loaded(path, true);
      const { space } = closing;
      expect([done, done + 1]).toContain(space.seed);
      for (const batch of (await space.vectors()).batches())
        expect(batch.every((value) => value === space.seed)).toBe(true);
    }
    await sample().save(path);
    const generation = manifestOf(path).generation;
    expect(readdirSync(path).sort()).toEqual([
      `items-${generation}.parquet`,
      `relations-${generation}.parquet`,
      "space.json",
      `vectors-${generation}.safetensors`,
    ]);
  });

  /** Lets the program make some saves, waits a little and kills it; returns the number of the last save it told of. */
  async function killedDuringSaves(program: string, saves: number, milliseconds: number): Promise<number> {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let done = 0;
    return new Promise((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        const before = done;
        done = Number(text.trim().split("\n").at(-1));
        if (before < saves && done >= saves) setTimeout(() => child.kill("SIGKILL"), milliseconds);
      });
      child.on("close", () => resolve(done));
    });
  }

  test("a disk that fails at any call leaves the old space or the new, and no leftovers (C5)", async () => {
    const path = await saved();
    const [before, after] = await Promise.all([content(sample()), content(sample(1))]);
    const codes = ["ENOSPC", "EIO", "EACCES"];
    let failures = 0;
    for (let call = 1; ; call++) {
      const { reached, error } = await withFailingCall(call, codes[call % 3], () => sample(1).save(path));
      const closing = await loaded(path, true);
      const found = await content(closing.space);
      await closing.space.close();
      if (!reached) {
        expect(found).toEqual(after);
        break;
      }
      expect([before, after]).toContainEqual(found);
      if (error !== undefined) {
        failures++;
        expect(readdirSync(path)).toHaveLength(4);
        expect(error).toMatchObject({ name: expect.stringMatching(/^(FileError|ResourceError)$/) });
        expect(error.message).toContain(path);
      } else {
        expect(found).toEqual(after); // a failure that does not matter, such as that to clean up
      }
      await sample().save(path);
    }
    expect(failures).toBeGreaterThan(12);
  });

  /** Makes one call to the file system fail, the `call`th from now; `reached` says whether it came to that. */
  async function withFailingCall(
    call: number,
    code: string,
    work: () => Promise<void>,
  ): Promise<{ reached: boolean; error?: Error }> {
    let left = call;
    const failing = <A extends unknown[], R>(name: string, original: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        left--;
        if (left === 0) throw Object.assign(new Error(`${name} fails`), { code });
        return original(...args);
      };
    };
    const { create, rename, list, makeFolder, syncFolder, remove } = files;
    const original = { create, rename, list, makeFolder, syncFolder, remove };
    Object.assign(files, {
      create: failing("create", async (path: string, mode?: number) => {
        const file = await create(path, mode);
        return { ...file, write: failing("write", file.write), sync: failing("sync", file.sync) };
      }),
      rename: failing("rename", rename),
      list: failing("list", list),
      makeFolder: failing("makeFolder", makeFolder),
      syncFolder: failing("syncFolder", syncFolder),
      remove: failing("remove", remove),
    });
    try {
      await work();
      return { reached: left <= 0 };
    } catch (error) {
      return { reached: left <= 0, error: error as Error };
    } finally {
      Object.assign(files, original);
    }
  }

  test("an abort leaves the old space and no leftovers", async () => {
    const path = await saved();
    const names = readdirSync(path);
    await expect(sample(1).save(path, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    expect(readdirSync(path)).toEqual(names);
    await opened(path);
  });

  test("two processes do not save at once; marks of dead processes do not count", async () => {
    const path = await saved();
    writeFileSync(join(path, "1.saving"), ""); // process 1 always runs
    await expect(sample().save(path)).rejects.toThrow("process 1 is saving this space");
    rmSync(join(path, "1.saving"));
    writeFileSync(join(path, "4194000.saving"), "");
    writeFileSync(join(path, `${process.pid}.saving`), ""); // of an earlier process with our number
    writeFileSync(join(path, "vectors-2.safetensors.4194000-3.tmp"), "half");
    writeFileSync(join(path, "items-9.parquet"), "stray");
    await sample().save(path);
    expect(readdirSync(path).sort()).toEqual([
      "items-2.parquet",
      "relations-2.parquet",
      "space.json",
      "vectors-2.safetensors",
    ]);
    const both = await Promise.allSettled([sample().save(path), sample().save(path)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("a folder with other things is not taken over", async () => {
    const path = temporaryFolder();
    writeFileSync(join(path, "thesis.txt"), "years of work");
    await expect(sample().save(path)).rejects.toThrow('this one holds "thesis.txt"');
    await expect(sample().save(join(path, "thesis.txt"))).rejects.toThrow(/thesis\.txt: /);
    expect(readdirSync(path)).toEqual(["thesis.txt"]);
  });
});

describe("a hostile folder", () => {
  test("opening reads little, whatever the size", async () => {
    const path = await saved();
    // A process opens the space and exits; nothing but space.json and the header of the vectors was read.
    const { stdout, code } = await runModule(`
      import { files } from "#platform";
      let bytes = 0;
      const open = files.open;
      files.open = async (path) => {
        const file = await open(path);
        return { ...file, read: async (into, position) => { const got = await file.read(into, position); bytes += got; return got; } };
      };
      const { Space } = await import(${JSON.stringify(pathToFileURL(join(root, "dist/space/space.js")).href)});
      await Space.load(${JSON.stringify(path)});
      console.log(bytes);`);
    expect(code).toBe(0);
    expect(Number(stdout)).toBeLessThan(statSync(join(path, "space.json")).size + 1000);
  });

  test.each<[string, (path: string) => void, string]>([
    [
      "a name that leaves the folder",
      (path) => edit(path, ({ files }) => (files.items.name = "../items-1.parquet")),
      "in the same folder",
    ],
    ["an absolute name", (path) => edit(path, ({ files }) => (files.items.name = "/etc/passwd")), "in the same folder"],
    [
      "a name with a backslash",
      (path) => edit(path, ({ files }) => (files.items.name = "..\\items-1.parquet")),
      "in the same folder",
    ],
    [
      "the name of another role",
      (path) => edit(path, ({ files }) => (files.items.name = "vectors-1.safetensors")),
      "in the same folder",
    ],
    ["a missing file", (path) => rmSync(join(path, "items-1.parquet")), "is missing"],
    [
      "a folder for a file",
      (path) => {
        rmSync(join(path, "items-1.parquet"));
        mkdirSync(join(path, "items-1.parquet"));
      },
      "is no file",
    ],
    ["a shorter file", (path) => truncateSync(join(path, "vectors-1.safetensors"), 100), "100 bytes, space.json says"],
    ["a longer file", (path) => writeFileSync(join(path, "items-1.parquet"), "x", { flag: "a" }), "space.json says"],
    ["a link for a file", (path) => linked(path, "items-1.parquet"), "a symbolic link"],
    ["a link for space.json", (path) => linked(path, "space.json"), "a symbolic link"],
    [
      "more items than there are",
      (path) => edit(path, (document) => (document.items = 1e9)),
      "vectors is [40, 6], space.json says [1000000000, 6]",
    ],
    ["2^53 items", (path) => edit(path, (document) => (document.items = 2 ** 53)), "items must be an integer"],
    ["0 dimensions", (path) => edit(path, (document) => (document.dimensions = 0)), "dimensions must be an integer"],
    ["a newer version", (path) => edit(path, (document) => (document.version = 2)), "a newer thing2vec opens it"],
    ["another format", (path) => edit(path, (document) => (document.format = "x")), "format must be"],
    [
      "an unknown geometry",
      (path) => edit(path, (document) => (document.geometry = "flat")),
      "geometry must be one of euclidean, cosine",
    ],
    ["an unknown field", (path) => edit(path, (document) => (document.extra = 1)), 'no field "extra"'],
    ["a missing field", (path) => edit(path, (document) => delete document.kind), "kind is missing"],
    [
      "a direction of another width",
      (path) => edit(path, (document) => ((document.directions as Record<string, JsonObject>).age.vector = [1])),
      "vector must be 6 numbers",
    ],
    ["no vectors", (path) => edit(path, ({ files }) => delete files.vectors), "files.vectors is missing"],
    ["a key that stands twice", (path) => replace(path, '"kind"', '"seed": 1, "kind"'), "stands twice"],
    ["__proto__", (path) => replace(path, '"xMax"', '"__proto__": {}, "xMax"'), "__proto__"],
    ["no JSON", (path) => writeFileSync(join(path, "space.json"), "{"), "expected a key"],
    ["an empty space.json", (path) => writeFileSync(join(path, "space.json"), ""), "a value was needed"],
    [
      "JSON 100,000 deep",
      (path) => writeFileSync(join(path, "space.json"), "[".repeat(1e5)),
      "nested more than 64 deep",
    ],
    [
      "text that is no UTF-8",
      (path) => writeFileSync(join(path, "space.json"), Buffer.of(0xff, 0xfe)),
      "not valid UTF-8",
    ],
  ])("%s is refused (H13)", async (_, damage, message) => {
    const path = await saved();
    damage(path);
    const error = await opened(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).toContain(path);
  });

  test("no folder, or one without space.json, is an error that names it", async () => {
    const folder = temporaryFolder();
    await expect(Space.load(join(folder, "none"))).rejects.toThrow("space.json: no such file or folder");
    await expect(Space.load(folder)).rejects.toThrow("no such file or folder");
  });

  test("a changed byte is found: in the items when they are read, anywhere by verify", async () => {
    for (const name of ["items-1.parquet", "vectors-1.safetensors"]) {
      const path = await saved();
      const file = join(path, name);
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1] ^= 1;
      writeFileSync(file, bytes);
      await expect(Space.load(path, { verify: true })).rejects.toMatchObject({ name: "FormatError", code: "checksum" });
      if (name.startsWith("items")) await expect(opened(path)).rejects.toMatchObject({ code: "checksum" });
    }
  });

  test("vectors that are not finite are refused with their row", async () => {
    const path = await saved();
    const file = join(path, "vectors-1.safetensors");
    const bytes = readFileSync(file);
    const header = 8 + Number(bytes.readBigUInt64LE(0));
    const { vectors } = JSON.parse(bytes.toString("utf8", 8, header));
    bytes.writeFloatLE(Number.NaN, header + vectors.data_offsets[0] + 4 * (3 * dimensions + 2));
    writeFileSync(file, bytes);
    await expect(opened(path)).rejects.toThrow("number 2 of row 3 is not finite");
  });

  test("items that share a name, or have none, are refused", async () => {
    const { writeParquet } = await import("../../dist/formats/parquet.js");
    for (const column of [Array(rows).fill("a"), Array(rows).fill(null), Float64Array.from({ length: rows })]) {
      const path = await saved();
      const file = join(path, "items-1.parquet");
      await writeParquet(file, { rows, columns: new Map([["name", column]]) });
      edit(path, ({ files }) => Object.assign(files.items, entryOf(file)));
      await expect(opened(path)).rejects.toBeInstanceOf(FormatError);
    }
  });

  test.each([
    ["space.json", 1],
    ["items-1.parquet", 2],
    ["vectors-1.safetensors", 3],
  ])("a mutated %s opens or is refused with FormatError (F1, F2, F4)", async (name, seed) => {
    const path = await saved();
    const file = join(path, name);
    const read = async (bytes: Uint8Array) => {
      writeFileSync(file, bytes);
      // With a matching entry, so that the readers behind it meet the damage.
      if (name !== "space.json") edit(path, ({ files }) => Object.assign(files[name.split("-")[0]], entryOf(file)));
      await opened(path);
    };
    await fuzz([new Uint8Array(readFileSync(file))], read, { inputs: name === "space.json" ? 400 : 150, seed });
  });
});

/** What space.json says of a file. */
function entryOf(file: string): { size: number; sha256: string } {
  return { size: statSync(file).size, sha256: createHash("sha256").update(readFileSync(file)).digest("hex") };
}

function linked(path: string, name: string): void {
  const elsewhere = join(temporaryFolder(), name);
  renameSync(join(path, name), elsewhere);
  symlinkSync(elsewhere, join(path, name));
}

function replace(path: string, text: string, by: string): void {
  const file = join(path, "space.json");
  writeFileSync(file, readFileSync(file, "utf8").replace(text, by));
}
