import { describe, expect, test } from "vitest";
import { drawTerminalMap } from "../../../dist/maps/pictures/braille.js";

describe("drawTerminalMap", () => {
  test("the dots of a character are those of its points", () => {
    // Two corners of a square of 40 x 40 dots: the highest at the right is bit 4 of U+2800, the lowest at the left bit 7.
    const lines = drawTerminalMap({ coordinates: [0, 0, 1, 1], columns: 20 }).split("\n");
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe(`${" ".repeat(19)}\u2808`);
    expect(lines[9]).toBe("\u2840");
    expect(lines.slice(1, 9)).toEqual(Array(8).fill(""));
  });

  test("points of one character share it, and the color of most of them is its color", () => {
    const coordinates = [0, 0, 0, 0, 0, 0, 1, 1];
    const text = drawTerminalMap({
      coordinates,
      color: { title: "kind", values: ["a", "b", "b", "a"] },
      columns: 20,
      colors: "24-bit",
    });
    expect(text).toContain("\x1b[38;2;86;180;233m\u2840\x1b[39m"); // b is the second category
    expect(text).toContain("kind: \x1b[38;2;230;159;0m●\x1b[39m a 2  \x1b[38;2;86;180;233m●\x1b[39m b 2");
    const few = drawTerminalMap({
      coordinates: [0, 0],
      color: { title: "n", values: ["a"] },
      columns: 20,
      colors: "256",
    });
    expect(few).toContain("\x1b[38;5;178m"); // #e69f00 is nearest to #d7af00
  });

  test("names stand beside their points where there is room, and cannot steer the terminal", () => {
    const map = { coordinates: [0, 0, 1, 1, 0.1, 0.5], names: ["ann", "bob", "\x1b[2J"], columns: 20 };
    const lines = drawTerminalMap(map).split("\n");
    expect(lines[0]).toBe(`${" ".repeat(16)}bob\u2808`);
    expect(lines[9]).toBe("\u2840ann");
    expect(drawTerminalMap(map)).not.toContain("\x1b");
    expect(drawTerminalMap({ ...map, labels: 0 })).not.toContain("ann");
    expect(drawTerminalMap({ ...map, labels: 1, priority: [0, 5, null] })).not.toContain("ann");
    const wide = drawTerminalMap({ ...map, names: ["漢字", "b", "c"], widthOf: (text) => 2 * text.length });
    expect(wide).toContain("漢字");
  });

  test("no line is wider than the terminal", () => {
    const coordinates = Array.from({ length: 400 }, (_, k) => ((k * 7919) % 1000) / (k % 2 === 0 ? 1 : 3));
    const names = Array.from({ length: 200 }, (_, k) => `name ${k}`);
    for (const line of drawTerminalMap({ coordinates, names, columns: 40 }).split("\n")) {
      expect(line.length).toBeLessThanOrEqual(40);
    }
  });

  test("one point, equal points and none are drawn; what is not finite is refused", () => {
    expect(drawTerminalMap({ coordinates: [5, 5] }).match(/[\u2801-\u28ff]/g)).toHaveLength(1);
    expect(drawTerminalMap({ coordinates: [5, 5, 5, 5] }).match(/[\u2801-\u28ff]/g)).toHaveLength(1);
    expect(drawTerminalMap({ coordinates: [] }).trim()).toBe("");
    expect(() => drawTerminalMap({ coordinates: [0, Number.NaN] })).toThrow(
      "drawTerminalMap: coordinates must be finite numbers, got NaN at point 0",
    );
    expect(() => drawTerminalMap({ coordinates: [], columns: 5 })).toThrow(
      "columns must be an integer from 20 to 1000",
    );
  });

  test("a column of numbers has its scale below", () => {
    const values = Array.from({ length: 20 }, (_, k) => k / 19);
    const coordinates = values.flatMap((value) => [value, value]);
    expect(drawTerminalMap({ coordinates, color: { title: "share", values } })).toMatch(/\nshare: 0 █{16} 1\n$/);
  });
});
