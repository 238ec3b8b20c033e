import { FormatError } from "../io/errors.js";
import { integerOption } from "../io/options.js";
import type { ByteStream } from "../io/source.js";
import { mostDimensions, type ReadOptions, ReadPolicy } from "./read-options.js";
import { countFields, parseCounts, TextLines, textBatches } from "./text-rows.js";
import { TextWriter } from "./text-writer.js";
import type { VectorRows } from "./vector-rows.js";
import { putTextRows } from "./word2vec-text.js";

/** Lines that are looked at to find the number of dimensions. */
const sampledLines = 100;

export interface GloveOptions extends ReadOptions {
  /** Numbers in a row; found from the first lines where it is not given. */
  dimensions?: number;
}

/**
 * GloVe text (https://nlp.stanford.edu/projects/glove/): a line `name number ... number` for every row, and no header.
 */
export async function readGlove(stream: ByteStream, options: GloveOptions = {}): Promise<VectorRows> {
  const policy = new ReadPolicy("readGlove", options, ["dimensions"]);
  const given = options.dimensions;
  if (given !== undefined) integerOption("readGlove", "dimensions", given, 1, mostDimensions);
  const lines = await TextLines.open(stream);
  try {
    const dimensions = given ?? findDimensions(lines);
    return {
      name: stream.name,
      dimensions,
      batches: () => textBatches(lines, { dimensions, policy, headerLines: 0 }),
      close: () => lines.close(),
    };
  } catch (error) {
    await lines.close();
    throw error;
  }
}

/**
 * The commonest number of trailing numbers over the first lines, the larger of two that are equally common. A name that
 * is or ends in a number lengthens the row's run of numbers, so that single lines may mislead; too small a result would
 * take numbers for names, too large a one is an error with its line.
 */
function findDimensions(lines: TextLines): number {
  const votes = new Map<number, number>();
  for (const line of lines.head(sampledLines)) {
    if (line.start === line.end) continue;
    const { fields, trailingNumbers } = countFields(line);
    const dimensions = Math.min(trailingNumbers, startsWithSeparator(line) ? fields : fields - 1);
    votes.set(dimensions, (votes.get(dimensions) ?? 0) + 1);
  }
  let best = 0;
  for (const [dimensions, count] of votes) {
    const bestCount = votes.get(best) ?? 0;
    if (count > bestCount || (count === bestCount && dimensions > best)) best = dimensions;
  }
  const place = { file: lines.name, line: 1 };
  if (best === 0) {
    throw new FormatError("fields", place, "expected rows of a name and numbers, such as: the 0.418 0.24968 -0.41242");
  }
  if (best > mostDimensions) {
    throw new FormatError("limit", place, `rows of ${best} numbers, at most ${mostDimensions} are read`);
  }
  return best;
}

/** An empty name: all fields are numbers. */
function startsWithSeparator({ bytes, start }: { bytes: Uint8Array; start: number }): boolean {
  return bytes[start] === 0x20 || bytes[start] === 9;
}

/**
 * How text begins. Two integers in the first line may be word2vec's header or GloVe's first row (a number as its name,
 * one dimension); the second line tells.
 */
export type TextStart = "row" | "header and row" | "header alone" | "header-like row";

export function textStart(lines: TextLines): TextStart {
  let dimensions: number | undefined;
  for (const line of lines.head(2)) {
    if (dimensions === undefined) {
      dimensions = parseCounts(line)?.dimensions;
      if (dimensions === undefined) return "row";
    } else {
      const { fields, trailingNumbers } = countFields(line);
      if (fields === 0) return "header alone";
      const isRow = trailingNumbers >= dimensions && (fields > dimensions || startsWithSeparator(line));
      return isRow ? "header and row" : "header-like row";
    }
  }
  return "header alone";
}

/** Writes GloVe text, atomically. Returns the number of rows. */
export async function writeGlove(path: string, rows: VectorRows): Promise<number> {
  const writer = await TextWriter.create(path);
  try {
    const count = await putTextRows(writer, withMarkedFirstName(rows, writer), "writeGlove");
    await writer.commit();
    return count;
  } finally {
    await writer.discard();
  }
}

/** A first name that begins with U+FEFF is read back only where a byte order mark stands before it. */
function withMarkedFirstName(rows: VectorRows, writer: TextWriter): VectorRows {
  return {
    ...rows,
    async *batches() {
      let first = true;
      for await (const batch of rows.batches()) {
        if (first && batch.names[0]?.startsWith("\ufeff")) writer.put("\ufeff");
        if (batch.names.length > 0) first = false;
        yield batch;
      }
    },
  };
}
