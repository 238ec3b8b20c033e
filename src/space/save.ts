import { writeParquet } from "../formats/parquet.js";
import { type TensorOut, writeSafetensors } from "../formats/safetensors.js";
import type { Column } from "../formats/table.js";
import { createAtomic } from "../io/atomic.js";
import { pieces } from "../io/source.js";
import type { OpaqueFile, SpaceContents } from "./contents.js";
import { filmRole } from "./film.js";
import { type FolderPart, saveFolder } from "./folder.js";
import type { HnswIndex } from "./hnsw/hnsw-index.js";
import { writeRelations } from "./relations.js";
import { indexRole } from "./space-index.js";
import { sheetRole } from "./thumbnails.js";

/**
 * Saves a space to a folder as it is now, whatever is added while it is written; see `saveFolder`. An index is written where
 * one is given, dropped where it is null, and else handed on with the other files.
 */
export async function saveContents(
  contents: SpaceContents,
  path: string,
  index: HnswIndex | null | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const names = await contents.names();
  const columns = await contents.columns();
  const vectors = await contents.vectors();
  const rows = names.length;
  const table = new Map<string, Column>([["name", [...names]], ...columns]);
  const parts = new Map<string, FolderPart>();
  parts.set("items", { extension: "parquet", write: (file) => writeParquet(file, { rows, columns: table }) });
  parts.set("vectors", {
    extension: "safetensors",
    write: (file) => {
      const own: TensorOut = {
        name: "vectors",
        dtype: "F32",
        shape: [rows, vectors.dimensions],
        data: () => stoppable(asBytes(vectors.batches(0, rows)), signal),
      };
      const others = [...contents.tensors].map(([name, { shape, pieces }]): TensorOut => {
        return { name, dtype: "F32", shape: [...shape], data: () => stoppable(pieces(), signal) };
      });
      return writeSafetensors(file, [own, ...others]);
    },
  });
  const { relations } = contents;
  if (relations !== null) {
    const { file: kept, read } = relations;
    const write = async (file: string) => (kept ? copy(kept, file, signal) : writeRelations(file, await read()));
    parts.set("relations", { extension: "parquet", write });
  }
  for (const [role, opaque] of contents.otherFiles) {
    if (role !== indexRole || index === undefined) {
      parts.set(role, { extension: opaque.extension, write: (file) => copy(opaque, file, signal) });
    }
  }
  const { thumbnails, film } = contents;
  for (const [k, { extension, file }] of thumbnails?.toSave().entries() ?? []) {
    parts.set(sheetRole(k), { extension, write: async (path) => copy(await file(), path, signal) });
  }
  if (film !== null) {
    const write = async (path: string) => (film.file ? copy(film.file, path, signal) : film.write(path));
    parts.set(filmRole, { extension: "safetensors", write });
  }
  if (index) parts.set(indexRole, { extension: "safetensors", write: (file) => index.write(file) });
  // Written out, since the info of a loaded space is its whole manifest.
  const { kind, geometry, method, options, seed, threads, fast, fingerprint, metrics, directions } = contents.info;
  const directed = relations?.directed ?? null;
  const made = { kind, geometry, method, options, seed, threads, fast, fingerprint, metrics, directions };
  const info = { ...made, directed, thumbnails: thumbnails?.layout ?? null, film: film?.layout ?? null };
  await saveFolder(path, { ...info, items: rows, dimensions: vectors.dimensions }, parts, signal);
}

function* asBytes(batches: Iterable<Float32Array>): Generator<Uint8Array> {
  for (const { buffer, byteOffset, byteLength } of batches) yield new Uint8Array(buffer, byteOffset, byteLength);
}

async function* stoppable(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    signal?.throwIfAborted();
    yield piece;
  }
}

/** Copies a file that has not been damaged: its copy gets a checksum of its own. */
async function copy({ source, verify }: OpaqueFile, path: string, signal?: AbortSignal): Promise<void> {
  await verify();
  const file = await createAtomic(path);
  try {
    for await (const piece of stoppable(pieces(source), signal)) await file.write(piece);
    await file.commit();
  } finally {
    await file.discard();
  }
}
