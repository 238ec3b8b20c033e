import { FormatError } from "../io/errors.js";
import { booleanOption, wordOption } from "../io/options.js";

/** How a text table's fields are told apart. */
export interface TableOptions {
  /** What separates fields; " " is any run of white space. By default found by the file's name and content. */
  delimiter?: "auto" | "," | "\t" | ";" | "|" | " ";
  /** Whether the first line that is no comment names the columns. By default found by content. */
  header?: "auto" | boolean;
  /** Characters, at most two of ASCII, which at the beginning of a line make it a comment; "#%" by default. */
  comments?: string;
}

const delimiters = ["auto", ",", "\t", ";", "|", " "] as const;

/** Checks what text tables share. */
export function checkTableOptions(where: string, { delimiter, header, comments }: TableOptions): void {
  if (delimiter !== undefined) wordOption(where, "delimiter", delimiter, delimiters);
  if (header !== undefined && header !== "auto") booleanOption(where, "header", header);
  if (comments !== undefined && !(typeof comments === "string" && /^[!-~]{0,2}$/.test(comments))) {
    throw new RangeError(`${where}: comments must be at most two characters of ASCII, got ${JSON.stringify(comments)}`);
  }
}

/** A column by its name in the header, or by its number, counted from 1. */
export type ColumnChoice = string | number;

/** What the first lines of a text table tell. */
export interface TextShape {
  /** The delimiter's byte; 0 for white space. */
  delimiter: number;
  /** Fields of a line. */
  fields: number;
  /** Names of the columns; null where no line names them. */
  header: string[] | null;
  /** Index after the header's line in the text, and lines to there; 0 where there is no header. */
  headerEnd: number;
  headerLines: number;
  /** Line of the first data, from 1. */
  firstLine: number;
  /** Fields of the first lines of data, and the numbers of these lines, from 1. */
  sample: string[][];
  sampleLines: number[];
}

/** Bytes that are looked at. */
const headBytes = 2 ** 14;

const numeric = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

/** Whether a field is written as a number. */
export function isNumeric(field: string): boolean {
  return numeric.test(field);
}

/** Whether a field says that a number is missing or infinite: a weight that is refused, no word. */
export function isNotFinite(field: string): boolean {
  return /^[-+]?(?:nan|inf|infinity)$/i.test(field);
}

/** Pairs of names by which the ends of edges are known in headers, in lower case. */
export const endNames = [
  ["source", "target"],
  ["src", "dst"],
  ["from", "to"],
  ["fromnodeid", "tonodeid"],
  ["u", "v"],
  ["node1", "node2"],
  ["node_1", "node_2"],
  ["id1", "id2"],
  ["id_1", "id_2"],
  ["user", "item"],
] as const;

/** Looks at the first 16 KiB of a text. `expectsHeader` is whether columns were asked for by name. */
export function shapeOf(
  text: Uint8Array,
  file: string,
  { delimiter = "auto", header = "auto", comments = "#%" }: TableOptions,
  expectsHeader: boolean,
): TextShape {
  let head = text.slice(0, headBytes);
  if (text.length > headBytes) {
    const end = head.lastIndexOf(10) + 1;
    if (end > 0) head = head.subarray(0, end);
  }
  const lines: { content: string; end: number; number: number }[] = [];
  let bytes = 0;
  let count = 0;
  for (let from = 0; from < head.length; from = bytes) {
    const found = head.indexOf(10, from);
    bytes = found < 0 ? head.length : found + 1;
    count++;
    const content = decoder.decode(head.subarray(from, bytes)).replace(/\r?\n$/, "");
    const bare = content.trim();
    if (bare !== "" && !comments.includes(bare[0])) lines.push({ content, end: bytes, number: count });
  }
  const mark =
    delimiter === "auto"
      ? findDelimiter(
          lines.map(({ content }) => content),
          file,
        )
      : delimiter;
  const rows = lines.map(({ content }) => splitFields(content, mark));
  const has = rows.length > 0 && (header === "auto" ? expectsHeader || looksLikeHeader(rows) : header);
  return {
    delimiter: mark === " " ? 0 : mark.charCodeAt(0),
    fields: rows[0]?.length ?? 0,
    header: has ? rows[0] : null,
    headerEnd: has ? lines[0].end : 0,
    headerLines: has ? lines[0].number : 0,
    firstLine: lines[has ? 1 : 0]?.number ?? count + 1,
    sample: rows.slice(has ? 1 : 0),
    sampleLines: lines.slice(has ? 1 : 0).map(({ number }) => number),
  };
}

const decoder = new TextDecoder();

/**
 * Fields of a line, without the blanks and quotes around them. `onOpenQuote` is told the number of a field, from 0, whose quotes
 * do not end where the field does.
 */
export function splitFields(line: string, delimiter: string, onOpenQuote?: (field: number) => void): string[] {
  if (delimiter === " ") return line.trim().split(/[ \t\r]+/);
  const blanks = delimiter === "\t" ? " \r" : " \t\r";
  if (!line.includes('"')) return line.split(delimiter).map((field) => trimmed(field, blanks));
  const fields: string[] = [];
  for (let at = 0; ; ) {
    while (at < line.length && line[at] !== delimiter && " \t\r".includes(line[at])) at++;
    if (line[at] === '"') {
      let value = "";
      for (at++; at < line.length; at++) {
        if (line[at] !== '"') value += line[at];
        else if (line[at + 1] === '"') value += line[at++];
        else break;
      }
      const next = line.indexOf(delimiter, at);
      const rest = line.slice(at + 1, next < 0 ? undefined : next);
      if (at >= line.length || /[^ \t\r]/.test(rest)) onOpenQuote?.(fields.length);
      fields.push(value);
      at = next;
    } else {
      const end = line.indexOf(delimiter, at);
      fields.push(trimmed(line.slice(at, end < 0 ? undefined : end), blanks));
      at = end;
    }
    if (at < 0) return fields;
    at++;
  }
}

function trimmed(field: string, blanks: string): string {
  let start = 0;
  let end = field.length;
  while (start < end && blanks.includes(field[start])) start++;
  while (end > start && blanks.includes(field[end - 1])) end--;
  return field.slice(start, end);
}

function findDelimiter(lines: string[], file: string): "," | "\t" | ";" | "|" | " " {
  const name = file.toLowerCase().replace(/\.gz$/, "");
  const order = name.endsWith(".csv") ? ([",", ";", "\t", "|"] as const) : (["\t", ",", ";", "|"] as const);
  const counts = (mark: string) => lines.map((line) => splitFields(line, mark).length);
  const even = order.find((mark) => {
    const [first, ...rest] = counts(mark);
    return first > 1 && rest.every((fields) => fields === first);
  });
  if (even !== undefined) return even;
  // lines that are wrong should not hide what the others have
  const most = (fields: number[]) => fields[0] > 1 && 2 * fields.filter((count) => count > 1).length >= fields.length;
  return order.find((mark) => most(counts(mark))) ?? " ";
}

/** A first line that names ends as usual, or that has no number where all lines below have them. */
function looksLikeHeader([first, ...rest]: string[][]): boolean {
  if (findEnds(first) !== null) return true;
  if (rest.length === 0 || first.some(isNumeric)) return false;
  return first.some((_, k) => rest.every((row) => row[k] !== undefined && isNumeric(row[k])));
}

/** The columns of both ends, by their names. */
export function findEnds(header: readonly string[]): [source: number, target: number] | null {
  const lower = header.map((name) => name.toLowerCase());
  for (const [source, target] of endNames) {
    if (lower.includes(source) && lower.includes(target)) return [lower.indexOf(source), lower.indexOf(target)];
  }
  return null;
}

/** The index of a column that was asked for by name or number. Throws FormatError where the file does not have it. */
export function findColumn(
  what: string,
  choice: ColumnChoice,
  shape: Pick<TextShape, "header" | "fields" | "headerLines">,
  file: string,
): number {
  if (typeof choice === "number") {
    if (!Number.isInteger(choice) || choice < 1) {
      throw new RangeError(`${what} must be a column's name or its number, counted from 1, got ${choice}`);
    }
    if (choice <= shape.fields) return choice - 1;
    throw new FormatError("fields", { file }, `${what} is column ${choice}, but there are ${shape.fields} columns`);
  }
  const index = shape.header?.indexOf(choice) ?? -1;
  if (index >= 0) return index;
  const there = shape.header === null ? "the file has no header" : `the header has ${shape.header.join(", ")}`;
  throw new FormatError(
    "header",
    { file, line: Math.max(1, shape.headerLines) },
    `${what} is ${JSON.stringify(choice)}, but ${there}`,
  );
}

/** The name of a column, or its number where it has none. */
export function columnName(column: number, shape: TextShape): string {
  return shape.header === null ? `column ${column + 1}` : JSON.stringify(shape.header[column]);
}

/** What separates fields, in words. */
export function delimiterName(delimiter: number): string {
  return delimiter === 0 ? "white space" : delimiter === 9 ? "tabs" : JSON.stringify(String.fromCharCode(delimiter));
}
