import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMemory, instantiate } from "../../dist/kernels/kernel.js";
import { normalPair } from "../../dist/kernels/twins/random.js";
import { philox } from "../../dist/numerics/philox.js";
import { chiSquare, chiSquareLimit } from "../numerics/chi-square.js";
import { kolmogorovSmirnov, kolmogorovSmirnovLimit } from "../numerics/kolmogorov-smirnov.js";
import { normalCdf } from "../numerics/normal.js";
import { builds, expectSameBytes, filler } from "./same-bytes.js";

describe.each([
  { fn: "uniform", bytesEach: 4, offsets: [0, 4, 8, 12] },
  { fn: "uniform64", bytesEach: 8, offsets: [0, 8] },
])("$fn", ({ fn, bytesEach, offsets }) => {
  describe.each(builds)("over $name", ({ shared, fast }) => {
    test("P11 the kernel equals its twin for lengths 0 to 257 at every aligned offset", () => {
      for (let count = 0; count <= 257; count++) {
        for (const offset of offsets) {
          const args = [64 + offset, count, 7, 1, 2, 0x12345678, 0xdeadbeef, -0.1, 0.3];
          const bytes = expectSameBytes("random", fn, args, { shared, fast });
          expect(bytes[64 + offset - 1]).toBe(filler);
          expect(bytes[64 + offset + bytesEach * count]).toBe(filler);
        }
      }
    });

    test("P11 the kernel equals its twin for any counter, key and range", () => {
      const word = fc.integer({ min: 0, max: 0xffffffff });
      const range = fc.float({ noNaN: true, noDefaultInfinity: true });
      fc.assert(
        fc.property(fc.tuple(word, word, word, word, word), range, range, (words, low, span) => {
          expectSameBytes("random", fn, [128, 9, ...words, low, span], { shared, fast });
        }),
        { numRuns: 200 },
      );
    });
  });
});

test("uniform: value i is low + span u, u the upper 24 bits of word i % 4 of block i / 4", () => {
  const all = expectSameBytes("random", "uniform", [0, 100, 3, 4, 5, 6, 7, 2, 0.5]);
  const values = new Float32Array(all.buffer, 0, 100);
  const block = new Uint32Array(4);
  for (let i = 0; i < 100; i++) {
    philox(block, Math.floor(i / 4), 3, 4, 5, 6, 7);
    expect(values[i]).toBe(Math.fround(2 + 0.5 * ((block[i % 4] >>> 8) / 2 ** 24)));
  }
});

test("uniform64: value i is low + span u, u of 53 bits from words 2 (i % 2) and 2 (i % 2) + 1 of block i / 2", () => {
  const all = expectSameBytes("random", "uniform64", [0, 100, 3, 4, 5, 6, 7, 2, 0.5]);
  const values = new Float64Array(all.buffer, 0, 100);
  const block = new Uint32Array(4);
  for (let i = 0; i < 100; i++) {
    philox(block, Math.floor(i / 2), 3, 4, 5, 6, 7);
    const [high, low] = block.subarray(2 * (i % 2));
    expect(values[i]).toBe(2 + 0.5 * (((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53));
  }
});

/** Functions whose argument `first` is the number of the first value, with their last arguments. */
const numbered = [
  { fn: "normal", last: [0.25, 0.1] },
  { fn: "bernoulli", last: [0.9, 1 / 0.9] },
  { fn: "bernoulli", last: [0.5, 2] }, // one bit a value
  { fn: "bernoulli", last: [0.8125, 1 / 0.8125] }, // four
  { fn: "bernoulli", last: [2 ** -16, 3] }, // sixteen
  { fn: "integers", last: [1_000_003] },
];
const address = [7, 1, 2, 0x12345678, 0xdeadbeef];

describe.each(numbered)("$fn $last", ({ fn, last }) => {
  describe.each(builds)("over $name", ({ shared, fast }) => {
    test("P11 the kernel equals its twin for lengths 0 to 257, first values 0 to 15 and every aligned offset", () => {
      for (let count = 0; count <= 257; count++) {
        for (let first = 0; first < 16; first++) {
          const out = 64 + 4 * (first >> 2); // each offset meets each place in a block
          const bytes = expectSameBytes("random", fn, [out, count, first, ...address, ...last], {
            bytes: 2048,
            shared,
            fast,
          });
          expect(bytes[out - 1]).toBe(filler);
          expect(bytes[out + 4 * count]).toBe(filler);
        }
      }
    });

    test("P11 the kernel equals its twin for any first value, counter, key and other arguments", () => {
      const word = fc.integer({ min: 0, max: 0xffffffff });
      const float = fc.float({ noNaN: true, noDefaultInfinity: true });
      const probability = fc.oneof(float, fc.constantFrom(0, -0, 1, 2, -1, 0.25, 0.5, 3 / 256, 1 - 2 ** -16, 2 ** -17));
      const rest = { normal: fc.tuple(float, float), bernoulli: fc.tuple(probability, float) }[fn] ?? fc.tuple(word);
      fc.assert(
        fc.property(fc.tuple(word, word, word, word, word, word), rest, (words, rest) => {
          expectSameBytes("random", fn, [128, 19, ...words, ...rest], { shared, fast });
        }),
        { numRuns: 300 },
      );
    });
  });

  test("P11 the kernel equals its twin over 10^5 values", () => {
    expectSameBytes("random", fn, [0, 1e5, 3, ...address, ...last], { bytes: 4e5 });
  });

  test("an array cut into calls anywhere has the bytes of one call", () => {
    const whole = drawn(fn, 1000, 0, last);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 6 }), (cuts) => {
        const ends = [...cuts, 1000].sort((a, b) => a - b);
        const parts = ends.map((end, k) => drawn(fn, end - (ends[k - 1] ?? 0), ends[k - 1] ?? 0, last));
        expect(Buffer.concat(parts).equals(whole)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("after value 2^32 - 1 comes value 0", () => {
    const around = drawn(fn, 40, 2 ** 32 - 11, last);
    expect(around.subarray(44)).toEqual(drawn(fn, 29, 0, last));
    expect(around.subarray(0, 44)).toEqual(drawn(fn, 11, 2 ** 32 - 11, last));
  });
});

/** The bytes of `count` values from `first` on by the kernel. */
function drawn(fn: string, count: number, first: number, last: readonly number[], stream = address): Buffer {
  const memory = createMemory(4 * count + 8, 4 * count + 8, false);
  instantiate("random", memory)[fn](4, count, first, ...stream, ...last);
  return Buffer.from(memory.buffer, 4, 4 * count);
}

/** 10^6 values by the kernel. */
const many = 1e6;
const floats = (fn: string, last: number[], index = 0) => {
  const bytes = drawn(fn, many, 0, last, [index, 5, 0, 6, 7]);
  return new Float32Array(bytes.buffer, bytes.byteOffset, many);
};
const integersBelow = (n: number, count = many) => {
  const bytes = drawn("integers", count, 0, [n], [0, 5, 0, 6, 7]);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
};

/** Deviations beyond which a normal number is with probability 1e-4, on either side. */
const deviations = 3.891;

/** Counts how many of the items are in each of `bins` bins and compares with equal shares. */
function expectEven(items: Iterable<number>, bins: number): void {
  const counts = new Float64Array(bins);
  for (const item of items) counts[item]++;
  const expected = counts.reduce((sum, count) => sum + count) / bins;
  expect(chiSquare(counts, new Array(bins).fill(expected))).toBeLessThan(chiSquareLimit(bins - 1));
}

describe("normal", () => {
  test("values 2j and 2j + 1 are mean + deviation n of the pair that words 2j and 2j + 1 make", () => {
    const bytes = drawn("normal", 100, 3, [2, 0.5]);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, 100);
    const block = new Uint32Array(4);
    const [index, stream, part, key0, key1] = address;
    for (let k = 0; k < 100; k++) {
      const i = k + 3;
      philox(block, Math.floor(i / 4), index, stream, part, key0, key1);
      const pair = normalPair(block[(i % 4) & 2], block[((i % 4) & 2) + 1]);
      expect(values[k]).toBe(Math.fround(2 + Math.fround(0.5 * pair[i % 2])));
    }
  });

  test("a pair is off by less than 3e-7 of its radius, for words near the ends too", () => {
    const { fround, log, sqrt, sin, cos, PI } = Math;
    const radii = fc.oneof(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.nat(1000),
      fc.nat(1000).map((x) => ~x >>> 0),
    );
    const check = (word0: number, word1: number) => {
      const radius = sqrt(-2 * log(fround(fround(word0) + 0.5) / 2 ** 32));
      const x = ((word1 << 2) / 2 ** 33) * PI;
      const cosine = (word1 & 0x40000000) === 0 ? cos(x) : -cos(x);
      const exact = word1 >>> 31 === 0 ? [cosine, sin(x)] : [sin(x), cosine];
      const pair = normalPair(word0, word1);
      for (const side of [0, 1]) {
        const error = Math.abs(pair[side] - radius * exact[side]);
        if (!(error <= 3e-7 * radius)) expect.fail(`normalPair(${word0}, ${word1}) is off by ${error}`);
      }
    };
    fc.assert(fc.property(radii, fc.integer({ min: 0, max: 0xffffffff }), check), { numRuns: 50_000 });
    expect(normalPair(0, 0)[0]).toBeCloseTo(sqrt(66 * Math.LN2), 5); // the largest there is: u = 2^-33
  });

  test("P8 10^6 values have the normal distribution (Kolmogorov-Smirnov, p > 1e-4)", () => {
    const cdf = (x: number) => normalCdf((x - 3) / 0.5);
    expect(kolmogorovSmirnov(floats("normal", [3, 0.5]), cdf)).toBeLessThan(kolmogorovSmirnovLimit(many));
  });

  test("P8 neighbors among 10^6 values are independent, and so are the same numbers of two streams (chi-square)", () => {
    const bin = (x: number) => Math.floor(16 * normalCdf(x));
    const values = floats("normal", [0, 1]);
    const others = floats("normal", [0, 1], 1);
    for (const distance of [1, 2, 3, 4]) {
      expectEven(
        values.subarray(distance).map((x, i) => 16 * bin(x) + bin(values[i])),
        256,
      );
    }
    expectEven(
      values.map((x, i) => 16 * bin(x) + bin(others[i])),
      256,
    );
  });

  test("P8 the first four moments of 10^6 values are those of the normal distribution", () => {
    const values = Float64Array.from(floats("normal", [0, 1]));
    const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / many;
    // E x^k and E x^2k give the mean and the variance of the k-th moment
    expect(Math.abs(moment(1))).toBeLessThan(deviations * Math.sqrt(1 / many));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(deviations * Math.sqrt(2 / many));
    expect(Math.abs(moment(3))).toBeLessThan(deviations * Math.sqrt(15 / many));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(deviations * Math.sqrt(96 / many));
  });

  test.each([2, 3, 4, 4.5])("P8 as many of 4 10^6 values as should are beyond %d, on either side", (limit) => {
    const p = normalCdf(-limit);
    const counts = [0, 0];
    for (const index of [0, 1, 2, 3]) {
      for (const x of floats("normal", [0, 1], index)) {
        if (x > limit) counts[0]++;
        else if (x < -limit) counts[1]++;
      }
    }
    const expected = 4 * many * p;
    // a Poisson number; half a unit more for being an integer
    for (const count of counts) {
      expect(Math.abs(count - expected)).toBeLessThan(deviations * Math.sqrt(expected) + 0.5);
    }
  });
});

describe("bernoulli", () => {
  test.each([0.1, 2 ** -20, 1 - 2 ** -24])("value i is scale where uniform's value i is below %d", (p) => {
    const uniform = new Float32Array(expectSameBytes("random", "uniform", [0, 1000, ...address, 0, 1]).buffer, 0, 1000);
    const bytes = drawn("bernoulli", 1000, 0, [p, 1.25]);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, 1000);
    expect(values).toEqual(uniform.map((u) => (u < Math.fround(p) ? 1.25 : 0)));
  });

  test.each([
    [0.5, 1],
    [0.75, 2],
    [0.8125, 4],
    [1 / 256, 8],
    [0.3 - (0.3 % 2 ** -16), 16],
  ])("with a probability of %d a block gives 128 / %d values, from the lowest bits of its words on", (p, bits) => {
    const bytes = drawn("bernoulli", 1000, 0, [p, 1.25]);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, 1000);
    const [index, stream, part, key0, key1] = address;
    const block = new Uint32Array(4);
    const expected: number[] = [];
    for (let k = 0; expected.length < 1000; k++) {
      philox(block, k, index, stream, part, key0, key1);
      for (let digit = 0; digit < 32 / bits; digit++) {
        for (const word of block) {
          expected.push((Math.floor(word / 2 ** (digit * bits)) % 2 ** bits) / 2 ** bits < p ? 1.25 : 0);
        }
      }
    }
    expect([...values]).toEqual(expected.slice(0, 1000));
  });

  test("P8 as many of 10^6 values are not 0 as the probability says", () => {
    for (const p of [0.001, 0.1, 0.25, 0.5, 0.8, 1 - 3 / 256, 0.999]) {
      const values = floats("bernoulli", [p, 1 / p]);
      const kept = values.reduce((sum, x) => sum + (x === 0 ? 0 : 1), 0);
      expect(Math.abs(kept - many * p)).toBeLessThan(deviations * Math.sqrt(many * p * (1 - p)) + many * 2 ** -24);
    }
    expect(floats("bernoulli", [0, 1]).every((x) => x === 0)).toBe(true);
    expect(floats("bernoulli", [1, 2]).every((x) => x === 2)).toBe(true);
  });

  test("P8 eight values have every pattern equally often, in a row or a block apart (chi-square, p > 1e-4)", () => {
    const values = floats("bernoulli", [0.5, 1]);
    for (const distance of [1, 4, 128]) {
      const starts = Array.from({ length: many }, (_, k) => k).filter(
        (k) => Math.floor(k / distance) % 8 === 0 && k + 7 * distance < many,
      );
      const patterns = starts.map((start) => {
        let pattern = 0;
        for (let k = 0; k < 8; k++) pattern = 2 * pattern + values[start + k * distance];
        return pattern;
      });
      expectEven(patterns, 256);
    }
  });
});

describe("integers", () => {
  test("value i is x n / 2^64 rounded down, x of words 2 (i % 2) and 2 (i % 2) + 1 of block i / 2", () => {
    const [index, stream, part, key0, key1] = address;
    const block = new Uint32Array(4);
    for (const n of [1, 2, 10, 2 ** 31 + 1, 2 ** 32 - 1]) {
      const bytes = drawn("integers", 50, 7, [n]);
      const values = new Uint32Array(bytes.buffer, bytes.byteOffset, 50);
      for (const [k, value] of values.entries()) {
        philox(block, Math.floor((k + 7) / 2), index, stream, part, key0, key1);
        const [high, low] = block.subarray(2 * ((k + 7) % 2));
        expect(value).toBe(Number(((BigInt(high) * 2n ** 32n + BigInt(low)) * BigInt(n)) / 2n ** 64n));
      }
    }
  });

  test.each([2, 7, 256, 1000])("P8 10^6 values below %d are equally frequent (chi-square, p > 1e-4)", (n) => {
    expectEven(integersBelow(n), n);
  });

  test("P8 neighbors among 10^6 values are independent (chi-square)", () => {
    const values = integersBelow(20);
    for (const distance of [1, 2, 3])
      expectEven(
        values.subarray(distance).map((x, i) => 20 * x + values[i]),
        400,
      );
  });

  test("P8 an n that is no power of 2 and near 2^32 favors no remainder, as 32 bits a value would", () => {
    expectEven(
      integersBelow(3 * 2 ** 30).map((x) => x % 3),
      3,
    );
  });
});
