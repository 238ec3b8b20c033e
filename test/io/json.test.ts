import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../dist/io/errors.js";
import { parseJson, toJson } from "../../dist/io/json.js";

const refused = (text: string) => {
  try {
    parseJson(text, "x.json");
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return error as FormatError;
  }
  return expect.unreachable(`${text} was read`);
};

describe("parseJson", () => {
  test("reads what JSON.parse reads, alike", () => {
    const json = fc.oneof(
      fc.json(),
      fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.stringify(value, null, 2)),
    );
    fc.assert(
      fc.property(json, (text) => {
        if (text.includes("__proto__")) return;
        expect(parseJson(text, "x.json")).toEqual(JSON.parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("accepts nothing that JSON.parse refuses, and fails with FormatError alone (F2)", () => {
    const piece = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"\\u0041"',
      '"\\x"',
      '"',
      "\\",
      "1",
      "-0",
      "01",
      "1.",
      ".5",
      "1e5",
      "1e400",
      "+1",
      "true",
      "nul",
      " ",
      "\n",
      "\t",
      "\0",
      "/*",
      "'a'",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (list) => {
        const text = list.join("");
        let value: unknown;
        try {
          value = parseJson(text, "x.json");
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          return;
        }
        expect(value).toEqual(JSON.parse(text));
      }),
      { numRuns: 20_000 },
    );
  });

  test.each([
    ['{"a": 1, "a": 2}', "duplicate", 9],
    ['{"a": {"b": 1, "\\u0062": 2}}', "duplicate", 15],
    ['{"__proto__": {}}', "header", 1],
    ["1e400", "number", 0],
    ["1 2", "trailing", 2],
    ['{"é": x}', "header", 7],
    ["[1,]", "header", 3],
    ['"abc', "truncated", 0],
    ["", "truncated", 0],
    ["[".repeat(65), "limit", 64],
  ])("%s is refused as %s at byte %i", (text, code, offset) => {
    expect(refused(text)).toMatchObject({ code, place: { file: "x.json", offset } });
  });

  test("a million open brackets and a string of 10 MB overflow nothing", () => {
    expect(refused("[".repeat(1e6)).code).toBe("limit");
    expect(parseJson(`"${"x".repeat(1e7)}"`, "x.json")).toHaveLength(1e7);
  });
});

describe("toJson", () => {
  test("takes what JSON holds, without what is undefined", () => {
    const value = { a: [1, null, "x", { b: true }], c: undefined };
    expect(toJson(value, "options")).toEqual({ a: [1, null, "x", { b: true }] });
  });

  test.each([
    [{ a: { b: Number.NaN } }, "options.a.b must be a JSON value"],
    [{ a: [Number.POSITIVE_INFINITY] }, "options.a[0] must be"],
    [{ f: () => 1 }, "got function"],
    [{ d: new Date(0) }, "got Date"],
    [{ v: Float32Array.of(1) }, "got Float32Array"],
    [JSON.parse('{"__proto__": 1}'), "a key __proto__"],
  ])("%o is refused with its place", (value, message) => {
    expect(() => toJson(value, "options")).toThrow(message);
  });

  test("what holds itself is refused", () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    expect(() => toJson(value, "options")).toThrow("nested too deep");
  });
});
