import type { DecoderOptions } from "../images/decoder-model.js";
import { count, type Output, plural, shown } from "./output.js";

/** Somebody's decoder as a file, and what was found out about it. */
export interface ForeignDecoder {
  bytes: Uint8Array;
  options: DecoderOptions;
  /** What its pictures are like. */
  frame: { size: [width: number, height: number]; channels: 1 | 3 };
}

/** Reads a decoder's file and tells what it is, and what speaks against it. Throws FileError, FormatError. */
export async function openDecoder(
  path: string,
  range: DecoderOptions["range"],
  output: Output,
): Promise<ForeignDecoder> {
  const { openSource, readExactly } = await import("../io/source.js");
  const { decoderModel } = await import("../images/decoder-model.js");
  const source = await openSource(path);
  const bytes = await readExactly(source, 0, source.size).finally(() => source.close());
  const model = await decoderModel(bytes, { name: path, range });
  const { channels, height, width } = model.shape;
  const made = `${plural(model.dimensions, "number")} a code, ${count(width)} x ${count(height)}`;
  output.note(`decoder   ${shown(path)}: ${made}, ${channels === 1 ? "gray" : "color"}`);
  for (const note of model.notes) output.note(`          ${note}`);
  const { decoderWarnings } = await import("../images/decoder-warnings.js");
  for (const warning of await decoderWarnings(model)) output.warn(`${shown(path)}: ${warning}`);
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  return {
    bytes,
    options: { name, range: model.range, layout: model.layout },
    frame: { size: [width, height], channels: channels as 1 | 3 },
  };
}
