import fc from "fast-check";
import { expect, test } from "vitest";
import { repairUtf8 } from "../../dist/io/utf8.js";

async function repair(pieces: Uint8Array[], mode: "replace" | "skip"): Promise<{ text: string; invalid: number }> {
  const out: Uint8Array[] = [];
  let invalid = 0;
  const stream = (async function* () {
    yield* pieces;
  })();
  for await (const piece of repairUtf8(stream, mode, (bytes) => {
    invalid += bytes;
  })) {
    out.push(piece.slice());
  }
  return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(out)), invalid };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const cut = (bytes: Uint8Array, length: number) =>
  Array.from({ length: Math.ceil(bytes.length / length) }, (_, k) => bytes.subarray(k * length, (k + 1) * length));

test("valid text passes unchanged, wherever it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 5 }), async (text, length) => {
      for (const mode of ["replace", "skip"] as const) {
        expect(await repair(cut(bytesOf(text), length), mode)).toEqual({ text, invalid: 0 });
      }
    }),
  );
});

test("H4 each invalid byte is counted, and replaced or dropped", async () => {
  const bytes = Uint8Array.from([...bytesOf("caf"), 0xff, 0xc3, ...bytesOf("é東"), 0xe6, 0x9d]);
  for (let length = 1; length <= bytes.length; length++) {
    expect(await repair(cut(bytes, length), "replace")).toEqual({ text: "caf\ufffd\ufffdé東\ufffd\ufffd", invalid: 4 });
    expect(await repair(cut(bytes, length), "skip")).toEqual({ text: "café東", invalid: 4 });
  }
});

test("any bytes become valid UTF-8, the same wherever they are cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 7 }), async (bytes, length) => {
      for (const mode of ["replace", "skip"] as const) {
        expect(await repair(cut(bytes, length), mode)).toEqual(await repair([bytes], mode));
      }
    }),
  );
});
