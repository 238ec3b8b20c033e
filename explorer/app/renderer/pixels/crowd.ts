/**
 * Crowds of points without a graphics processor: colors and opacities are added up pixel by pixel and then shown as a mean
 * color and a count, as the passes of WebGL2 do (passes/density.ts).
 */
export class Crowd {
  #width = 0;
  #height = 0;
  /** Red, green and blue times opacity, and opacity, of each pixel [height, width, 4]. */
  #sums = new Float32Array(0);

  begin(width: number, height: number): void {
    const length = 4 * width * height;
    if (this.#sums.length === length) this.#sums.fill(0);
    else this.#sums = new Float32Array(length);
    this.#width = width;
    this.#height = height;
  }

  /** Adds a square of `side` pixels about (x, y), to the pixels whose middles are in it; `color` is RGBA bytes as a word. */
  add(x: number, y: number, side: number, color: number, opacity: number): void {
    const sums = this.#sums;
    const width = this.#width;
    const left = Math.max(0, Math.ceil(x - 0.5 * side - 0.5));
    const right = Math.min(width, Math.ceil(x + 0.5 * side - 0.5));
    const top = Math.max(0, Math.ceil(y - 0.5 * side - 0.5));
    const bottom = Math.min(this.#height, Math.ceil(y + 0.5 * side - 0.5));
    const alpha = (color >>> 24) * opacity * (1 / 255);
    const red = (color & 255) * alpha;
    const green = ((color >>> 8) & 255) * alpha;
    const blue = ((color >>> 16) & 255) * alpha;
    for (let row = top; row < bottom; row++) {
      const end = 4 * (row * width + right);
      for (let at = 4 * (row * width + left); at < end; at += 4) {
        sums[at] += red;
        sums[at + 1] += green;
        sums[at + 2] += blue;
        sums[at + 3] += alpha;
      }
    }
  }

  /**
   * Adds points k = start, start + every, ... < end at (x0 + scale * x, y0 - scale * y), all of one size and opacity;
   * positions [N, 2] and colors [N] lie in the order in which they are added.
   */
  addFlat(
    positions: Float32Array,
    colors: Uint32Array,
    [start, end]: readonly [number, number],
    every: number,
    [x0, y0, scale]: readonly [number, number, number],
    side: number,
    opacity: number,
  ): void {
    for (let k = start; k < end; k += every)
      this.add(x0 + scale * positions[2 * k], y0 - scale * positions[2 * k + 1], side, colors[k], opacity);
  }

  /** RGBA bytes as words; `most` points of a pixel are opaque, one has the opacity `least` or more. */
  shown(pixels: Uint32Array, most: number, least: number): void {
    const sums = this.#sums;
    const scale = (1 - least) / Math.log(1 + most);
    for (let k = 0; k < pixels.length; k++) {
      const count = sums[4 * k + 3];
      if (count === 0) {
        pixels[k] = 0;
        continue;
      }
      const opacity = Math.min(count, 1) * Math.min(1, least + scale * Math.log(1 + count));
      const byte = (at: number) => Math.min(255, sums[4 * k + at] / count + 0.5);
      pixels[k] = ((opacity * 255 + 0.5) << 24) | (byte(2) << 16) | (byte(1) << 8) | byte(0);
    }
  }
}
