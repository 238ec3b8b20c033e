import { FormatError } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";
import { decodeUtf8, validUtf8Length } from "../io/utf8.js";
import { skipByteOrderMark } from "./lines.js";

/** Bytes up to which a text is read as a whole; beyond, JavaScript has no string. */
const longestText = 2 ** 28;

/** A whole text in UTF-8, without a byte order mark. Throws FormatError for other encodings and above 256 MiB. */
export async function wholeText(stream: ByteStream, signal?: AbortSignal): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    signal?.throwIfAborted();
    length += piece.length;
    if (length > longestText) {
      throw new FormatError(
        "limit",
        { file: stream.name, offset: longestText },
        `more than ${longestText} bytes; an edge list may be of any size`,
      );
    }
    pieces.push(piece.slice());
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  const from = skipByteOrderMark(stream.name, bytes);
  const valid = validUtf8Length(bytes);
  if (valid < length)
    throw new FormatError("encoding", { file: stream.name, offset: valid }, "the text is not valid UTF-8");
  return decodeUtf8(bytes.subarray(from));
}
