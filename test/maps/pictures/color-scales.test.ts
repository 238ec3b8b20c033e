import { describe, expect, test } from "vitest";
import { categoryColors, continuousColors, divergingColors } from "../../../dist/maps/pictures/color-scales.js";
import { contrast, hexOf, oklabOf } from "../../../dist/maps/pictures/oklab.js";
import { themeNames, themes } from "../../../dist/maps/pictures/themes.js";

describe("OKLab", () => {
  test("gives the values of the article's table of sRGB primaries", () => {
    // https://bottosson.github.io/posts/oklab/ and CSS Color 4, section 9.2: red is oklab(0.62796 0.22486 0.12585).
    const [l, a, b] = oklabOf("#ff0000");
    expect([l, a, b].map((value) => Number(value.toFixed(4)))).toEqual([0.628, 0.2249, 0.1258]);
    const [white, ...rest] = oklabOf("#ffffff");
    expect(white).toBeCloseTo(1, 5);
    for (const value of rest) expect(value).toBeCloseTo(0, 4);
  });

  test("a color inside sRGB comes back, one outside keeps lightness and hue", () => {
    const [l, a, b] = oklabOf("#3a7f5c");
    expect(hexOf({ lightness: l, chroma: Math.hypot(a, b), hue: (Math.atan2(b, a) * 180) / Math.PI })).toBe("#3a7f5c");
    const [light, x, y] = oklabOf(hexOf({ lightness: 0.6, chroma: 0.4, hue: 200 }));
    expect(light).toBeCloseTo(0.6, 2);
    expect(((Math.atan2(y, x) * 180) / Math.PI + 360) % 360).toBeCloseTo(200, -0.5);
  });

  test("contrast is that of WCAG: 21 for black on white, 4.48 for #777777", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  });
});

describe("scales", () => {
  test("text is read on its background, in both themes", () => {
    for (const name of themeNames) {
      const { background, text, muted } = themes[name];
      expect(contrast(text, background)).toBeGreaterThan(12);
      expect(contrast(muted, background)).toBeGreaterThan(4.5);
    }
  });

  test("categories are the eight of Okabe and Ito, and the closest pair is as far apart as measured", () => {
    for (const name of themeNames) {
      const colors = categoryColors(name);
      expect(new Set(colors).size).toBe(8);
      let closest = Number.POSITIVE_INFINITY;
      for (const a of colors)
        for (const b of colors) {
          const [p, q] = [oklabOf(a), oklabOf(b)];
          if (a !== b) closest = Math.min(closest, Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
        }
      expect(closest).toBeGreaterThan(0.12);
      expect(colors).not.toContain(themes[name].background);
    }
  });

  test("the continuous scale is straight in lightness, and much stands out from the background", () => {
    const light = continuousColors("light").map((hex) => oklabOf(hex)[0]);
    const dark = continuousColors("dark").map((hex) => oklabOf(hex)[0]);
    for (const [values, from, to] of [
      [light, 0.88, 0.25],
      [dark, 0.42, 0.92],
    ] as const) {
      for (const [k, value] of values.entries()) expect(value).toBeCloseTo(from + ((to - from) * k) / 255, 2);
    }
  });

  test("the diverging scale is equally light at equal distances from its neutral middle", () => {
    for (const name of themeNames) {
      const colors = divergingColors(name).map(oklabOf);
      for (let k = 0; k < 128; k++) expect(colors[k][0]).toBeCloseTo(colors[255 - k][0], 2);
      const [, a, b] = colors[127];
      expect(Math.hypot(a, b)).toBeLessThan(0.01);
      expect(colors[0][2]).toBeLessThan(-0.05); // blue
      expect(colors[255][2]).toBeGreaterThan(0.05); // orange
    }
  });
});
