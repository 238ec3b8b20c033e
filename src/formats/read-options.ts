import { FormatError, type FormatPlace } from "../io/errors.js";
import { integerOption, knownOptions, wordOption } from "../io/options.js";
import { decodeUtf8, validUtf8Length } from "../io/utf8.js";

/** What all readers of vectors understand. */
export interface ReadOptions {
  /** Numbers that are NaN, infinite, or too large for f32: refuse the file, drop the row, or put 0. Default "error". */
  nonfinite?: "error" | "drop" | "zero";
  /** Names that are not UTF-8: refuse the file, put U+FFFD, or leave the row out. Default "error". */
  encodingErrors?: "error" | "replace" | "skip";
  /** Read at most this many rows, at least 1. Default all. */
  limit?: number;
  /** Called with a sentence for everything that was repaired or left out, at the end of the file. */
  onWarning?: (message: string) => void;
}

const known = ["nonfinite", "encodingErrors", "limit", "onWarning"] as const;

/** Most numbers a row may have. */
export const mostDimensions = 2 ** 20;

/** Checked options, and what they did to a file. */
export class ReadPolicy {
  readonly nonfinite: "error" | "drop" | "zero";
  readonly encodingErrors: "error" | "replace" | "skip";
  readonly limit: number;
  readonly #warn: (message: string) => void;
  readonly #replacing = new TextDecoder("utf-8", { ignoreBOM: true });
  #counts = new Map<string, { count: number; first: string }>();

  constructor(where: string, options: ReadOptions, more: readonly string[] = []) {
    knownOptions(where, options, [...known, ...more]);
    this.nonfinite = wordOption(where, "nonfinite", options.nonfinite ?? "error", ["error", "drop", "zero"]);
    this.encodingErrors = wordOption(where, "encodingErrors", options.encodingErrors ?? "error", [
      "error",
      "replace",
      "skip",
    ]);
    this.limit =
      options.limit === undefined ? Number.POSITIVE_INFINITY : integerOption(where, "limit", options.limit, 1);
    this.#warn = options.onWarning ?? (() => {});
  }

  /** Counts something to be reported by `finish`, with its first case as an example. */
  count(what: string, example: string): void {
    const entry = this.#counts.get(what);
    if (entry === undefined) this.#counts.set(what, { count: 1, first: example });
    else entry.count++;
  }

  /** Reports what was counted. */
  finish(file: string): void {
    for (const [what, { count, first }] of this.#counts) this.#warn(`${file}: ${what}: ${count}, first ${first}`);
    this.#counts.clear();
  }

  /**
   * Applies `nonfinite` to a row in place; returns whether it is kept. `place` is asked only for errors.
   */
  keepsNumbers(
    vectors: Float32Array,
    start: number,
    end: number,
    name: string,
    place: (column: number) => FormatPlace,
  ): boolean {
    for (let i = start; i < end; i++) {
      const x = vectors[i];
      if (x - x === 0) continue;
      if (this.nonfinite === "error") {
        const message = `${JSON.stringify(name)} has ${x} as its number ${i - start + 1}; nonfinite "drop" leaves such rows out, "zero" puts 0`;
        throw new FormatError("number", place(i - start), message);
      }
      if (this.nonfinite === "drop") {
        this.count("rows left out for numbers that are not finite", JSON.stringify(name));
        return false;
      }
      this.count("numbers that are not finite, set to 0", `in ${JSON.stringify(name)}`);
      vectors[i] = 0;
    }
    return true;
  }

  /** The name in bytes[start, end), or null where its row is to be left out. `place` gets the index of the wrong byte. */
  decodeName(bytes: Uint8Array, start: number, end: number, place: (index: number) => FormatPlace): string | null {
    const part = bytes.subarray(start, end);
    if (part.length < 64 && isAscii(part)) return String.fromCharCode.apply(null, part as unknown as number[]);
    try {
      return decodeUtf8(part);
    } catch {
      const wrong = validUtf8Length(part);
      if (this.encodingErrors === "error") {
        const byte = part[wrong].toString(16).padStart(2, "0");
        const message = `a name is not valid UTF-8 (byte 0x${byte}); encodingErrors "replace" or "skip" read on`;
        throw new FormatError("encoding", place(start + wrong), message);
      }
      const name = this.#replacing.decode(part);
      this.count(
        this.encodingErrors === "skip"
          ? "rows left out for names that are not UTF-8"
          : "names that are not UTF-8, repaired",
        JSON.stringify(name),
      );
      return this.encodingErrors === "skip" ? null : name;
    }
  }
}

/** Short names of ASCII, most of all, need no decoder. */
function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] >= 0x80) return false;
  return true;
}
