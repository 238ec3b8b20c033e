import fc from "fast-check";
import { describe, test } from "vitest";
import { planBytes, planField, scratchBytes } from "../../dist/kernels/twins/cooccurrence.js";
import { lineEnd } from "../../dist/kernels/twins/tokenizer.js";
import { Rng } from "../../dist/numerics/random.js";
import { builds, expectSameBytes } from "./same-bytes.js";

const words = 130; // three words of bits
const window = 4;
const place = {
  plan: 64,
  units: 128,
  starts: 256,
  rowPairs: 1024,
  rowSums: 2048,
  tokens: 4096,
  positions: 8192,
  scratch: 16384,
  columns: 65536,
  values: 2 * 65536,
};
const bytes = 6 * 65536;

/** A plan over tokens between line ends, with their positions sorted by word, and clear scratch space. */
function scene(tokens: number[], { exact = false, bothSides = true } = {}): (all: Uint8Array) => void {
  return (all) => {
    const u32 = (at: number, length: number) => new Uint32Array(all.buffer, at, length);
    const fields = u32(place.plan, planBytes / 4).fill(0);
    for (const name of ["tokens", "positions", "starts", "units", "rowPairs", "rowSums"] as const) {
      fields[planField[name]] = place[name];
    }
    fields[planField.window] = window;
    fields[planField.words] = words;
    fields[planField.exact] = exact ? 1 : 0;
    fields[planField.bothSides] = bothSides ? 1 : 0;
    new Float64Array(all.buffer, place.plan + 4 * planField.unit, 1)[0] = 12;
    new BigUint64Array(all.buffer, place.units, window + 1).set([0n, 12n, 6n, 4n, 3n]);
    const padded = [...Array(window).fill(lineEnd), ...tokens, lineEnd];
    u32(place.tokens, padded.length).set(padded);
    const positions = padded.map((_, p) => p).filter((p) => padded[p] !== lineEnd);
    positions.sort((a, b) => padded[a] - padded[b] || a - b);
    u32(place.positions, positions.length).set(positions);
    u32(place.starts, words + 1).set(
      Array.from({ length: words + 1 }, (_, w) => positions.filter((p) => padded[p] < w).length),
    );
    all.fill(0, place.scratch, place.scratch + scratchBytes(words));
  };
}

const rng = new Rng(7);
const line = Array.from({ length: 257 }, () =>
  rng.below(9) === 0 ? lineEnd : Math.min(rng.below(words), rng.below(words)),
);

describe.each(builds)("co-occurrence kernels over $name", (build) => {
  test("P11 indexPositions equals its twin for 0 to 257 tokens", () => {
    for (let length = 0; length <= line.length; length++) {
      const args = [place.tokens, Math.min(3, length), length, words, place.starts, place.positions];
      const fill = (all: Uint8Array) => new Uint32Array(all.buffer, place.tokens, length).set(line.slice(0, length));
      expectSameBytes("cooccurrence", "indexPositions", args, { ...build, bytes, fill });
    }
  });

  test("P11 countRows equals its twin for 0 to 257 tokens, as weights and as whole sums", () => {
    const args = [place.plan, 0, words, place.columns, place.values, place.scratch];
    for (let length = 0; length <= line.length; length += length < 20 ? 1 : 13) {
      for (const exact of [false, true]) {
        const fill = scene(line.slice(0, length), { exact });
        expectSameBytes("cooccurrence", "countRows", args, { ...build, bytes, fill });
      }
    }
  });

  test("P11 countRows equals its twin for any lines, on both sides or one", () => {
    const token = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: words - 1 }) },
      fc.constant(lineEnd),
      fc.constant(0),
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 80 }), fc.boolean(), fc.boolean(), (tokens, exact, bothSides) => {
        const args = [place.plan, 1, words, place.columns, place.values, place.scratch];
        expectSameBytes("cooccurrence", "countRows", args, {
          ...build,
          bytes,
          fill: scene(tokens, { exact, bothSides }),
        });
      }),
      { numRuns: 100 },
    );
  });

  test("P11 addRun and emitRow equal their twins for 0 to 130 pairs", () => {
    for (let length = 0; length <= words; length++) {
      const fill = (all: Uint8Array) => {
        scene([])(all);
        const columns = Uint32Array.from({ length }, (_, k) => (k * 7) % words).sort();
        new Uint32Array(all.buffer, place.columns, length).set(columns);
        // sums beyond 2^53, which a plain number could not hold
        new BigUint64Array(all.buffer, place.values, length).set(
          Array.from({ length }, (_, k) => (BigInt(k) << 50n) + 1n),
        );
      };
      const args = [place.columns, place.values, length, words, place.scratch];
      const added = expectSameBytes("cooccurrence", "addRun", args, { ...build, bytes, fill });
      const emit = [place.plan, 5, place.columns, place.values, place.scratch];
      expectSameBytes("cooccurrence", "emitRow", emit, { ...build, bytes, fill: (all) => all.set(added) });
    }
  });
});
