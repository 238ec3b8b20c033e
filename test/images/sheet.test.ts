import { expect, test } from "vitest";
import { coefficientLabels, pictureSheet } from "../../dist/images/index.js";

const gray = (width: number, ...values: number[]) => ({
  ...{ width, height: values.length / width, channels: 1, data: Uint8Array.from(values) },
});

/** The red channel as rows of text: the darkest dots `#`, white `.`, all else `o`. */
function drawing({ width, height, data }: { width: number; height: number; data: Uint8Array }): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const value = data[(y * width + x) * 3];
      return value === 255 ? "." : value === 40 ? "#" : "o";
    }).join(""),
  );
}

test("pictures stand row by row, each pixel repeated, with white between", () => {
  const sheet = pictureSheet([gray(1, 1), gray(1, 2), gray(1, 3)], { columns: 2, scale: 2, gap: 1 });
  expect(drawing(sheet)).toEqual([".......", ".oo.oo.", ".oo.oo.", ".......", ".oo....", ".oo....", "......."]);
});

test("a number stands under its picture, in the middle", () => {
  const sheet = pictureSheet([gray(1, 0)], { scale: 26, gap: 0, labels: ["-1"] });
  expect([sheet.width, sheet.height]).toEqual([26, 26 + 22]);
  // two pixels a dot: every second makes a smaller drawing
  const dots = drawing(sheet).filter((_, y) => y >= 30 && y < 44 && y % 2 === 0);
  expect(
    dots.map((row) =>
      Array.from(row)
        .filter((_, x) => x % 2 === 0)
        .join(""),
    ),
  ).toEqual([
    ".........#...",
    "........##...",
    ".........#...",
    "..###....#...",
    ".........#...",
    ".........#...",
    "........###..",
  ]);
});

test("coefficients have one digit and no negative zero, as on the talk's slides", () => {
  const linspace = Array.from({ length: 10 }, (_, k) => -1 + (3 * k) / 9);
  expect(coefficientLabels(linspace).join(" ")).toBe("-1.0 -0.7 -0.3 0.0 0.3 0.7 1.0 1.3 1.7 2.0");
  expect(coefficientLabels([-0.04, 0.04, -0])).toEqual(["0.0", "0.0", "0.0"]);
});

test("no picture, pictures of two sizes, and labels that are no numbers are refused", () => {
  expect(() => pictureSheet([])).toThrow(/a picture or more was needed/);
  expect(() => pictureSheet([gray(1, 1), gray(2, 1, 2)])).toThrow(/one size were needed, got 1 x 1 and 2 x 1/);
  expect(() => pictureSheet([gray(1, 1)], { labels: ["a"] })).toThrow(/labels are numbers, got "a"/);
  expect(() => pictureSheet([gray(1, 1)], { labels: [] })).toThrow(/1 labels were needed, got 0/);
});

test("a sheet of more than 100 million pixels is refused, with its size", () => {
  const many = Array.from({ length: 2000 }, () => gray(1, 1, 8));
  expect(() => pictureSheet(many, { scale: 64, columns: 10, gap: 1024 })).toThrow(
    "a sheet of 11,904 x 231,424 pixels was to be drawn, at most 100,000,000 pixels are",
  );
});
