import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import type { VectorRows } from "../../dist/formats/vector-rows.js";
import { FormatError, type FormatErrorCode } from "../../dist/io/errors.js";

/** Named vectors in memory; numbers as the bits of their f32, so that comparisons are exact. */
export interface Rows {
  names: string[];
  dimensions: number;
  bits: number[];
}

export function bitsOf(vectors: Float32Array): number[] {
  return Array.from(new Uint32Array(vectors.slice().buffer));
}

export function rowsOf(names: string[], vectors: Float32Array): Rows {
  return { names, dimensions: vectors.length / names.length, bits: bitsOf(vectors) };
}

/** Reads everything. */
export async function collect(rows: VectorRows): Promise<Rows> {
  const names: string[] = [];
  const bits: number[] = [];
  for await (const batch of rows.batches()) {
    expect(batch.vectors.length).toBe(batch.names.length * rows.dimensions);
    names.push(...batch.names);
    bits.push(...bitsOf(batch.vectors));
  }
  return { names, dimensions: rows.dimensions, bits };
}

/** As a source for writers, two rows a batch; `count` may be left open. */
export function source({ names, dimensions, bits }: Rows, known = true): VectorRows {
  return {
    name: "<test>",
    dimensions,
    count: known ? names.length : undefined,
    async *batches() {
      const vectors = new Float32Array(Uint32Array.from(bits).buffer);
      for (let i = 0; i < names.length; i += 2) {
        yield { names: names.slice(i, i + 2), vectors: vectors.slice(i * dimensions, (i + 2) * dimensions) };
      }
    },
  };
}

export function golden(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../golden/${name}`, import.meta.url)));
}

/** What the original tools were given. */
export function expectedRows(): Rows {
  const { names, bits } = JSON.parse(new TextDecoder().decode(golden("expected.json")));
  return { names, dimensions: bits.length / names.length, bits: bits.map((hex: string) => Number.parseInt(hex, 16)) };
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The FormatError that the work must end in. */
export async function formatError(work: Promise<unknown>, code: FormatErrorCode): Promise<FormatError> {
  const error = await work.then(
    () => new Error("it was accepted"),
    (thrown) => thrown,
  );
  if (!(error instanceof FormatError)) throw error;
  expect(error.code, error.message).toBe(code);
  return error;
}

/** Runs the work with a path in a folder that is removed after it. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "thing2vec-formats-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Finite f32 numbers of every size, their edges among them. */
export const finiteNumber: fc.Arbitrary<number> = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: -2, max: 2, noNaN: true }),
  fc
    .constantFrom(0, -0, 1, 0.1, 2 ** -149, 2 ** -126, 3.4028234663852886e38, 16777217, 1e-5, 1e15, 9.999999e14)
    .map(Math.fround),
);

const letters = fc.constantFrom(..."ab01 .-\t\r\n\u0000\ufeff\u00e9\u5317\u05d0\u202e😀");
/** Names with spaces, emoji, right-to-left marks, U+0000, U+FEFF; empty ones too. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  fc.array(letters, { maxLength: 6 }).map((parts) => parts.join("")),
  fc.string({ unit: "grapheme", maxLength: 8 }),
);

/** Rows of names that `fits`. */
export function anyRows(
  fits: (name: string) => boolean,
  number: fc.Arbitrary<number> = finiteNumber,
): fc.Arbitrary<Rows> {
  return fc.integer({ min: 1, max: 4 }).chain((dimensions) =>
    fc
      .array(fc.tuple(anyName.filter(fits), fc.array(number, { minLength: dimensions, maxLength: dimensions })), {
        minLength: 1,
        maxLength: 6,
      })
      .map((rows) =>
        rowsOf(
          rows.map(([name]) => name),
          Float32Array.from(rows.flatMap(([, vector]) => vector)),
        ),
      ),
  );
}
