import { FormatError } from "../io/errors.js";
import { Names } from "../io/names.js";
import { knownOptions, wordOption } from "../io/options.js";
import { Meter } from "../io/progress.js";
import type { ByteStream } from "../io/source.js";
import { sharedPool } from "../kernels/pool.js";
import { edgeReport, edgeReportBytes, edgeStatus, noneOfThem } from "../kernels/twins/edge-list.js";
import { fieldText, internSpan, joinPieces } from "./edge-list.js";
import { checkEdgeMemory, counted, type GraphFile, type GraphReadOptions } from "./graph-file.js";
import { numberNodes, orderNames } from "./node-numbers.js";
import { ahead, type TextBatch, TextMemory } from "./text-batches.js";
import { checkTableOptions } from "./text-columns.js";

export interface AdjacencyListOptions extends GraphReadOptions {
  /**
   * What a line holds: "successors", the successors of the node with the line's number, from 0, an empty line none; or
   * "node", a node and behind it its successors, as networkx writes it. Default "successors"; where the name of the file
   * ends in .adjlist, "node".
   */
  lines?: "successors" | "node";
  /** As for edge lists, of lines that begin with a node; successors by line are numbers. Default "auto". */
  ids?: "auto" | "numbers" | "names";
  /** Characters, at most two, which at the beginning of a line make it a comment; "#%" by default. */
  comments?: string;
  /** Threads that read; by default one a processor. The result does not depend on it. */
  threads?: number;
}

const where = "readAdjacencyList";

/** Bytes of text at a time, as long as a line may be: more where a file is large enough for nodes with very many edges. */
function batchBytesFor({ size, compressed }: ByteStream): number {
  return size !== undefined && size * (compressed ? 4 : 1) <= 2 ** 25 ? 2 ** 22 : 2 ** 25;
}

/**
 * An adjacency list: a line for each node, ids separated by white space. Throws FormatError with the line for ids that are no
 * numbers where numbers are expected, for a successor that has no line where lines are numbered, and for text that is not
 * UTF-8; ResourceError where the edges need more memory than `memoryLimit`.
 */
export async function readAdjacencyList(stream: ByteStream, options: AdjacencyListOptions = {}): Promise<GraphFile> {
  knownOptions(where, options, ["lines", "ids", "comments", "threads", "memoryLimit", "signal", "onProgress"]);
  checkTableOptions(where, options);
  const file = stream.name;
  const usual = /\.adjlist(?:\.gz)?$/i.test(file) ? "node" : "successors";
  const nodeFirst = wordOption(where, "lines", options.lines ?? usual, ["successors", "node"]) === "node";
  const ids = wordOption(where, "ids", options.ids ?? "auto", ["auto", "numbers", "names"]);
  const { signal, comments = "#%" } = options;
  const [commentA, commentB] = [0, 1].map((k) => (k < comments.length ? comments.charCodeAt(k) : noneOfThem));
  const threads = sharedPool({ threads: options.threads });
  const meter = new Meter("reading", "bytes", stream.compressed ? undefined : stream.size, options.onProgress);
  const tally = { lines: 0, nodes: 0, comments: 0, edges: 0, largest: 0, bytes: 0 };
  const sources: Uint32Array[] = [];
  const targets: Uint32Array[] = [];
  const names = new Names();
  let numbers: boolean | undefined;
  const batchBytes = batchBytesFor(stream);
  // the worst case: a pair for every two bytes, with two places of 8 bytes
  const text = new TextMemory(batchBytes, 8 * batchBytes + 2 ** 16);
  const { memory } = text;
  try {
    for await (const batch of ahead(text.batches(stream))) {
      signal?.throwIfAborted();
      numbers ??= !nodeFirst || ids === "numbers" || (ids === "auto" && onlyNumbers(memory, batch, comments));
      const plan = planCalls(batch.segments, text.places(), numbers ? 4 : 8);
      const calls = plan.map(({ at, length, sourcesAt, targetsAt, reportAt }) => {
        return [at, length, nodeFirst ? 1 : 0, commentA, commentB, numbers ? 0 : 1, sourcesAt, targetsAt, reportAt];
      });
      const pool = calls.length === 1 ? sharedPool({ threads: 1 }) : threads;
      if (calls.length > 0) await pool.run({ memory, kernel: "edge-list", fn: "adjacency", calls, signal });
      for (const part of plan) {
        const report = new Uint32Array(memory.buffer, part.reportAt, edgeReportBytes / 4).slice();
        if (report[edgeReport.status] !== edgeStatus.done) {
          const came = fieldText(new Uint8Array(memory.buffer, part.at, part.length), report[edgeReport.at], 0);
          const needed = `an id must be an integer from 0 to ${noneOfThem - 1}, without leading zeros`;
          const place = { file, line: tally.lines + report[edgeReport.lines] + 1 };
          throw new FormatError("number", place, `${needed}, got ${JSON.stringify(came)}`);
        }
        const pairs = report[edgeReport.pairs];
        if (numbers) {
          const from = new Uint32Array(memory.buffer, part.sourcesAt, pairs).slice();
          if (!nodeFirst) for (let k = 0; k < pairs; k++) from[k] += tally.nodes;
          sources.push(from);
          targets.push(new Uint32Array(memory.buffer, part.targetsAt, pairs).slice());
        } else {
          const bytes = new Uint8Array(memory.buffer, part.at, part.length);
          for (const [at, list] of [
            [part.sourcesAt, sources],
            [part.targetsAt, targets],
          ] as const) {
            const spans = new Uint32Array(memory.buffer, at, 2 * pairs);
            const ends = new Uint32Array(pairs);
            for (let k = 0; k < pairs; k++) {
              const start = spans[2 * k];
              ends[k] =
                start === noneOfThem
                  ? noneOfThem
                  : internSpan(names, bytes, start, spans[2 * k + 1], file, tally.lines);
            }
            list.push(ends);
          }
        }
        tally.lines += report[edgeReport.lines];
        tally.nodes += report[edgeReport.fields];
        tally.comments += report[edgeReport.comments];
        tally.largest = Math.max(tally.largest, report[edgeReport.largest]);
        tally.edges += pairs;
      }
      checkEdgeMemory(where, file, tally.edges, false, options.memoryLimit);
      tally.bytes += batch.length;
      meter.update(tally.bytes);
    }
  } finally {
    text.close();
  }
  meter.update(tally.bytes, {}, true);
  if (tally.nodes === 0) throw new FormatError("empty", { file }, "no nodes");
  const all = {
    sources: joinPieces(sources, new Uint32Array(tally.edges)),
    targets: joinPieces(targets, new Uint32Array(tally.edges)),
  };
  const kind = `adjacency list, ${counted(tally.lines, "line")}${tally.comments === 0 ? "" : `, ${counted(tally.comments, "comment line")} skipped`}`;
  const rest = { weights: null, directed: null, nodes: null };
  if (!nodeFirst) {
    if (tally.edges > 0 && tally.largest >= tally.nodes) {
      const e = all.targets.findIndex((target) => target >= tally.nodes);
      const message = `node ${all.sources[e]} has the successor ${all.targets[e]}, but there are ${tally.nodes} lines, of the nodes 0 to ${tally.nodes - 1}; lines "node" reads lines that begin with their node`;
      const line = tally.comments === 0 ? all.sources[e] + 1 : undefined;
      throw new FormatError("number", { file, line }, message);
    }
    const understood = `${kind}; line i, from 0, has the successors of node i`;
    return { ...all, numNodes: tally.nodes, names: null, ...rest, understood };
  }
  // pairs without a target tell that there is a node
  const edgeTargets = all.targets.filter((target) => target !== noneOfThem);
  const present = [all.sources, edgeTargets];
  const numbered = numbers
    ? numberNodes(present, tally.largest, ids)
    : orderNames(names, present, ids === "numbers" ? "auto" : ids);
  const edgeSources = all.sources.filter((_, k) => all.targets[k] !== noneOfThem);
  const understood = `${kind}; a line has a node and its successors; ${numbered.said}`;
  const { numNodes, names: called } = numbered;
  return { sources: edgeSources, targets: edgeTargets, numNodes, names: called, ...rest, understood };
}

interface Plan {
  at: number;
  length: number;
  sourcesAt: number;
  targetsAt: number;
  reportAt: number;
}

function planCalls(segments: TextBatch["segments"], take: (bytes: number) => number, width: number): Plan[] {
  return segments.map(([at, length]) => {
    const bytes = width * ((length + 1) >>> 1);
    return { at, length, sourcesAt: take(bytes), targetsAt: take(bytes), reportAt: take(edgeReportBytes) };
  });
}

/** Whether the first 16 KiB hold numbers only, as ids of nodes are written. */
function onlyNumbers(memory: WebAssembly.Memory, batch: TextBatch, comments: string): boolean {
  const head = new TextDecoder().decode(
    new Uint8Array(memory.buffer, batch.at, Math.min(batch.length, 2 ** 14)).slice(),
  );
  const lines = head.split("\n").filter((line) => line.trim() !== "" && !comments.includes(line.trim()[0]));
  if (batch.length > 2 ** 14) lines.pop(); // it may be cut
  return lines.every((line) =>
    line
      .trim()
      .split(/[ \t\r]+/)
      .every((id) => /^(?:0|[1-9]\d{0,9})$/.test(id) && Number(id) < noneOfThem),
  );
}
