/** Glyphs of 5 x 7 dots for numbers, a row a digit of the list, its five low bits from the left. */
const glyphs: Readonly<Record<string, readonly number[]>> = {
  "0": [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110],
  "1": [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
  "2": [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111],
  "3": [0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110],
  "4": [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
  "5": [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
  "6": [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
  "7": [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000],
  "8": [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
  "9": [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
  "-": [0, 0, 0, 0b01110, 0, 0, 0],
  "+": [0, 0b00100, 0b00100, 0b11111, 0b00100, 0b00100, 0],
  ".": [0, 0, 0, 0, 0, 0b00110, 0b00110],
  " ": [0, 0, 0, 0, 0, 0, 0],
};

/** Dots of a glyph, and from one to the next. */
export const glyphHeight = 7;
export const glyphStep = 6;

/** Whether the text is written with these glyphs alone. */
export function isDrawable(text: string): boolean {
  return Array.from(text).every((character) => Object.hasOwn(glyphs, character));
}

/** Calls `dot` with column and row of each dot of a text; what has no glyph is left blank. */
export function eachDot(text: string, dot: (x: number, y: number) => void): void {
  Array.from(text).forEach((character, k) => {
    for (const [y, bits] of (glyphs[character] ?? glyphs[" "]).entries())
      for (let x = 0; x < 5; x++) if ((bits >> (4 - x)) & 1) dot(k * glyphStep + x, y);
  });
}
