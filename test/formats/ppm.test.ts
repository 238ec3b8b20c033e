import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePpm, encodePpm } from "../../dist/formats/ppm.js";

const text = (value: string) => new TextEncoder().encode(value);
const read = (value: string | Uint8Array) => decodePpm(typeof value === "string" ? text(value) : value, "x.ppm");

test("P2 and P3 are read, with comments and any white space", () => {
  expect(read("P2 # gray\n2\t2\n# most\n255\n0 1\n2 255\n")).toEqual({
    ...{ width: 2, height: 2, channels: 1, data: Uint8Array.of(0, 1, 2, 255) },
  });
  expect([...read("P3 1 1 255 1 2 3").data]).toEqual([1, 2, 3]);
});

test("other largest values are brought to 255, two bytes above 255", () => {
  expect([...read("P2 3 1 15 0 7 15").data]).toEqual([0, 119, 255]);
  expect([...read(Uint8Array.from([...text("P5 2 1 65535\n"), 0x80, 0x00, 0xff, 0xff])).data]).toEqual([128, 255]);
});

test("F5: what is written is read back", () => {
  const sizes = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(
      sizes,
      sizes,
      fc.constantFrom(1, 3),
      fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
      (width, height, channels, values) => {
        const data = Uint8Array.from({ length: width * height * channels }, () => values.next().value ?? 0);
        const picture = { width, height, channels, data };
        const bytes = encodePpm(picture);
        expect(read(bytes)).toEqual(picture);
      },
    ),
    { numRuns: 1000 },
  );
});

test("what is written is a header of text and the bytes, as netpbm writes it", () => {
  const picture = { width: 2, height: 1, channels: 3, data: Uint8Array.of(65, 66, 67, 97, 98, 99) };
  expect(new TextDecoder().decode(encodePpm(picture))).toBe("P6\n2 1\n255\nABCabc");
});

test("alpha has no place in it", () => {
  expect(() => encodePpm({ width: 1, height: 1, channels: 4, data: new Uint8Array(4) })).toThrow(/1 or 3 channels/);
});

test.each([
  ["nothing", "", "empty", /empty/],
  ["another format", "P4 1 1 0", "header", /no PGM or PPM/],
  ["H11: 65,535 x 65,535 pixels", "P6 65535 65535 255\n", "limit", /at most/],
  ["no pixels", "P5 0 1 255\n", "header", /0 x 1/],
  ["a largest value of 0", "P5 1 1 0\n", "header", /largest value of 0/],
  ["no number", "P5 1 x 255\n", "number", /height: a number was needed here/],
  ["a number too long", "P5 1 99999999999 255\n", "number", /height/],
  ["too few bytes", "P6 2 2 255\nabc", "truncated", /12 bytes of pixels were needed, 3 are left/],
  ["too many bytes", "P5 1 1 255\nab", "trailing", /1 bytes after the pixels/],
  ["a sample above the largest value", "P2 1 1 3 4", "number", /sample 0 is 4/],
  ["too few samples", "P2 2 1 3 1    ", "truncated", /a sample: a number was needed/],
  ["more after the samples", "P2 1 1 3 1 1", "trailing", /more after the pixels/],
])("%s is refused by name", (_, value, code, message) => {
  let error: unknown;
  try {
    read(value);
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ name: "FormatError", code, message: expect.stringMatching(message) });
  expect((error as Error).message).toMatch(/^x\.ppm byte \d+: /);
});
