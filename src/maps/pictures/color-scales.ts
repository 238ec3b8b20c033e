import { hexOf, mixed } from "./oklab.js";
import type { ThemeName } from "./themes.js";

/**
 * Eight colors that remain apart for the color-blind (Okabe and Ito 2008, https://jfly.uni-koeln.de/color/), yellow late,
 * since it is the faintest on white (contrast 1.3); the eighth is black, or white on dark.
 */
export function categoryColors(theme: ThemeName): readonly string[] {
  return [
    ...["#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00", "#cc79a7", "#f0e442"],
    theme === "dark" ? "#ffffff" : "#000000",
  ];
}

/** Colors of a scale, which are equal steps of it. */
const steps = 256;
const ramps = new Map<string, readonly string[]>();

/**
 * From little to much, 256 colors: straight in the lightness of OKLab, by hues from yellow (90) over green and blue to
 * violet (300). What is much stands out, dark on light and light on dark; what is little stays apart from the background:
 * the lightness is .88 to .25 on light, .42 to .92 on dark.
 */
export function continuousColors(theme: ThemeName): readonly string[] {
  const [light, dark] = theme === "dark" ? [0.92, 0.42] : [0.88, 0.25];
  return ramp(`continuous ${theme}`, (k) => {
    const t = (theme === "dark" ? steps - 1 - k : k) / (steps - 1);
    return hexOf({ lightness: light + (dark - light) * t, chroma: 0.14, hue: 90 + 210 * t });
  });
}

/**
 * From below zero (blue, hue 255) to above (orange, hue 50), 256 colors: both ends are equally light, the middle is
 * neutral and near the background.
 */
export function divergingColors(theme: ThemeName): readonly string[] {
  const [neutral, end] = theme === "dark" ? [0.3, 0.78] : [0.95, 0.52];
  return ramp(`diverging ${theme}`, (k) => {
    const t = (2 * k) / (steps - 1) - 1;
    const away = Math.abs(t);
    return hexOf({ lightness: neutral + (end - neutral) * away, chroma: 0.15 * away, hue: t < 0 ? 255 : 50 });
  });
}

/** 256 colors that go through those of a palette at equal distances, straight in sRGB. */
export function rampThrough(palette: readonly string[]): readonly string[] {
  return Array.from({ length: steps }, (_, k) => {
    const at = (k / (steps - 1)) * (palette.length - 1);
    const first = Math.min(palette.length - 2, Math.floor(at));
    return mixed(palette[first], palette[first + 1], at - first);
  });
}

function ramp(key: string, colorOf: (k: number) => string): readonly string[] {
  let colors = ramps.get(key);
  if (colors === undefined) {
    colors = Array.from({ length: steps }, (_, k) => colorOf(k));
    ramps.set(key, colors);
  }
  return colors;
}
