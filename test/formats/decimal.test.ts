import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecimalReader, longestDecimal, writeDecimal } from "../../dist/formats/decimal.js";
import { finiteNumber, utf8 } from "./rows.js";

function read(text: string): number | undefined {
  const reader = new DecimalReader();
  const bytes = utf8(text);
  const value = reader.read(bytes, 0, bytes.length);
  return reader.end === bytes.length ? value : undefined;
}

function write(value: number): string {
  const bytes = new Uint8Array(longestDecimal);
  return new TextDecoder().decode(bytes.subarray(0, writeDecimal(bytes, 0, value)));
}

describe("DecimalReader", () => {
  test("reads what Number reads, rounded once to f32", () => {
    const sign = fc.constantFrom("", "-", "+");
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 25 });
    const exponent = fc.oneof(
      fc.constant(""),
      fc.integer({ min: -60, max: 60 }).map((e) => `e${e}`),
    );
    const text = fc
      .tuple(
        sign,
        digits,
        fc.oneof(
          fc.constant(""),
          digits.map((d) => `.${d}`),
        ),
        exponent,
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (t) => {
        expect(Object.is(read(t), Math.fround(Number(t))), t).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test("reads every way of writing a number", () => {
    for (const text of ["1", "-1", "+1", "1.", ".5", "-.5e1", "1E5", "1e+5", "1e-5", "0.0", "-0", "007"]) {
      expect(read(text), text).toBe(Math.fround(Number(text)));
    }
  });

  test("H3: reads what is not finite as such, for the reader's policy to decide", () => {
    expect(read("1e400")).toBe(Number.POSITIVE_INFINITY);
    expect(read("1e39")).toBe(Number.POSITIVE_INFINITY);
    expect(read("-Infinity")).toBe(Number.NEGATIVE_INFINITY);
    expect(read("inf")).toBe(Number.POSITIVE_INFINITY);
    expect(read("NaN")).toBeNaN();
    expect(read("-nan")).toBeNaN();
  });

  test("H3: denormals keep their bits", () => {
    expect(read("1e-45")).toBe(2 ** -149);
    expect(read("1.1754942e-38")).toBe(Math.fround(1.1754942e-38));
  });

  test("H3: refuses what is no decimal number", () => {
    for (const text of [
      "",
      "-",
      "+",
      ".",
      "e5",
      "1e",
      "1e+",
      "0x10",
      "1_0",
      "1,5",
      "1.5.2",
      "--1",
      "1f",
      "infinit",
      "nanx",
      "١",
    ]) {
      expect(read(text), text).toBeUndefined();
    }
  });
});

describe("writeDecimal", () => {
  test("F5: what it writes reads back to the same bits", () => {
    fc.assert(
      fc.property(finiteNumber, (x) => {
        const text = write(x);
        expect(text.length).toBeLessThanOrEqual(longestDecimal);
        expect(Object.is(read(text), x), text).toBe(true);
        expect(Object.is(Math.fround(Number(text)), x), text).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  test("writes no more digits than any decimal that reads back needs", () => {
    const significant = (text: string) =>
      text
        .replace(/e.*/, "")
        .replace(/[-.]/g, "")
        .replace(/^0+|0+$/g, "").length;
    fc.assert(
      fc.property(finiteNumber, (x) => {
        let digits = 1;
        while (digits < 9 && Math.fround(Number(x.toPrecision(digits))) !== x) digits++;
        expect(significant(write(x)), `${x}`).toBeLessThanOrEqual(digits);
      }),
      { numRuns: 5000 },
    );
  });

  test("writes familiar numbers familiarly", () => {
    expect([0, -0, 1, -2.5, 0.1, 100, 16777216, 1e-4, 123456.7].map((x) => write(Math.fround(x)))).toEqual([
      "0",
      "-0",
      "1",
      "-2.5",
      "0.1",
      "100",
      "16777216",
      "0.0001",
      "123456.7",
    ]);
  });
});
