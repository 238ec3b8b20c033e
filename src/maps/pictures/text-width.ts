/**
 * How wide text will be, without a font at hand. A picture is drawn before anybody knows in which sans-serif it will be
 * seen, so each letter counts with the larger of its widths in Helvetica and in DejaVu Sans, which lie at the narrow and
 * at the wide end of what systems have, and 5 % are added.
 */

/** Widths of U+0020 .. U+007E in thousandths of the font size. */
const ascii = [
  ...[
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
  ],
  ...[636, 636, 636, 337, 337, 838, 838, 838, 556, 1015, 684, 686, 722, 770, 667, 611, 778, 752, 295, 500, 667, 557],
  ...[
    863, 748, 787, 667, 787, 722, 667, 611, 732, 684, 989, 685, 667, 685, 390, 337, 390, 838, 556, 500, 613, 635, 550,
  ],
  ...[
    635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525,
  ],
  ...[636, 337, 636, 838],
];

/** Letters wider than their script's usual. */
const wide = new Map(
  [
    ["æǣœŒÆшщюжыфмѡ…—™‰", 1024],
    ["ШЩЖЮЫМФЊЉѠ", 1110],
    ["ωΩψφ€", 840],
    ["سشصضﷲ", 1230],
  ].flatMap(([letters, width]) => Array.from(letters as string, (letter) => [letter, width as number])),
);

/** The usual widths of scripts and signs, first match first. */
const scripts: readonly (readonly [RegExp, number])[] = [
  [/\p{Mark}|\p{Control}|\p{Format}/u, 0],
  [/\p{Emoji_Presentation}|\p{Regional_Indicator}|[\u{1f000}-\u{1faff}]/u, 1400],
  [
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u,
    1000,
  ],
  [/[\u2010-\u2013\u2018-\u201f\u2026]/u, 520],
  [/(?=\p{Lowercase})[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u, 700],
  [/\p{Script=Latin}/u, 790],
  [
    /\p{Script=Greek}|\p{Script=Cyrillic}|\p{Script=Armenian}|\p{Script=Hebrew}|\p{Script=Thai}|\p{Script=Georgian}/u,
    790,
  ],
  [/[\u00a0-\u00bf\u00d7\u00f7\u2190-\u22ff]/u, 840],
];

/** Of what is in no table. */
const usual = 1000;
const allowance = 1.05;

/** Width of a text at a font size, in the size's unit: no less than almost any sans-serif takes. */
export function textWidth(text: string, size: number): number {
  let thousandths = 0;
  for (const letter of text.normalize("NFD")) thousandths += letterWidth(letter);
  return (thousandths / 1000) * size * allowance;
}

function letterWidth(letter: string): number {
  const code = letter.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return ascii[code - 0x20];
  const special = wide.get(letter);
  if (special !== undefined) return special;
  for (const [pattern, width] of scripts) if (pattern.test(letter)) return width;
  return usual;
}

/** The text, or as much of its beginning as fits with an ellipsis behind. Letters and their marks stay together. */
export function fittedText(text: string, width: number, size: number): string {
  if (textWidth(text, size) <= width) return text;
  const graphemes = Array.from(new Intl.Segmenter("en").segment(text.slice(0, 1000)), ({ segment }) => segment);
  let kept = "";
  let used = textWidth("…", size);
  for (const grapheme of graphemes) {
    used += textWidth(grapheme, size);
    if (used > width) break;
    kept += grapheme;
  }
  return `${kept.trimEnd()}…`;
}

/**
 * Lines of text no wider than `width`, broken at spaces; a word that is wider by itself is cut. There are as few lines as
 * can be, and they are about equally long.
 */
export function wrappedText(text: string, width: number, size: number): string[] {
  const words = text.split(/\s+(?!%)/).filter((word) => word !== ""); // a % stays with its number
  const lines = filledLines(words, width, size);
  if (lines.length < 2) return lines;
  let [low, high] = [width / 2, width];
  while (high - low > size) {
    const middle = (low + high) / 2;
    const isEnough = filledLines(words, middle, size).length === lines.length;
    if (isEnough && words.every((word) => textWidth(word, size) <= middle)) high = middle;
    else low = middle;
  }
  return filledLines(words, high, size);
}

function filledLines(words: readonly string[], width: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(fittedText(word, width, size));
  }
  return lines;
}
