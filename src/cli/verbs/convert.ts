import { type Command, Option } from "commander";
import type { VectorRows } from "../../formats/vector-rows.js";
import type { OpenVectorsOptions, VectorFormat } from "../../formats/vectors.js";
import type { DuplicatePolicy } from "../../space/load-rows.js";
import type { Space } from "../../space/space.js";
import { UsageError, writing } from "../exit-codes.js";
import { number, verb } from "../flags.js";
import { commandText, count, shown } from "../output.js";
import type { Perform, Shell } from "../shell.js";

interface ConvertFlags {
  from?: VectorFormat;
  to?: VectorFormat | "space";
  duplicates?: DuplicatePolicy;
  nonfinite?: "error" | "drop" | "zero";
  encodingErrors?: "error" | "replace" | "skip";
  limit?: number;
  names?: string;
  outputNames?: string;
}

/** Written out, since help comes without the library; a test holds it equal to the library's list. */
export const formatChoices = ["word2vec-text", "word2vec-binary", "glove", "npy", "safetensors", "projector"];

export function convertVerb(perform: Perform): Command {
  return verb(
    "convert",
    "keep",
    "between spaces and files of vectors",
    "Converts vectors as a stream, in little memory. The format of A is found by its content, that of B by its name: .space, " +
      ".bin (word2vec), .vec or .txt (word2vec text), glove*.txt, .npy, .safetensors, .tsv (projector). What B was is replaced.",
    [
      ["convert GoogleNews-vectors.bin news.space", "word2vec's binary format becomes a space"],
      ["convert words.space vectors.bin", "for programs that read word2vec's format"],
      ["convert glove.6B.100d.txt - --to word2vec-text --limit 1000 | less", "to standard output"],
    ],
  )
    .argument("<a>", "a file, a space, or -")
    .argument("<b>", "a file, a space (NAME.space), or -")
    .addOption(new Option("--from <format>", "format of A (default: by its content)").choices(formatChoices))
    .addOption(new Option("--to <format>", "format of B (default: by its name)").choices([...formatChoices, "space"]))
    .addOption(
      new Option(
        "--duplicates <policy>",
        "a name that stands twice (default first; last and mean hold all in memory)",
      ).choices(["error", "first", "last", "mean"]),
    )
    .addOption(
      new Option("--nonfinite <policy>", "NaN and infinite numbers (default error)").choices(["error", "drop", "zero"]),
    )
    .addOption(
      new Option("--encoding-errors <policy>", "names that are no UTF-8 (default error)").choices([
        "error",
        "replace",
        "skip",
      ]),
    )
    .option("--limit <integer>", "only the first rows (default all)", number)
    .option("--names <file>", "names of A's rows, for npy and projector")
    .option("--output-names <file>", "where to put the names, for npy and projector")
    .action(
      perform(async (shell, flags: ConvertFlags, from: string, to: string) => {
        const target = flags.to ?? (await formatOf(to));
        if (to === "-" && (target === "space" || target === "projector")) {
          throw new UsageError(`convert: standard output takes a single file, ${target} is several`);
        }
        const { output, signal } = shell;
        const inMemory = flags.duplicates === "last" || flags.duplicates === "mean";
        const source = await open(from, flags, inMemory || target === "space", shell);
        const { dimensions, count: rowCount } = source.rows;
        const rowsText = rowCount === undefined ? "" : `, ${count(rowCount)} rows`;
        output.note(`from    ${placeText(from, "input")}: ${source.format}, ${dimensions} dimensions${rowsText}`);
        output.note(`to      ${placeText(to, "output")}: ${target}`);
        const written =
          target === "space"
            ? await saveSpace(to, source.space ?? (await collect(source.rows, flags, shell)), signal)
            : await writeRows(
                to,
                target,
                inMemory ? await rowsOfSpace(from, await collect(source.rows, flags, shell)) : source.rows,
                flags.outputNames,
                shell,
              );
        if (to !== "-") output.result({ from, to, format: target, rows: written, dimensions }, () => "");
        output.note(`wrote   ${count(written)} rows`);
        if (target === "space") output.note(`\nnext\n  ${commandText("info", [to])}`);
      }),
    );
}

function placeText(path: string, stream: string): string {
  return path === "-" ? `standard ${stream}` : shown(path);
}

/** The format that the name of the result asks for. */
async function formatOf(path: string): Promise<VectorFormat | "space"> {
  if (/\.space\/*$/.test(path)) return "space";
  const { formatByName } = await import("../../formats/vectors.js");
  const format = formatByName(path);
  if (format !== undefined) return format;
  const where = path === "-" ? "standard output has no name that tells" : `the name ${shown(path)} does not tell`;
  throw new UsageError(`convert: ${where} the format: give --to ${[...formatChoices, "space"].join(", ")}`);
}

interface OpenSource {
  format: string;
  rows: VectorRows;
  /** Where a whole space is read. */
  space?: Space;
}

/** Opens what is to be converted; `keepDuplicates` hands repeated names on, for a receiver that settles them. */
async function open(path: string, flags: ConvertFlags, keepDuplicates: boolean, shell: Shell): Promise<OpenSource> {
  const { from: format, limit, names, nonfinite, encodingErrors } = flags;
  const { inputKind, wrongKind } = await import("../input-kind.js");
  const found = format === undefined && path !== "-" ? await inputKind(path) : undefined;
  if (found?.kind === "space") {
    const { openSpace } = await import("../open-space.js");
    const unfit = Object.entries({ names, nonfinite, encodingErrors, duplicates: flags.duplicates });
    for (const [name, value] of unfit) {
      if (value !== undefined) throw new UsageError(`convert: ${name} is for files, ${path} is a space`);
    }
    const space = await openSpace(path, shell);
    const rows = await rowsOfSpace(path, space, limit);
    return limit === undefined ? { format: "space", rows, space } : { format: "space", rows };
  }
  if (found !== undefined && found.kind !== "vectors")
    throw wrongKind(path, "a space or a file of vectors (--from FORMAT says which)", found);
  const { openVectors } = await import("../../formats/vectors.js");
  const onWarning = (message: string) => shell.output.warn(message);
  const options: OpenVectorsOptions = { format, limit, names, nonfinite, encodingErrors, onWarning };
  options.duplicates = keepDuplicates ? "keep" : flags.duplicates === "error" ? "error" : "first";
  const rows = await openVectors(path, options);
  shell.use({ close: async () => rows.close?.() });
  return { format: found?.format ?? format ?? "vectors", rows };
}

/** The first rows of a space as a stream. */
async function rowsOfSpace(path: string, space: Space, limit?: number): Promise<VectorRows> {
  const { integerOption } = await import("../../io/options.js");
  const most = limit === undefined ? space.length : integerOption("convert", "limit", limit, 1);
  const rows = Math.min(most, space.length);
  const names = await space.names();
  const vectors = await space.vectors();
  const { dimensions } = space;
  return {
    name: path,
    dimensions,
    count: rows,
    async *batches() {
      let row = 0;
      for (const batch of vectors.batches(0, rows)) {
        const length = batch.length / dimensions;
        yield { names: Array.from({ length }, (_, k) => names.get(row + k)), vectors: batch };
        row += length;
      }
    },
  };
}

/** All rows in memory, repeated names settled. */
async function collect(rows: VectorRows, { duplicates }: ConvertFlags, { output, signal }: Shell): Promise<Space> {
  const { spaceFromRows } = await import("../../space/from-rows.js");
  return spaceFromRows(rows, { duplicates, signal, onWarning: (message) => output.warn(message) });
}

async function saveSpace(path: string, space: Space, signal: AbortSignal): Promise<number> {
  await writing(() => space.save(path, signal));
  return space.length;
}

/** Writes a file; for standard output by way of a temporary one, since headers hold the number of rows. */
async function writeRows(
  path: string,
  format: VectorFormat,
  rows: VectorRows,
  names: string | undefined,
  { output, signal }: Shell,
): Promise<number> {
  const { writeVectors } = await import("../../formats/vectors.js");
  const stoppable: VectorRows = {
    ...rows,
    async *batches() {
      for await (const batch of rows.batches()) {
        signal.throwIfAborted();
        yield batch;
      }
    },
  };
  const options = { names, onWarning: (message: string) => output.warn(message) };
  if (path !== "-") return writing(() => writeVectors(path, format, stoppable, options));
  const { files, processId, temporaryFolder } = await import("#platform");
  const { openSource, pieces } = await import("../../io/source.js");
  const temporary = `${temporaryFolder()}/thing2vec-${processId}.vectors`;
  try {
    const written = await writing(() => writeVectors(temporary, format, stoppable, options));
    const source = await openSource(temporary);
    try {
      for await (const piece of pieces(source)) await output.bytes(piece);
    } finally {
      await source.close();
    }
    return written;
  } finally {
    await files.remove(temporary);
  }
}
