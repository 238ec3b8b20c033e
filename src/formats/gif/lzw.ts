/** Codes are at most 12 bits wide. */
const mostCodes = 4096;

/**
 * Compresses numbers of `bits` bits each (2 to 8) by the Lempel-Ziv-Welch method as GIF has it (GIF89a specification, appendix
 * F): codes of growing width, the lowest bit first, a clear code in front and wherever the table is full.
 */
export function lzw(values: Uint8Array, bits: number): Uint8Array {
  const clear = 1 << bits;
  const end = clear + 1;
  const out = new BitWriter(Math.ceil(values.length / 2) + 16);
  // the code of what a code stands for and one value more; 0, which is always a value's own, where there is none yet
  const longer = new Uint16Array(mostCodes << bits);
  let next = end + 1;
  let width = bits + 1;
  out.write(clear, width);
  let code = values[0];
  for (let k = 1; k < values.length; k++) {
    const place = (code << bits) | values[k];
    if (longer[place] !== 0) {
      code = longer[place];
      continue;
    }
    out.write(code, width);
    code = values[k];
    if (next === mostCodes) {
      out.write(clear, width);
      longer.fill(0);
      next = end + 1;
      width = bits + 1;
      continue;
    }
    longer[place] = next;
    if (next === 1 << width) width++; // the reader learns of each code one step later
    next++;
  }
  out.write(code, width);
  // the reader has by now learned of one code more
  if (next === 1 << width && width < 12) width++;
  out.write(end, width);
  return out.finish();
}

/** Bits, the lowest first. */
class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #pending = 0;
  #count = 0;

  constructor(room: number) {
    this.#bytes = new Uint8Array(room);
  }

  write(value: number, width: number): void {
    this.#pending |= value << this.#count;
    this.#count += width;
    while (this.#count >= 8) this.#byte();
  }

  finish(): Uint8Array {
    if (this.#count > 0) this.#byte();
    return this.#bytes.subarray(0, this.#length);
  }

  #byte(): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = this.#pending & 255;
    this.#pending >>>= 8;
    this.#count -= 8;
  }
}
