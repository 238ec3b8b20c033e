import { FormatError } from "../io/errors.js";
import type { Spool } from "../io/spool.js";
import { lineEnd, reportField, tokenizeStatus } from "../kernels/twins/tokenizer.js";
import type { Segment } from "./text-feed.js";
import type { WordTable } from "./word-table.js";

/** Consecutive word numbers of one table. */
export interface TokenPart {
  /** Which table they belong to. */
  table: number;
  count: number;
}

/** What one call of the tokenizer reported, and where it worked. */
export interface Report {
  fields: Uint32Array;
  at: number;
  ids: number;
}

/** Gathers what the tokenizer wrote, in the order of the text. */
export class TokenLog {
  readonly spool: Spool;
  readonly parts: TokenPart[] = [];
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
