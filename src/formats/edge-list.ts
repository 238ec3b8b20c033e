import { FormatError } from "../io/errors.js";
import { Names } from "../io/names.js";
import { booleanOption, knownOptions, wordOption } from "../io/options.js";
import { Meter } from "../io/progress.js";
import type { ByteStream } from "../io/source.js";
import { sharedPool } from "../kernels/pool.js";
import {
  edgeReport,
  edgeReportBytes,
  edgeStatus,
  escapedQuotes,
  longestWeight,
  noneOfThem,
} from "../kernels/twins/edge-list.js";
import { finishEdges, type IdKind } from "./edge-nodes.js";
import { checkEdgeMemory, counted, type GraphFile, type GraphReadOptions } from "./graph-file.js";
import { ahead, linesBefore, type TextBatch, TextMemory } from "./text-batches.js";
import {
  type ColumnChoice,
  checkTableOptions,
  columnName,
  delimiterName,
  findColumn,
  findEnds,
  isNotFinite,
  isNumeric,
  shapeOf,
  type TableOptions,
  type TextShape,
} from "./text-columns.js";

export interface EdgeListOptions extends TableOptions, GraphReadOptions {
  /** Columns of the ends, by name or by number from 1; by default those that a header names as usual, else 1 and 2. */
  source?: ColumnChoice;
  target?: ColumnChoice;
  /**
   * Column of the weights; null: none. By default the one that a header calls weight, weights or w; without a header the
   * third of three, where it holds numbers.
   */
  weight?: ColumnChoice | null;
  /**
   * Ids are decimal integers from 0 to 2^32 - 2 that number the nodes ("numbers"), or names of any kind. "auto": integers
   * where the first 16 KiB have nothing else; they number the nodes where 0 and nine tenths of the numbers up to the largest
   * occur, and are names in order of number otherwise.
   */
  ids?: IdKind;
  /**
   * Whether sources and targets are different kinds of nodes, as users and items are, though ids be equal. By default only
   * where the header calls them user and item.
   */
  bipartite?: boolean;
  /** Threads that read; by default one a processor. The result does not depend on it. */
  threads?: number;
}

const where = "readEdgeList";
const knownNames = [
  ...["delimiter", "header", "comments", "source", "target", "weight", "ids", "bipartite"],
  ...["threads", "memoryLimit", "signal", "onProgress"],
];

const canonicalNumber = /^(?:0|[1-9]\d{0,9})$/;

/** What is read from each line. */
export interface Columns {
  source: number;
  target: number;
  /** -1: none. */
  weight: number;
  numbers: boolean;
}

/**
 * An edge list: a line an edge, its ends and perhaps its weight in columns that a delimiter or white space separates, with
 * or without a header. Comments (`#`, `%`) and empty lines are left out and counted. Fields may stand in double quotes
 * where there is a delimiter, but hold no line feed. All lines must have equally many fields.
 *
 * Throws FormatError with the line for: an id that is missing or, among numbers, none; a line with more or fewer fields;
 * weights that are not finite numbers above 0; text that is not UTF-8; no edge. There is no option to go on after a bad
 * line. Throws ResourceError where the edges need more memory than `memoryLimit`.
 */
export async function readEdgeList(stream: ByteStream, options: EdgeListOptions = {}): Promise<GraphFile> {
  knownOptions(where, options, knownNames);
  checkTableOptions(where, options);
  const ids = wordOption(where, "ids", options.ids ?? "auto", ["auto", "numbers", "names"]);
  if (options.bipartite !== undefined) booleanOption(where, "bipartite", options.bipartite);
  const file = stream.name;
  const { edges, plan, tally, lineOf } = await collectEdges(where, stream, options, (head) => {
    const shape = shapeOf(head, file, options, [options.source, options.target, options.weight].some(isName));
    const columns = chooseColumns(shape, file, options, ids);
    const kinds = shape.header?.[columns.source]?.toLowerCase() === "user" && options.source === undefined;
    return { shape, columns, bipartite: options.bipartite ?? kinds };
  });
  if (edges.count === 0) throw new FormatError("empty", { file }, `no edges in ${counted(tally.lines, "line")}`);
  const graph = edges.finish(ids, tally.largest, (nodes) => understood(plan.shape, plan.columns, tally, nodes));
  return { ...graph, placeOf: (edge) => ({ file, line: lineOf(edge) }) };
}

/** How a text's lines are read. */
export interface EdgePlan {
  shape: TextShape;
  columns: Columns;
  bipartite: boolean;
  /** Whether weights may be any finite numbers, as features are. */
  anyWeight?: boolean;
}

/** Reads the edges of a text; `planOf` looks at its first batch and tells how. Errors are those of `readEdgeList`. */
export async function collectEdges(
  where: string,
  stream: ByteStream,
  options: GraphReadOptions & { threads?: number; comments?: string },
  planOf: (head: Uint8Array) => EdgePlan,
): Promise<CollectedEdges> {
  const file = stream.name;
  const { signal } = options;
  signal?.throwIfAborted();
  const threads = sharedPool({ threads: options.threads });
  const meter = new Meter("reading", "bytes", stream.compressed ? undefined : stream.size, options.onProgress);
  const text = new TextMemory(batchBytes, outBytes);
  const { memory } = text;
  let plan: EdgePlan | undefined;
  let edges: EdgeCollector | undefined;
  const comments = options.comments ?? "#%";
  const [commentA, commentB] = [0, 1].map((k) => (k < comments.length ? comments.charCodeAt(k) : noneOfThem));
  const tally = { lines: 0, comments: 0, blanks: 0, bytes: 0, largest: 0 };
  try {
    for await (const batch of ahead(text.batches(stream))) {
      signal?.throwIfAborted();
      let segments = batch.segments;
      if (plan === undefined || edges === undefined) {
        const head = new Uint8Array(memory.buffer, batch.at, batch.length);
        plan = planOf(head);
        edges = new EdgeCollector(file, plan);
        if (stream.size !== undefined && !stream.compressed && plan.shape.sample.length > 0) {
          const bytesOfLine = Math.min(batch.length, 2 ** 14) / (plan.shape.sample.length + 1);
          checkEdgeMemory(where, file, stream.size / bytesOfLine, plan.columns.weight >= 0, options.memoryLimit);
        }
        segments = skipHead(batch, plan.shape.headerEnd);
        tally.lines = plan.shape.headerLines;
        tally.comments = countComments(head.subarray(0, plan.shape.headerEnd), comments);
      }
      const { shape, columns } = plan;
      const parts = planCalls(segments, text.places(), columns);
      const weight = columns.weight < 0 ? noneOfThem : columns.weight;
      const calls = parts.map(({ at, length, sourcesAt, targetsAt, weightsAt, reportAt }) => [
        ...[at, length, shape.delimiter, shape.fields, columns.source, columns.target, weight, commentA, commentB],
        ...[columns.numbers ? 0 : 1, sourcesAt, targetsAt, weightsAt, reportAt],
      ]);
      const pool = calls.length === 1 ? sharedPool({ threads: 1 }) : threads; // no worker has to start for a little text
      if (calls.length > 0) await pool.run({ memory, kernel: "edge-list", fn: "edges", calls, signal });
      for (const part of parts) {
        const report = new Uint32Array(memory.buffer, part.reportAt, edgeReportBytes / 4).slice();
        edges.add(memory, part, report, tally.lines);
        if (report[edgeReport.status] !== edgeStatus.done) {
          throw lineError(file, memory, part, report, tally.lines, shape, columns);
        }
        tally.lines += report[edgeReport.lines];
        tally.comments += report[edgeReport.comments];
        tally.blanks += report[edgeReport.blanks];
        tally.largest = Math.max(tally.largest, report[edgeReport.largest]);
      }
      checkEdgeMemory(where, file, edges.count, columns.weight >= 0, options.memoryLimit);
      tally.bytes += batch.length;
      meter.update(tally.bytes);
    }
  } finally {
    text.close();
  }
  meter.update(tally.bytes, {}, true);
  if (plan === undefined || edges === undefined) throw new FormatError("empty", { file }, "the file is empty");
  // Without comments and empty lines among them, an edge's line follows from its place.
  const { headerLines } = plan.shape;
  const regular = tally.lines - headerLines === edges.count;
  return { edges, plan, tally, lineOf: (edge) => (regular ? headerLines + edge + 1 : undefined) };
}

/** The edges of a text, how they were read, and what else it held. */
export interface CollectedEdges {
  edges: EdgeCollector;
  plan: EdgePlan;
  tally: EdgeTally;
  /** The line of an edge, by its place from 0; undefined where comments or empty lines stand between them. */
  lineOf: (edge: number) => number | undefined;
}

/** What a text held. */
export interface EdgeTally {
  lines: number;
  comments: number;
  blanks: number;
  bytes: number;
  largest: number;
}

/** Bytes of text at a time: as long as a line may be. */
const batchBytes = 2 ** 22;
/** Pairs, weights and reports of a batch: the worst that lines as short as can be make of it. */
const outBytes = 16 * (batchBytes / 4) + 8 * (batchBytes / 4) + 2 ** 16;

function isName(choice: ColumnChoice | null | undefined): boolean {
  return typeof choice === "string";
}

function chooseColumns(shape: TextShape, file: string, options: EdgeListOptions, ids: IdKind): Columns {
  const ends = (shape.header === null ? null : findEnds(shape.header)) ?? [0, 1];
  const [source, target] = (["source", "target"] as const).map((end, k) => {
    const choice = options[end];
    return choice === undefined ? ends[k] : findColumn(`${where}: ${end}`, choice, shape, file);
  });
  if (shape.fields > 0 && Math.max(source, target) >= shape.fields) {
    const message = `an edge needs two columns, this line has ${counted(shape.fields, "field")}`;
    throw new FormatError("fields", { file, line: shape.headerLines || shape.firstLine }, message);
  }
  if (source === target)
    throw new RangeError(`${where}: source and target are the same column, ${columnName(source, shape)}`);
  const weight = chooseWeight(shape, file, options.weight, [source, target]);
  const sample = shape.sample.flatMap((row) => [row[source] ?? "", row[target] ?? ""]);
  const numbers = ids === "numbers" || (ids === "auto" && sample.length > 0 && sample.every((id) => isId(id)));
  if (ids === "auto" && !numbers && sample.length > 0 && sample.every(isNumeric)) {
    const wrong = sample.findIndex((id) => !/^\d+$/.test(id));
    if (wrong >= 0) {
      const message = `${JSON.stringify(sample[wrong])} is no id: a non-negative integer was expected; ids "names" takes it as a name`;
      throw new FormatError("number", { file, line: shape.sampleLines[wrong >> 1] }, message); // two ids a line
    }
  }
  return { source, target, weight, numbers };
}

function isId(field: string): boolean {
  return canonicalNumber.test(field) && Number(field) < noneOfThem;
}

function chooseWeight(
  shape: TextShape,
  file: string,
  choice: ColumnChoice | null | undefined,
  ends: readonly number[],
): number {
  if (choice === null) return -1;
  if (choice !== undefined) {
    const weight = findColumn(`${where}: weight`, choice, shape, file);
    if (ends.includes(weight))
      throw new RangeError(`${where}: weight is a column of ids, ${columnName(weight, shape)}`);
    return weight;
  }
  if (shape.header !== null) {
    const weight = shape.header.findIndex((name) => /^(?:weights?|w)$/i.test(name));
    return ends.includes(weight) ? -1 : weight;
  }
  const last = shape.sample.map((row) => row[2] ?? "");
  const weights = last.some(isNumeric) && last.every((field) => isNumeric(field) || isNotFinite(field));
  const third = shape.fields === 3 && ends[0] + ends[1] === 1 && weights;
  return third ? 2 : -1;
}

/** A segment of text and where the kernel leaves what it holds. */
interface SegmentPlan {
  at: number;
  length: number;
  sourcesAt: number;
  targetsAt: number;
  weightsAt: number;
  reportAt: number;
}

function planCalls(segments: TextBatch["segments"], take: (bytes: number) => number, columns: Columns): SegmentPlan[] {
  return segments.map(([at, length]) => {
    const most = (length + 1) >>> 2;
    const width = columns.numbers ? 4 : 8;
    return {
      at,
      length,
      sourcesAt: take(width * most),
      targetsAt: take(width * most),
      weightsAt: take(columns.weight < 0 ? 0 : 8 * most),
      reportAt: take(edgeReportBytes),
    };
  });
}

/** The segments after the first `bytes` bytes. */
function skipHead(batch: TextBatch, bytes: number): [number, number][] {
  const start = batch.at + bytes;
  return batch.segments
    .filter(([at, length]) => at + length > start)
    .map(([at, length]) => (at >= start ? [at, length] : [start, at + length - start]));
}

function countComments(head: Uint8Array, comments: string): number {
  const lines = new TextDecoder().decode(head).split("\n");
  return lines.filter((line) => line.trim() !== "" && comments.includes(line.trim()[0])).length;
}

/** Gathers the edges of all segments, in order. */
export class EdgeCollector {
  count = 0;
  readonly #file: string;
  readonly #columns: Columns;
  readonly #bipartite: boolean;
  readonly #anyWeight: boolean;
  readonly #sources: Uint32Array[] = [];
  readonly #targets: Uint32Array[] = [];
  readonly #weights: Float64Array[] = [];
  readonly #sourceNames = new Names();
  readonly #targetNames: Names;

  constructor(file: string, { columns, bipartite, anyWeight = false }: EdgePlan) {
    this.#file = file;
    this.#columns = columns;
    this.#bipartite = bipartite;
    this.#anyWeight = anyWeight;
    this.#targetNames = bipartite ? new Names() : this.#sourceNames;
  }

  add(memory: WebAssembly.Memory, part: SegmentPlan, report: Uint32Array, linesBefore: number): void {
    const pairs = report[edgeReport.pairs];
    if (pairs === 0) return;
    if (this.#columns.numbers) {
      this.#sources.push(new Uint32Array(memory.buffer, part.sourcesAt, pairs).slice());
      this.#targets.push(new Uint32Array(memory.buffer, part.targetsAt, pairs).slice());
    } else this.#intern(memory, part, pairs, linesBefore);
    if (this.#columns.weight >= 0) this.#addWeights(memory, part, pairs, linesBefore);
    this.count += pairs;
  }

  #intern(memory: WebAssembly.Memory, part: SegmentPlan, pairs: number, lines: number): void {
    const text = new Uint8Array(memory.buffer, part.at, part.length);
    const [sources, targets] = [new Uint32Array(pairs), new Uint32Array(pairs)];
    const sourceSpans = new Uint32Array(memory.buffer, part.sourcesAt, 2 * pairs);
    const targetSpans = new Uint32Array(memory.buffer, part.targetsAt, 2 * pairs);
    for (let k = 0; k < pairs; k++) {
      sources[k] = internSpan(this.#sourceNames, text, sourceSpans[2 * k], sourceSpans[2 * k + 1], this.#file, lines);
      targets[k] = internSpan(this.#targetNames, text, targetSpans[2 * k], targetSpans[2 * k + 1], this.#file, lines);
    }
    this.#sources.push(sources);
    this.#targets.push(targets);
  }

  #addWeights(memory: WebAssembly.Memory, part: SegmentPlan, pairs: number, lines: number): void {
    const weights = new Float64Array(memory.buffer, part.weightsAt, pairs).slice();
    for (let k = 0; k < pairs; k++) {
      if (!Number.isNaN(weights[k])) continue;
      const [at, tagged] = new Uint32Array(memory.buffer, part.weightsAt + 8 * k, 2);
      const text = new Uint8Array(memory.buffer, part.at, part.length);
      weights[k] = weightOf(text, at, tagged & 0xffff, this.#anyWeight, this.#file, lines);
    }
    this.#weights.push(weights);
  }

  /** The ends as they were read, numbers or places among names, and the weights; may be called once. */
  join(): Pick<GraphFile, "sources" | "targets" | "weights"> {
    return {
      sources: joinPieces(this.#sources, new Uint32Array(this.count)),
      targets: joinPieces(this.#targets, new Uint32Array(this.count)),
      weights: this.#columns.weight < 0 ? null : joinPieces(this.#weights, new Float64Array(this.count)),
    };
  }

  finish(ids: IdKind, largest: number, understood: (nodes: string) => string): GraphFile {
    return finishEdges(this.join(), {
      names: this.#columns.numbers ? null : [this.#sourceNames, this.#targetNames],
      bipartite: this.#bipartite,
      ids,
      largest,
      understood,
    });
  }
}

/** Pieces put together; each is dropped as soon as it is copied. */
export function joinPieces<T extends Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(
  pieces: (Uint32Array | Float64Array)[],
  into: T,
): T {
  let at = 0;
  pieces.reverse();
  for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
    into.set(piece, at);
    at += piece.length;
  }
  return into;
}

/** The number of the name in a span of text. */
export function internSpan(
  names: Names,
  text: Uint8Array,
  start: number,
  taggedLength: number,
  file: string,
  lines: number,
): number {
  let row: number;
  if (taggedLength >= escapedQuotes) {
    const quoted = text.slice(start, start + taggedLength - escapedQuotes);
    let length = 0;
    for (let k = 0; k < quoted.length; k++) {
      quoted[length++] = quoted[k];
      if (quoted[k] === 34) k++;
    }
    row = names.intern(quoted, 0, length);
  } else row = names.intern(text, start, start + taggedLength);
  if (row >= 0) return row;
  const line = lines + 1 + linesBefore(text, start);
  throw new FormatError("encoding", { file, line }, "a name is not valid UTF-8");
}

/** A weight that the kernel left as text. */
function weightOf(text: Uint8Array, at: number, length: number, any: boolean, file: string, lines: number): number {
  const field = new TextDecoder().decode(text.slice(at, at + Math.min(length, longestWeight)));
  const weight = length <= longestWeight && isNumeric(field) ? Number(field) : Number.NaN;
  if (Number.isFinite(weight) && (any || weight > 0)) return weight;
  const line = lines + 1 + linesBefore(text, at);
  const came = field === "" ? "nothing" : JSON.stringify(field.slice(0, 40));
  throw new FormatError(
    "number",
    { file, line },
    `${any ? "a value must be a finite number" : "a weight must be a finite number above 0"}, got ${came}`,
  );
}

/** What is wrong with the line at which the kernel stopped. */
function lineError(
  file: string,
  memory: WebAssembly.Memory,
  part: SegmentPlan,
  report: Uint32Array,
  linesDone: number,
  shape: TextShape,
  columns: Columns,
): FormatError {
  const text = new Uint8Array(memory.buffer, part.at, part.length);
  const line = linesDone + report[edgeReport.lines] + 1;
  const at = report[edgeReport.at];
  const column = report[edgeReport.fields];
  const place = { file, line };
  if (report[edgeReport.status] === edgeStatus.wrongFields) {
    return new FormatError("fields", place, `expected ${counted(shape.fields, "field")}, got ${column}`);
  }
  if (report[edgeReport.status] === edgeStatus.badQuote) {
    return new FormatError(
      "fields",
      place,
      `the quotes of field ${column + 1} do not end before the field and the line do`,
    );
  }
  const what = column === columns.source ? "source" : "target";
  const came = fieldText(text, at, shape.delimiter);
  if (came === "") return new FormatError("fields", place, `the ${what} is missing`);
  const message = `the ${what} must be an integer from 0 to ${noneOfThem - 1}, without leading zeros, got ${JSON.stringify(came)}; ids "names" takes ids of any kind`;
  return new FormatError("number", place, message);
}

/** The beginning of the field at an index, for messages. */
export function fieldText(text: Uint8Array, at: number, delimiter: number): string {
  const rest = new TextDecoder().decode(text.slice(at, at + 60)).split("\n")[0];
  return (delimiter === 0 ? rest.trim().split(/\s/)[0] : rest.split(String.fromCharCode(delimiter))[0])
    .trim()
    .slice(0, 40);
}

function understood(
  shape: TextShape,
  columns: Columns,
  tally: { lines: number; comments: number; blanks: number },
  nodes: string,
): string {
  const { header, delimiter } = shape;
  const used = [columns.source, columns.target, columns.weight].filter((column) => column >= 0);
  const unused = Array.from({ length: shape.fields }, (_, k) => k).filter((k) => !used.includes(k));
  const weight = columns.weight < 0 ? "no weights" : `weights ${columnName(columns.weight, shape)}`;
  const left = [
    ...(unused.length === 0 ? [] : [`${unused.map((k) => columnName(k, shape)).join(", ")} not used`]),
    ...(tally.comments === 0 ? [] : [`${counted(tally.comments, "comment line")} skipped`]),
    ...(tally.blanks === 0 ? [] : [`${counted(tally.blanks, "empty line")} skipped`]),
  ];
  const columnsSaid = `from ${columnName(columns.source, shape)} to ${columnName(columns.target, shape)}, ${weight}`;
  const parts = [
    `edge list, ${counted(tally.lines, "line")}, fields separated by ${delimiterName(delimiter)}, ${header === null ? "no header" : "with a header"}`,
    [columnsSaid, ...left].join(", "),
    nodes,
  ];
  return parts.join("; ");
}
