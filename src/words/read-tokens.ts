import { sha256 } from "#platform";
import { FormatError } from "../io/errors.js";
import { Meter, type TaskOptions } from "../io/progress.js";
import { Spool } from "../io/spool.js";
import { createMemory, instantiate, largestMemory } from "../kernels/kernel.js";
import type { Pool } from "../kernels/pool.js";
import { lineEnd, reportBytes, reportField, tokenizeStatus } from "../kernels/twins/tokenizer.js";
import { codePointClasses } from "./code-points.js";
import type { CorpusFiles } from "./corpus.js";
import { type EncodingErrors, type Segment, TextFeed } from "./text-feed.js";
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
  /** Consecutive parts of the spool: which table their numbers belong to, and how many they are. */
  parts: { table: number; count: number }[];
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

  const hash = sha256();
  const feed = new TextFeed(corpus.texts, memory, classes, options.encodingErrors, hash);
  const log = new TokenLog(memory, tables, new Spool({ memoryBytes: plan.tokenBytes, folder: plan.scratch }));
  const meter = new Meter("reading", "bytes", corpus.bytes, onProgress);
  let next: Promise<Segment[]> | undefined;
  try {
    next = feed.fill(buffers[0], batchBytes, plan.segmentBytes, most);
    for (let batch = 0; ; batch++) {
      const segments = await next;
      if (segments.length === 0) break;
      next = feed.fill(buffers[(batch + 1) % 2], batchBytes, plan.segmentBytes, most);
      next.catch(() => {}); // reported when it is waited for
      const buffer = buffers[batch % 2];
      const idsOf = (text: number) => idAddress + 4 * (text - buffer);
      let open = segments.map((segment) => ({ segment, at: segment.address, length: segment.length }));
      const done = new Map<Segment, Report[]>(segments.map((segment) => [segment, []]));
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
    await next?.catch(() => undefined);
    await feed.close();
    pool.forget(memory);
  }
}

/** What one call of the tokenizer reported, and where it worked. */
interface Report {
  fields: Uint32Array;
  at: number;
  ids: number;
}

/** Gathers what the tokenizer wrote, in the order of the text. */
class TokenLog {
  readonly spool: Spool;
  readonly parts: { table: number; count: number }[] = [];
  lines = 0;
  longTokens = 0;
  firstLongToken: string | undefined;
  readonly #memory: WebAssembly.Memory;
  readonly #tableOf: Map<number, number>;
  /** Line ends of the present text, and whether anything follows the last of them. */
  #textLines = 0;
  #lineOpen = false;

  constructor(memory: WebAssembly.Memory, tables: WordTable[], spool: Spool) {
    this.#memory = memory;
    this.#tableOf = new Map(tables.map((table, index) => [table.address, index]));
    this.spool = spool;
  }

  async add(segment: Segment, reports: Report[]): Promise<void> {
    if (segment.beginsText) this.#textLines = 0;
    for (const { fields, at, ids } of reports) {
      if (fields[reportField.status] === tokenizeStatus.invalidUtf8) this.#refuse(segment, fields, at);
      if (fields[reportField.longTokens] > 0) {
        const line = this.#textLines + fields[reportField.linesBeforeLong] + 1;
        this.firstLongToken ??= `${segment.name} line ${line}`;
        this.longTokens += fields[reportField.longTokens];
      }
      this.#textLines += fields[reportField.lines];
      await this.#append(this.#tableOf.get(fields[reportField.table]) as number, ids, fields[reportField.ids]);
    }
    if (segment.length > 0) {
      const last = new Uint8Array(this.#memory.buffer, segment.address + segment.length - 1, 1)[0];
      this.#lineOpen = last !== 10;
    }
    if (!segment.endsText) return;
    this.lines += this.#textLines + (this.#lineOpen ? 1 : 0);
    this.#lineOpen = false;
    if (this.parts.length > 0) {
      this.parts[this.parts.length - 1].count++;
      await this.spool.append(new Uint8Array(Uint32Array.of(lineEnd).buffer));
    }
  }

  async #append(table: number, ids: number, count: number): Promise<void> {
    if (count === 0) return;
    const last = this.parts.at(-1);
    if (last?.table === table) last.count += count;
    else this.parts.push({ table, count });
    await this.spool.append(new Uint8Array(this.#memory.buffer, ids, 4 * count));
  }

  #refuse(segment: Segment, fields: Uint32Array, at: number): never {
    const text = new Uint8Array(this.#memory.buffer, segment.address, segment.length);
    const within = at - segment.address + fields[reportField.consumed];
    const byte = text[within].toString(16).toUpperCase().padStart(2, "0");
    const place = {
      file: segment.name,
      line: this.#textLines + fields[reportField.lines] + 1,
      offset: segment.offset + within,
    };
    const message = `not valid UTF-8 (byte 0x${byte}); repair the text, or set encodingErrors to "replace" or "skip"`;
    throw new FormatError("encoding", place, message);
  }
}
