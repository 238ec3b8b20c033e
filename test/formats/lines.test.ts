import { describe, expect, test } from "vitest";
import { lineBlocks, longestLine } from "../../dist/formats/lines.js";
import { type ByteStream, memoryStream } from "../../dist/io/source.js";
import { formatError, utf8 } from "./rows.js";

async function lines(bytes: Uint8Array, pieceLength?: number): Promise<[line: number, offset: number, text: string][]> {
  const found: [number, number, string][] = [];
  for await (const block of lineBlocks(memoryStream(bytes, "<test>", pieceLength))) {
    while (block.next()) {
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(block.bytes.subarray(block.start, block.end));
      found.push([block.line, block.offsetOf(block.start), text]);
    }
  }
  return found;
}

describe("lineBlocks", () => {
  test("H3: finds lines with their numbers and offsets, whatever the pieces, with CRLF and without a last line feed", async () => {
    const bytes = utf8("one\r\n\ntwo\r\rr\nnaïve");
    const expected = [
      [1, 0, "one"],
      [2, 5, ""],
      [3, 6, "two\r\rr"],
      [4, 13, "naïve"],
    ];
    for (let pieceLength = 1; pieceLength <= bytes.length; pieceLength++) {
      expect(await lines(bytes, pieceLength)).toEqual(expected);
    }
  });

  test("H3: skips one byte order mark", async () => {
    expect(await lines(utf8("\ufeff\ufeffa\nb"))).toEqual([
      [1, 3, "\ufeffa"],
      [2, 8, "b"],
    ]);
    expect(await lines(utf8("\ufeffa"), 1)).toEqual([[1, 3, "a"]]);
  });

  test("has no lines in an empty file and none after a last line feed", async () => {
    expect(await lines(new Uint8Array())).toEqual([]);
    expect(await lines(utf8("a\n"))).toHaveLength(1);
  });

  test("H4: names UTF-16, with and without a mark", async () => {
    const utf16 = (text: string, little: boolean) => {
      const bytes = new Uint8Array(text.length * 2);
      for (let i = 0; i < text.length; i++) new DataView(bytes.buffer).setUint16(2 * i, text.charCodeAt(i), little);
      return bytes;
    };
    for (const text of ["\ufeffthe 0.1\n", "the 0.1\n"]) {
      for (const little of [true, false]) {
        const error = await formatError(lines(utf16(text, little)), "encoding");
        expect(error.message).toContain("UTF-16");
      }
    }
  });

  test("H14: refuses a line of a gigabyte after a bounded part of it", async () => {
    let given = 0;
    const piece = new Uint8Array(1 << 20).fill(97);
    const stream: ByteStream = {
      name: "long.txt",
      compressed: false,
      async *[Symbol.asyncIterator]() {
        for (; given < 2 ** 30; given += piece.length) yield piece;
      },
    };
    const read = async () => {
      for await (const _ of lineBlocks(stream));
    };
    const error = await formatError(read(), "limit");
    expect(error.place).toMatchObject({ file: "long.txt", line: 1 });
    expect(given).toBeLessThanOrEqual(longestLine + 2 * piece.length);
  });
});
