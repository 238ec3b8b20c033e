import { Meter, type TaskOptions } from "../io/progress.js";
import { Spool } from "../io/spool.js";
import { createMemory, instantiate, largestMemory } from "../kernels/kernel.js";
import type { Pool } from "../kernels/pool.js";
import { reportBytes, reportField, tokenizeStatus } from "../kernels/twins/tokenizer.js";
import { codePointClasses } from "./code-points.js";
import type { CorpusFiles } from "./corpus.js";
import { CorpusHash } from "./corpus-hash.js";
import { type EncodingErrors, type Segment, TextFeed } from "./text-feed.js";
import { type Report, TokenLog, type TokenPart } from "./token-log.js";
import { buildVocabulary, type VocabularyOptions, type VocabularyResult } from "./vocabulary.js";
import { Arena, WordTable } from "./word-table.js";

export interface ReadOptions extends VocabularyOptions {
  numbers: boolean;
  windowsCrossLines: boolean;
  encodingErrors: EncodingErrors;
}

/** How reading uses memory; the result does not depend on it. */
export interface ReadPlan {
  /** Bytes of text that one call of the tokenizer gets. */
  segmentBytes: number;
  /** Bytes for the text buffers and the word tables. */
  tableBytes: number;
  /** Bytes of word numbers that stay in memory; further ones go to scratch storage. */
  tokenBytes: number;
  /** Folder of scratch storage; the system's by default. */
  scratch?: string;
}

/** What reading noticed in a corpus. */
export interface CorpusReport {
  /** Names of the texts, in order. */
  texts: string[];
  /** Bytes of text, decompressed. */
  bytes: number;
  lines: number;
  /** Tokens above 1,000 bytes, which are left out. */
  longTokens: number;
  /** Where the first of them is: `file line n`. */
  firstLongToken: string | undefined;
  /** Bytes that were replaced or skipped because they are no UTF-8. */
  invalidBytes: number;
  /** SHA-256 of all bytes and of where texts end. */
  sha256: string;
}

/** A corpus as word numbers, in order. */
export interface Tokens extends VocabularyResult {
  report: CorpusReport;
  /** u32 each: a number in the table of its part, or `lineEnd`. To be closed by the receiver. */
  spool: Spool;
  /** The parts of the spool, one after the other. */
  parts: TokenPart[];
}

const segmentsPerThread = 8;

/** Reads a corpus once: tokenizes it on all threads and counts its words. */
export async function readTokens(
  corpus: CorpusFiles,
  options: ReadOptions,
  plan: ReadPlan,
  pool: Pool,
  { signal, onProgress }: TaskOptions,
): Promise<Tokens> {
  const memory = createMemory(1 << 20, largestMemory);
  const arena = new Arena(memory, Math.min(plan.tableBytes, largestMemory));
  const kernel = instantiate("tokenizer", memory);
  const classes = codePointClasses(options.numbers);
  const classAddress = arena.allocate(classes.length);
  new Uint8Array(memory.buffer).set(classes, classAddress);
  const batchBytes = plan.segmentBytes * segmentsPerThread * pool.threads;
  const most = 256 * pool.threads; // many where texts are short
  const buffers = [arena.allocate(batchBytes), arena.allocate(batchBytes)];
  const idAddress = arena.allocate(4 * batchBytes);
  const reports = arena.allocate(most * reportBytes);
  const tables = Array.from({ length: pool.threads }, () => new WordTable(arena, kernel));
  const threadArgs = tables.map((table) => [table.address]);

  const hash = new CorpusHash();
  const feed = new TextFeed(corpus.texts, memory, classes, options.encodingErrors, hash);
  const log = new TokenLog(memory, tables, new Spool({ memoryBytes: plan.tokenBytes, folder: plan.scratch }));
  const meter = new Meter("reading", "bytes", corpus.bytes, onProgress);
  /** The reports of each segment; several where a table had to grow on the way. */
  const tokenize = async (segments: Segment[], idsOf: (text: number) => number) => {
    const done = new Map<Segment, Report[]>(segments.map((segment) => [segment, []]));
    let open = segments.map((segment) => ({ segment, at: segment.address, length: segment.length }));
    while (open.length > 0) {
      for (const table of tables) table.makeRoom();
      const calls = open.map(({ at, length }, k) => {
        return [at, length, idsOf(at), classAddress, options.windowsCrossLines ? 0 : 1, reports + k * reportBytes];
      });
      await pool.run({ memory, kernel: "tokenizer", fn: "tokenize", calls, threadArgs, signal });
      open = open.flatMap(({ segment, at, length }, k) => {
        const fields = new Uint32Array(memory.buffer, reports + k * reportBytes, reportBytes / 4).slice();
        done.get(segment)?.push({ fields, at, ids: idsOf(at) });
        if (fields[reportField.status] !== tokenizeStatus.tableFull) return [];
        const consumed = fields[reportField.consumed];
        return [{ segment, at: at + consumed, length: length - consumed }];
      });
    }
    return done;
  };
  let next: Promise<Segment[]> | undefined;
  try {
    next = feed.fill(buffers[0], batchBytes, plan.segmentBytes, most);
    for (let batch = 0; ; batch++) {
      const segments = await unlessAborted(next, signal);
      if (segments.length === 0) break;
      next = feed.fill(buffers[(batch + 1) % 2], batchBytes, plan.segmentBytes, most);
      next.catch(() => {}); // reported when it is waited for
      const buffer = buffers[batch % 2];
      const done = await tokenize(segments, (text) => idAddress + 4 * (text - buffer));
      for (const segment of segments) await log.add(segment, done.get(segment) as Report[]);
      meter.update(feed.bytesRead);
      signal?.throwIfAborted();
    }
    meter.update(feed.bytesRead, {}, true);
    const result = buildVocabulary(tables, new WordTable(arena, kernel), arena, options);
    const report = {
      texts: corpus.texts.map(({ name }) => name),
      bytes: feed.bytesRead,
      lines: log.lines,
      longTokens: log.longTokens,
      firstLongToken: log.firstLongToken,
      invalidBytes: feed.invalidBytes,
      sha256: await hash.digest(),
    };
    return { ...result, report, spool: log.spool, parts: log.parts };
  } catch (error) {
    await log.spool.close();
    throw error;
  } finally {
    const closed = (next ?? Promise.resolve([])).catch(() => []).then(() => feed.close());
    if (signal?.aborted)
      closed.catch(() => {}); // standard input may keep us waiting
    else await closed;
    pool.forget(memory);
  }
}

/** Waits for work, or rejects with the signal's reason as soon as it is aborted. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
  });
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
