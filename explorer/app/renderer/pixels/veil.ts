/**
 * Many lines without a graphics processor: how strongly each pixel is crossed, added up, and shown as one color that is the
 * more opaque the more lines cross, by log(1 + lines), as the passes of WebGL2 do.
 */
export class Veil {
  #width = 0;
  #height = 0;
  /** [height, width] */
  #sums = new Float32Array(0);

  begin(width: number, height: number): void {
    if (this.#sums.length === width * height) this.#sums.fill(0);
    else this.#sums = new Float32Array(width * height);
    this.#width = width;
    this.#height = height;
  }

  /** Adds `strength` to one pixel of each column that a flat line crosses, or of each row that a steep one does. */
  line(x0: number, y0: number, x1: number, y1: number, strength: number): void {
    const isSteep = Math.abs(y1 - y0) > Math.abs(x1 - x0);
    if (isSteep) this.#along(y0, x0, y1, x1, this.#height, this.#width, this.#width, 1, strength);
    else this.#along(x0, y0, x1, y1, this.#width, this.#height, 1, this.#width, strength);
  }

  /** RGBA bytes as words, of `color` (the bytes of red, green and blue) with at most the opacity `ceiling`. */
  shown(pixels: Uint32Array, color: number, { most, least, ceiling }: VeilShading): void {
    const sums = this.#sums;
    const scale = (1 - least) / Math.log(1 + most);
    for (let k = 0; k < pixels.length; k++) {
      const count = sums[k];
      if (count === 0) {
        pixels[k] = 0;
        continue;
      }
      const opacity = ceiling * Math.min(count, 1) * Math.min(1, least + scale * Math.log(1 + count));
      pixels[k] = ((opacity * 255 + 0.5) << 24) | color;
    }
  }

  /** a is the axis along which the line is longer, b the other; their sizes and the distances of pixels along them. */
  #along(
    a0: number,
    b0: number,
    a1: number,
    b1: number,
    sizeA: number,
    sizeB: number,
    stepA: number,
    stepB: number,
    strength: number,
  ): void {
    if (a1 < a0) {
      this.#along(a1, b1, a0, b0, sizeA, sizeB, stepA, stepB, strength);
      return;
    }
    const slope = a1 === a0 ? 0 : (b1 - b0) / (a1 - a0);
    const first = Math.max(0, Math.ceil(a0 - 0.5));
    const last = Math.min(sizeA - 1, Math.floor(a1 - 0.5));
    for (let a = first; a <= last; a++) {
      const b = Math.floor(b0 + (a + 0.5 - a0) * slope);
      if (b >= 0 && b < sizeB) this.#sums[a * stepA + b * stepB] += strength;
    }
  }
}

/** How sums become opacity: `most` lines are as opaque as it gets, one has the share `least` of that or more. */
export interface VeilShading {
  most: number;
  least: number;
  ceiling: number;
}
