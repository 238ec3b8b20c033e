import { categoryColors } from "../../src/maps/pictures/color-scales.js";
import type { ThemeName } from "../../src/maps/pictures/themes.js";

/**
 * Colors after the eight of Okabe and Ito, found greedily: of all colors with lightness .48 to .85 in OKLab each is the farthest
 * from those before it, for usual sight and, by Machado, Oliveira and Fernandes (2009), for protanopes, deuteranopes and
 * tritanopes. All lie at least .06 apart, .035 for
 * the rare tritanopes; the nearest two of Okabe and Ito lie .075 apart.
 */
const further = [
  "#8a4b00",
  "#ffb389",
  "#0c6c68",
  "#718fff",
  "#a7c9ff",
  "#9bbfc6",
  "#e2c812",
  "#7b80d0",
  "#4f4ab9",
  "#bba66c",
  "#487953",
  "#6a69db",
];

/** Twenty colors for classes, the ones that are easiest to tell apart first. */
export function classColors(theme: ThemeName): readonly string[] {
  return [...categoryColors(theme), ...further];
}
