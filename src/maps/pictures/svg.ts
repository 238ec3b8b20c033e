/** The pieces that every picture of this package is written with: text as XML takes it, numbers as short as they can be. */

/**
 * Text for an SVG file: markup is escaped, what XML 1.0 cannot hold (section 2.2) is shown as a picture of itself or as
 * U+FFFD, and half a surrogate pair as U+FFFD.
 */
export function escaped(text: string): string {
  return text
    .replace(/[\t\n\r]/g, " ")
    .replace(/\p{Control}/gu, (control) => controlPicture(control.charCodeAt(0)))
    .replace(/[\ufffe\uffff]|\p{Surrogate}/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** U+2400 shows NUL, and so on; there is one for DELETE and none for U+0080 .. U+009F. */
function controlPicture(code: number): string {
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\ufffd";
}

/**
 * A name among other text: controls of direction that it holds are dropped, and where it holds letters written from right
 * to left it is isolated (U+2068 ... U+2069; Unicode Standard Annex 9, section 2.5), so that what stands around it keeps
 * its order.
 */
export function isolated(name: string): string {
  const bare = name.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
  return rightToLeft.test(bare) ? `\u2068${bare}\u2069` : bare;
}

const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Samaritan}\p{Script=Mandaic}]/u;

/** A coordinate with one decimal, and no more letters than it needs: `12.3`, `7`, `0`. */
export function tenths(value: number): string {
  const rounded = Math.round(10 * value) / 10;
  return String(rounded === 0 ? 0 : rounded);
}

/** Attributes as they stand in a tag, each with a space before it; undefined ones are left out. */
export function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${typeof value === "number" ? tenths(value) : escaped(String(value))}"`)
    .join("");
}

/** An element with text in it. */
export function textElement(
  x: number,
  y: number,
  text: string,
  values: Readonly<Record<string, string | number | undefined>> = {},
): string {
  return `<text${attributes({ x, y, ...values })}>${escaped(text)}</text>`;
}
