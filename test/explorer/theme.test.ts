import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { contrast } from "../../src/maps/pictures/oklab.js";
import { themes } from "../../src/maps/pictures/themes.js";
import { root } from "../child.js";

const css = readFileSync(join(root, "explorer/app/styles/base.css"), "utf8");

/** The custom properties of a rule that are colors. */
function colorsOf(selector: string): Record<string, string> {
  const rule = css.slice(css.indexOf(`${selector} {`)).split("}")[0];
  return Object.fromEntries([...rule.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, color]) => [name, color]));
}

const rules = { light: colorsOf(":root"), dark: colorsOf(':root[data-theme="dark"]') };

test.each(["light", "dark"] as const)(
  "%s: texts have a contrast of 4.5 to all that they stand on (WCAG AA)",
  (theme) => {
    const colors = rules[theme];
    for (const text of ["text", "muted", "accent", "problem"]) {
      for (const ground of ["ground", "panel", "raised"]) {
        expect(contrast(colors[text], colors[ground]), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    for (const [text, ground] of [
      ["text", "tint"],
      ["muted", "tint"],
      ["accent", "tint"],
      ["accent-text", "accent"],
      ["problem", "problem-tint"],
      ["text", "problem-tint"],
    ]) {
      expect(contrast(colors[text], colors[ground]), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  },
);

test.each(["light", "dark"] as const)("%s: the focus is seen everywhere, with a contrast of 3", (theme) => {
  const colors = rules[theme];
  for (const ground of ["ground", "panel", "raised", "tint"]) {
    expect(contrast(colors.accent, colors[ground]), ground).toBeGreaterThanOrEqual(3);
  }
});

test.each(["light", "dark"] as const)("%s: the page has the colors of the maps that it exports", (theme) => {
  const { ground, text, muted, accent } = rules[theme];
  const { background, text: mapText, muted: mapMuted, accent: mapAccent } = themes[theme];
  expect({ ground, text, muted, accent }).toEqual({
    ground: background,
    text: mapText,
    muted: mapMuted,
    accent: mapAccent,
  });
});
