import { FormatError } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";
import { textLines } from "./text-lines.js";

/** Two words and how similar people found them, on the test set's own scale. */
export interface WordPair {
  a: string;
  b: string;
  score: number;
}

/** A test set of word similarity. */
export interface WordPairs {
  /** For messages: the path, or a word in angle brackets. */
  name: string;
  pairs: WordPair[];
  /** The first line, where it holds no score and is taken for a header. */
  header: string | null;
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads lines of two words and a number, separated by tabs, commas or spaces, whichever the first line has, in this
 * order. A first line whose third field is no number is a header. Blank lines and lines that begin with # are skipped;
 * any other line is a FormatError that names it.
 */
export async function readWordPairs(stream: ByteStream): Promise<WordPairs> {
  const file = stream.name;
  const lines = (await textLines(stream)).filter(({ text }) => !text.startsWith("#"));
  if (lines.length === 0) throw new FormatError("empty", { file }, "there are no pairs");
  const separator = lines[0].text.includes("\t") ? /\s*\t\s*/ : lines[0].text.includes(",") ? /\s*,\s*/ : /\s+/;
  let header: string | null = null;
  const pairs: WordPair[] = [];
  lines.forEach(({ text, line }, i) => {
    const fields = text.split(separator);
    if (fields.length !== 3 || fields[0] === "" || fields[1] === "") {
      const message = `two words and a number were expected, got ${fields.length} fields: ${JSON.stringify(text.slice(0, 80))}`;
      throw new FormatError("fields", { file, line }, message);
    }
    const [a, b, score] = fields;
    const isNumber = decimal.test(score) && Number.isFinite(Number(score));
    if (i === 0 && !isNumber) {
      header = text;
      return;
    }
    if (!isNumber)
      throw new FormatError("number", { file, line }, `a finite number was expected, got ${JSON.stringify(score)}`);
    pairs.push({ a, b, score: Number(score) });
  });
  if (pairs.length === 0) throw new FormatError("empty", { file }, "there are no pairs behind the header");
  return { name: file, pairs, header };
}
