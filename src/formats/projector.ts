import type { ByteStream } from "../io/source.js";
import { BatchBuilder } from "./batch.js";
import { NameReader, NameWriter } from "./names.js";
import { mostDimensions, type ReadOptions, ReadPolicy } from "./read-options.js";
import { countFields, RowParser, TextLines } from "./text-rows.js";
import { longestRow, TextWriter } from "./text-writer.js";
import type { VectorBatch, VectorRows } from "./vector-rows.js";
import { checkFinite, checkNotEmpty } from "./write-checks.js";

/**
 * The pair of files that TensorFlow's Embedding Projector loads (https://projector.tensorflow.org): vectors.tsv, numbers
 * separated by tabs, no header; metadata.tsv, a line for each vector, whose header exists only where there is more than
 * one column.
 */
export async function readProjector(
  vectors: ByteStream,
  metadata: ByteStream,
  options: ReadOptions = {},
): Promise<VectorRows> {
  const policy = new ReadPolicy("readProjector", options);
  const lines = await TextLines.open(vectors);
  const names = new NameReader(metadata, policy, true);
  const close = async () => {
    await lines.close();
    await names.close();
  };
  const [first] = lines.head(1);
  const { fields, trailingNumbers } = countFields(first);
  if (fields === 0 || fields > mostDimensions || trailingNumbers < fields) {
    await close();
    if (fields > mostDimensions) {
      throw first.error("limit", first.start, `rows of ${fields} numbers, at most ${mostDimensions} are read`);
    }
    throw first.error(
      "number",
      first.start,
      "expected a line of numbers separated by tabs, without a name or a header",
    );
  }
  return {
    name: vectors.name,
    dimensions: fields,
    batches: () => projectorBatches(lines, names, fields, policy),
    close,
  };
}

async function* projectorBatches(
  lines: TextLines,
  names: NameReader,
  dimensions: number,
  policy: ReadPolicy,
): AsyncGenerator<VectorBatch> {
  const builder = new BatchBuilder(dimensions, lines.mostRows(dimensions));
  const parser = new RowParser(dimensions, false);
  let left = policy.limit;
  let blank = false;
  try {
    for await (const block of lines.blocks()) {
      while (left > 0 && block.next()) {
        if (block.start === block.end) {
          blank = true;
          continue;
        }
        if (blank) throw block.error("fields", block.start, "a row after an empty line");
        const { offset } = builder;
        parser.parse(block, builder.vectors, offset);
        const [name] = await names.take(1);
        const place = (i: number) => block.place(parser.starts[i]);
        if (name === null || !policy.keepsNumbers(builder.vectors, offset, offset + dimensions, name, place)) continue;
        builder.add(name);
        left--;
        if (builder.full) yield builder.take();
      }
      if (left === 0) break;
    }
    if (left > 0) await names.expectEnd();
    if (!builder.empty) yield builder.take();
    policy.finish(lines.name);
  } finally {
    await lines.close();
    await names.close();
  }
}

/** The metadata file that belongs to a file of vectors: `vectors` or `tensor` in its name becomes `metadata`. */
export function metadataPath(vectorsPath: string): string {
  const cut = Math.max(vectorsPath.lastIndexOf("/"), vectorsPath.lastIndexOf("\\")) + 1;
  const [folder, name] = [vectorsPath.slice(0, cut), vectorsPath.slice(cut)];
  const paired = name.replace(/vectors?|tensors?/i, "metadata");
  if (paired !== name) return folder + paired;
  return `${folder}${name.replace(/\.tsv$/i, "")}.metadata.tsv`;
}

/** Writes the pair, names as a single column; each file is atomic, the metadata first. Returns the number of rows. */
export async function writeProjector(
  path: string,
  rows: VectorRows,
  { metadata = metadataPath(path) }: { metadata?: string } = {},
): Promise<number> {
  const { dimensions } = rows;
  const writer = await TextWriter.create(path);
  let names: NameWriter | undefined;
  try {
    names = await NameWriter.create(metadata, true);
    let count = 0;
    for await (const batch of rows.batches()) {
      await names.put(batch.names);
      for (const [i, name] of batch.names.entries()) {
        const [start, end] = [i * dimensions, (i + 1) * dimensions];
        checkFinite(`writeProjector: ${path}`, name, batch.vectors, start, end);
        await writer.reserve(longestRow("", dimensions));
        writer.putNumbers(batch.vectors, start, end, 0x09);
        writer.putByte(0x0a);
      }
      count += batch.names.length;
    }
    checkNotEmpty(rows, count);
    await names.commit();
    await writer.commit();
    return count;
  } finally {
    await names?.discard();
    await writer.discard();
  }
}
