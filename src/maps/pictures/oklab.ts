import { cos, pow, sin } from "../../numerics/elementary.js";

/**
 * Colors by lightness L in 0..1, chroma C and hue h in degrees of OKLab (Ottosson 2020,
 * https://bottosson.github.io/posts/oklab/), in which equal distances look about equally far apart.
 */
export interface Oklch {
  lightness: number;
  chroma: number;
  hue: number;
}

/** `#rrggbb`; a color outside sRGB loses chroma until it is inside, so that lightness and hue stay. */
export function hexOf(color: Oklch): string {
  let inside = linearOf(color);
  if (!isInside(inside)) {
    let [low, high] = [0, color.chroma];
    for (let step = 0; step < 20; step++) {
      const chroma = (low + high) / 2;
      if (isInside(linearOf({ ...color, chroma }))) low = chroma;
      else high = chroma;
    }
    inside = linearOf({ ...color, chroma: low });
  }
  const bytes = inside.map((value) => Math.round(255 * gammaOf(Math.min(1, Math.max(0, value)))));
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Lightness, a and b of `#rrggbb`. */
export function oklabOf(hex: string): [number, number, number] {
  const [r, g, b] = linearRgb(hex);
  const [l, m, s] = [
    0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
    0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
    0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
  ].map((value) => pow(value, 1 / 3));
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** Contrast of two colors, from 1 to 21 (WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). */
export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** A color between two, `share` of the way from `a` to `b`, in sRGB. */
export function mixed(a: string, b: string, share: number): string {
  const [from, to] = [bytesOf(a), bytesOf(b)];
  const bytes = from.map((byte, k) => Math.round(byte + share * (to[k] - byte)));
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Red, green and blue of `#rrggbb`, each 0..255. */
export function bytesOf(hex: string): [number, number, number] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
}

function linearRgb(hex: string): number[] {
  return bytesOf(hex).map((byte) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
  });
}

function luminance(hex: string): number {
  const [r, g, b] = linearRgb(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function gammaOf(value: number): number {
  return value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055;
}

function isInside(linear: readonly number[]): boolean {
  return linear.every((value) => value >= -1e-4 && value <= 1 + 1e-4);
}

/** Linear red, green and blue. */
function linearOf({ lightness, chroma, hue }: Oklch): number[] {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * cos(angle), chroma * sin(angle)];
  const cube = (x: number) => x * x * x;
  const l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
  const m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
  const s = cube(lightness - 0.0894841775 * a - 1.291485548 * b);
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}
