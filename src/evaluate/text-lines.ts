import { FormatError } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";

/** Test sets are small; a larger file is not one. */
const mostBytes = 2 ** 28;

/** A line of text, without its end; `line` counts from 1. */
export interface TextLine {
  text: string;
  line: number;
}

/**
 * The lines of a test set that are not blank. Throws FormatError for bytes that are not UTF-8, a file of more than 256
 * MiB, and a file without such lines.
 */
export async function textLines(stream: ByteStream): Promise<TextLine[]> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    length += piece.length;
    if (length > mostBytes) {
      throw new FormatError("limit", { file: stream.name }, `a test set of at most ${mostBytes} bytes was expected`);
    }
    parts.push(piece.slice());
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const lines: TextLine[] = [];
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let start = 0, line = 1; start < length; line++) {
    const found = bytes.indexOf(10, start);
    const end = found < 0 ? length : found;
    const text = decodeLine(decoder, bytes.subarray(start, end), { file: stream.name, line, offset: start });
    if (text !== "") lines.push({ text, line });
    start = end + 1;
  }
  if (lines.length === 0) throw new FormatError("empty", { file: stream.name }, "there is no line of text");
  return lines;
}

function decodeLine(
  decoder: TextDecoder,
  bytes: Uint8Array,
  place: { file: string; line: number; offset: number },
): string {
  try {
    return decoder.decode(bytes).trim();
  } catch {
    throw new FormatError("encoding", place, "the line is not valid UTF-8");
  }
}
