/** Classes of code points; a token is a longest run of one class other than `other`. */
export const codePointClass = { other: 0, letter: 1, number: 2 } as const;

/** How many code points there are. */
export const codePoints = 0x110000;

const blockLength = 0x1000;
let withNumbers: Uint8Array | undefined;

/**
 * The class of every code point, a byte each: letters and marks (Unicode categories L and M), numbers (N), all others.
 * Without `numbers`, those are others too. The categories are those of the engine's version of Unicode.
 */
export function codePointClasses(numbers: boolean): Uint8Array {
  withNumbers ??= classify();
  return numbers
    ? withNumbers
    : withNumbers.map((kind) => (kind === codePointClass.number ? codePointClass.other : kind));
}

function classify(): Uint8Array {
  const classes = new Uint8Array(codePoints);
  for (let start = 0; start < codePoints; start += blockLength) {
    if (start >= 0xd000 && start < 0xe000)
      classifyRange(classes, start, 0xd800); // then come the surrogates
    else classifyRange(classes, start, start + blockLength);
  }
  return classes;
}

function classifyRange(classes: Uint8Array, start: number, end: number): void {
  const text = Array.from({ length: end - start }, (_, k) => String.fromCodePoint(start + k)).join("");
  const unitsEach = start < 0x10000 ? 1 : 2;
  for (const match of text.matchAll(/([\p{L}\p{M}]+)|\p{N}+/gu)) {
    const first = start + match.index / unitsEach;
    const kind = match[1] === undefined ? codePointClass.number : codePointClass.letter;
    classes.fill(kind, first, first + match[0].length / unitsEach);
  }
}
