import { FormatError } from "../io/errors.js";
import { checkPicture, mostPixels, type Picture } from "./picture.js";

/** Netpbm's gray and color pictures (https://netpbm.sourceforge.net/doc/pgm.html and ppm.html). */
const kinds: Readonly<Record<string, { channels: number; text: boolean }>> = {
  P2: { channels: 1, text: true },
  P3: { channels: 3, text: true },
  P5: { channels: 1, text: false },
  P6: { channels: 3, text: false },
};

/**
 * Reads a PGM or PPM, as bytes (P5, P6) or as text (P2, P3), of any largest value up to 65,535, which becomes 255. One picture a
 * file: what follows is refused. Throws FormatError with the byte; `file` names it.
 */
export function decodePpm(bytes: Uint8Array, file: string): Picture {
  const scanner = new Scanner(bytes, file);
  if (bytes.length === 0) throw scanner.error("empty", "the file is empty");
  const magic = String.fromCharCode(...bytes.subarray(0, 2));
  const kind = Object.hasOwn(kinds, magic) ? kinds[magic] : undefined;
  if (kind === undefined) throw scanner.error("header", "this is no PGM or PPM of P2, P3, P5 or P6");
  scanner.at = 2;
  const [width, height, most] = [scanner.integer("width"), scanner.integer("height"), scanner.integer("largest value")];
  if (width === 0 || height === 0) throw scanner.error("header", `a picture of ${width} x ${height} pixels`);
  if (width * height > mostPixels)
    throw scanner.error("limit", `a picture of ${width} x ${height} pixels; at most ${mostPixels} pixels are read`);
  if (most < 1 || most > 65535) throw scanner.error("header", `a largest value of ${most}; 1 to 65535 was needed`);
  const samples = width * height * kind.channels;
  const needed = kind.text ? 2 * samples - 1 : samples * (most > 255 ? 2 : 1);
  if (!kind.text) scanner.whitespace();
  const left = bytes.length - scanner.at;
  if (left < needed) throw scanner.error("truncated", `${needed} bytes of pixels were needed, ${left} are left`);
  if (!kind.text && left > needed) throw scanner.error("trailing", `${left - needed} bytes after the pixels`);
  const data = new Uint8Array(samples);
  for (let k = 0; k < samples; k++) {
    const value = kind.text ? scanner.integer("a sample") : scanner.binary(most > 255);
    if (value > most) throw scanner.error("number", `sample ${k} is ${value}, the largest value ${most}`);
    data[k] = most === 255 ? value : Math.round((value * 255) / most);
  }
  scanner.end();
  return { width, height, channels: kind.channels, data };
}

class Scanner {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #file: string;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#file = file;
  }

  /** A decimal number after white space and comments, which run from # to the end of the line. */
  integer(what: string): number {
    const before = this.at;
    this.#skip();
    const start = this.at;
    let value = 0;
    while (isDigit(this.#bytes[this.at]) && this.at - start < 10) value = 10 * value + this.#bytes[this.at++] - 48;
    if (this.at === start || start === before || isDigit(this.#bytes[this.at]))
      throw this.error(this.at >= this.#bytes.length ? "truncated" : "number", `${what}: a number was needed here`);
    return value;
  }

  binary(wide: boolean): number {
    const value = this.#bytes[this.at++];
    return wide ? 256 * value + this.#bytes[this.at++] : value;
  }

  /** The one byte of white space before the pixels. */
  whitespace(): void {
    if (!isSpace(this.#bytes[this.at])) throw this.error("header", "white space was needed before the pixels");
    this.at++;
  }

  /** Throws where more follows than white space. */
  end(): void {
    this.#skip();
    if (this.at < this.#bytes.length) throw this.error("trailing", "more after the pixels");
  }

  #skip(): void {
    for (;;) {
      const byte = this.#bytes[this.at];
      if (byte === 0x23) while (this.at < this.#bytes.length && this.#bytes[this.at] !== 0x0a) this.at++;
      else if (isSpace(byte)) this.at++;
      else return;
    }
  }

  error(code: FormatError["code"], message: string): FormatError {
    return new FormatError(code, { file: this.#file, offset: this.at }, message);
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

/** A gray picture as PGM (P5), one of three channels as PPM (P6). Throws RangeError for alpha, which they do not have. */
export function encodePpm(picture: Picture): Uint8Array {
  checkPicture("encodePpm", picture);
  const { width, height, channels, data } = picture;
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`encodePpm: a picture of 1 or 3 channels was needed, got ${channels}`);
  const header = new TextEncoder().encode(`${channels === 1 ? "P5" : "P6"}\n${width} ${height}\n255\n`);
  const bytes = new Uint8Array(header.length + data.length);
  bytes.set(header);
  bytes.set(data, header.length);
  return bytes;
}
