import { lineBlocks } from "../formats/lines.js";
import { FormatError } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";
import { decodeUtf8, validUtf8Length } from "../io/utf8.js";

/** A line of text, without the space around it; `line` counts from 1. */
export interface TextLine {
  text: string;
  line: number;
}

/** The lines of a test set that are not blank. Throws FormatError where there is none and for bytes that are not UTF-8. */
export async function textLines(stream: ByteStream): Promise<TextLine[]> {
  const lines: TextLine[] = [];
  for await (const block of lineBlocks(stream)) {
    while (block.next()) {
      const bytes = block.bytes.subarray(block.start, block.end);
      const valid = validUtf8Length(bytes);
      if (valid < bytes.length) throw block.error("encoding", block.start + valid, "the text is not valid UTF-8");
      const text = decodeUtf8(bytes).trim();
      if (text !== "") lines.push({ text, line: block.line });
    }
  }
  if (lines.length === 0) throw new FormatError("empty", { file: stream.name }, "there is no line of text");
  return lines;
}
