/** A picture of 8 bits a channel. */
export interface Picture {
  /** Pixels. */
  width: number;
  height: number;
  /** 1 gray, 2 gray and alpha, 3 red, green, blue, 4 those and alpha. */
  channels: number;
  /** [height, width, channels], rows from the top. */
  data: Uint8Array;
}

/** Pixels of one picture that are read at most, more than cameras of 2026 make in one shot but few; beyond it is refused. */
export const mostPixels = 40_000_000;

/** Throws RangeError unless the sizes are integers >= 1 and the data have as many bytes. */
export function checkPicture(where: string, { width, height, channels, data }: Picture): void {
  for (const [name, value, most] of [
    ["width", width, 2 ** 31 - 1],
    ["height", height, 2 ** 31 - 1],
    ["channels", channels, 4],
  ] as const) {
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new RangeError(`${where}: ${name} must be an integer from 1 to ${most}, got ${value}`);
  }
  if (data.length !== width * height * channels) {
    const needed = `${width} x ${height} x ${channels} = ${width * height * channels}`;
    throw new RangeError(`${where}: data must have ${needed} bytes, got ${data.length}`);
  }
}

/** The first of several pictures of one size. Throws RangeError where there is none, where one is no picture, or sizes differ. */
export function requireOneSize(where: string, pictures: readonly Picture[]): Picture {
  const [first] = pictures;
  if (first === undefined) throw new RangeError(`${where}: a picture or more was needed, got none`);
  for (const picture of pictures) {
    checkPicture(where, picture);
    if (picture.width !== first.width || picture.height !== first.height) {
      const sizes = `${first.width} x ${first.height} and ${picture.width} x ${picture.height}`;
      throw new RangeError(`${where}: pictures of one size were needed, got ${sizes}`);
    }
  }
  return first;
}
