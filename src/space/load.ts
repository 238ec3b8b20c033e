import { readParquet } from "../formats/parquet.js";
import { readSafetensorsHeader, readTensor, requireTensor, type TensorInfo } from "../formats/safetensors.js";
import type { Column, Table } from "../formats/table.js";
import { FormatError } from "../io/errors.js";
import { Names } from "../io/names.js";
import type { Source } from "../io/source.js";
import type { KeptRelations, OpaqueFile, SpaceContents, Tensor } from "./contents.js";
import { Film, filmRole } from "./film.js";
import { openFolder, verifyFile, verifyFolder } from "./folder.js";
import type { Manifest } from "./manifest.js";
import { type Relations, readRelations } from "./relations.js";
import { sheetRole, sheetsOf, Thumbnails } from "./thumbnails.js";
import { Vectors } from "./vectors.js";

/** Bytes of a tensor that are read at once. */
const pieceBytes = 2 ** 22;

/** Spaces that are dropped without `close` give their files back. */
const forgotten = new FinalizationRegistry<() => Promise<void>>((close) => {
  close().catch(() => undefined);
});

/**
 * The contents of a saved space. `space.json` and the header of the vectors are read and checked at once; names, columns
 * and vectors when they are first asked for. Throws FormatError or FileError, also later.
 */
export async function contentsOf(path: string): Promise<SpaceContents> {
  const folder = await openFolder(path);
  const { manifest, sources } = folder;
  try {
    const itemsSource = sourceOf(sources, "items");
    const vectorsSource = sourceOf(sources, "vectors");
    const header = await readSafetensorsHeader(vectorsSource);
    const info = requireTensor(vectorsSource.name, header, "vectors", "F32", 2);
    if (info.shape[0] !== manifest.items || info.shape[1] !== manifest.dimensions) {
      const message = `vectors is [${info.shape.join(", ")}], space.json says [${manifest.items}, ${manifest.dimensions}]`;
      throw new FormatError("header", { file: vectorsSource.name }, message);
    }
    const tensors = new Map<string, Tensor>();
    for (const { name, shape } of header.tensors.values()) {
      if (name === "vectors") continue;
      tensors.set(
        name,
        storedTensor(vectorsSource, requireTensor(vectorsSource.name, header, name, "F32", shape.length)),
      );
    }
    const otherFiles = new Map<string, OpaqueFile>();
    for (const [role, { name }] of manifest.files) {
      if (role === "items" || role === "vectors") continue;
      const source = sourceOf(sources, role);
      const verify = () => verifyFile(path, manifest.files.get(role), source);
      otherFiles.set(role, { extension: name.slice(name.lastIndexOf(".") + 1), source, verify });
    }
    const relationsFile = otherFiles.get("relations");
    otherFiles.delete("relations");
    const layout = manifest.thumbnails;
    const sheets = Array.from({ length: layout === null ? 0 : sheetsOf(layout) }, (_, k) => {
      const file = otherFiles.get(sheetRole(k));
      if (file === undefined) throw new Error("internal: the manifest was accepted without a sheet of pictures");
      otherFiles.delete(sheetRole(k));
      return file;
    });
    const filmFile = otherFiles.get(filmRole);
    otherFiles.delete(filmRole);
    let vectors: Promise<Vectors> | undefined;
    /** What has been begun, and must end before the files are closed. */
    const begun: Promise<unknown>[] = [];
    const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
      let result: Promise<T> | undefined;
      return () => {
        if (result === undefined) {
          result = work();
          begun.push(result);
        }
        return result;
      };
    };
    const verified = once(() => verifyFile(path, manifest.files.get("items"), itemsSource));
    const names = once(() => verified().then(() => readNames(itemsSource, manifest.items)));
    const columns = once(() => verified().then(() => readColumns(itemsSource, manifest.items)));
    const contents: SpaceContents = {
      info: manifest,
      items: manifest.items,
      dimensions: manifest.dimensions,
      names,
      columns,
      vectors: () => {
        vectors ??= readVectors(vectorsSource, info);
        return vectors;
      },
      tensors,
      thumbnails: layout === null ? null : Thumbnails.inFiles(layout, sheets),
      film: filmFile === undefined || manifest.film === null ? null : Film.inFile(manifest.film, filmFile),
      relations: relationsFile === undefined ? null : keptOnDisk(relationsFile, manifest),
      otherFiles,
      verify: (signal) => verifyFolder(folder, signal),
      close: async () => {
        await Promise.allSettled(begun);
        const present = await vectors?.catch(() => undefined);
        await present?.whenIdle(() => present.close());
        await folder.close();
      },
    };
    forgotten.register(contents, folder.close);
    return contents;
  } catch (error) {
    await folder.close();
    throw error;
  }
}

function sourceOf(sources: ReadonlyMap<string, Source>, role: string): Source {
  const source = sources.get(role);
  if (source === undefined) throw new Error(`internal: the manifest was accepted without ${role}`);
  return source;
}

/** Relations that are read when first asked for. */
function keptOnDisk(file: OpaqueFile, { directed, items }: Manifest): KeptRelations {
  const isDirected = directed === true; // the manifest was refused if it did not say
  let relations: Promise<Relations> | undefined;
  const read = () => {
    relations ??= file.verify().then(() => readRelations(file.source, isDirected, items));
    return relations;
  };
  return { directed: isDirected, read, file };
}

/** The names alone: a map needs the columns only, and names take the longest. */
async function readNames(source: Source, items: number): Promise<Names> {
  const { columns } = await readTable(source, items, (name) => name === "name");
  const file = source.name;
  const column = columns.get("name");
  if (!Array.isArray(column) || !column.every((value) => typeof value === "string")) {
    throw new FormatError("fields", { file }, "a column name that holds text in every row was needed");
  }
  try {
    return Names.from(column, "names");
  } catch (error) {
    throw new FormatError("duplicate", { file }, error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

async function readColumns(source: Source, items: number): Promise<Map<string, Column>> {
  return new Map((await readTable(source, items, (name) => name !== "name")).columns);
}

async function readTable(source: Source, items: number, wanted: (name: string) => boolean): Promise<Table> {
  const table = await readParquet(source, wanted);
  if (table.rows === items) return table;
  throw new FormatError("header", { file: source.name }, `${table.rows} rows, space.json says ${items}`);
}

async function readVectors(source: Source, tensor: TensorInfo): Promise<Vectors> {
  const [rows, dimensions] = tensor.shape;
  const vectors = Vectors.create(dimensions, { rows });
  await vectors.load(rows, async (into, position) => {
    const got = await source.read(into, tensor.offset + position);
    if (got < into.length) throw shortened(source, tensor.offset + position + got);
    const numbers = new Float32Array(into.buffer, into.byteOffset, into.byteLength / 4);
    if (!allFinite(numbers)) {
      const at = position / 4 + numbers.findIndex((value) => !Number.isFinite(value));
      const message = `number ${at % dimensions} of row ${Math.floor(at / dimensions)} is not finite`;
      throw new FormatError("number", { file: source.name, offset: tensor.offset + 4 * at }, message);
    }
  });
  return vectors;
}

/** Four sums, so that no addition waits for the one before: this runs at the speed of memory. */
function allFinite(numbers: Float32Array): boolean {
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  const whole = numbers.length - (numbers.length % 4);
  for (let i = 0; i < whole; i += 4) {
    sum0 += numbers[i] * 0;
    sum1 += numbers[i + 1] * 0;
    sum2 += numbers[i + 2] * 0;
    sum3 += numbers[i + 3] * 0;
  }
  for (let i = whole; i < numbers.length; i++) sum0 += numbers[i] * 0;
  return sum0 + sum1 + sum2 + sum3 === 0; // NaN and infinities times 0 are NaN
}

function storedTensor(source: Source, tensor: TensorInfo & { dtype: "F32" }): Tensor {
  return {
    shape: tensor.shape,
    async read() {
      const numbers = new Float32Array(tensor.bytes / 4);
      await readTensor(source, tensor, 0, numbers);
      return numbers;
    },
    async *pieces() {
      for (let at = 0; at < tensor.bytes; at += pieceBytes) {
        const piece = new Uint8Array(Math.min(pieceBytes, tensor.bytes - at));
        const got = await source.read(piece, tensor.offset + at);
        if (got < piece.length) throw shortened(source, tensor.offset + at + got);
        yield piece;
      }
    },
  };
}

function shortened(source: Source, offset: number): FormatError {
  return new FormatError("truncated", { file: source.name, offset }, "the file became shorter while it was read");
}
