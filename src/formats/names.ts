import { FormatError } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";
import { type LineBlock, lineBlocks } from "./lines.js";
import type { ReadPolicy } from "./read-options.js";
import { TextWriter } from "./text-writer.js";
import { checkName } from "./write-checks.js";

/**
 * Names in a file of their own, one a line, in the order of the vectors' rows. TensorFlow's projector calls it metadata:
 * a file of one column has no header, a file of several, separated by tabs, has one (tensorboard,
 * projector_plugin.py, `metadata_path`).
 */

/** Reads names in order; with several columns, those of the column `name`, `word` or `label`, or else of the first. */
export class NameReader {
  readonly #file: string;
  readonly #blocks: AsyncIterator<LineBlock>;
  readonly #policy: ReadPolicy;
  readonly #tabs: boolean;
  #block: LineBlock | undefined;
  #column = 0;
  #columns = 1;
  #first = true;

  /** `tabs` is whether tabs separate columns; otherwise they belong to names. */
  constructor(stream: ByteStream, policy: ReadPolicy, tabs: boolean) {
    this.#file = stream.name;
    this.#blocks = lineBlocks(stream)[Symbol.asyncIterator]();
    this.#policy = policy;
    this.#tabs = tabs;
  }

  /** The names of the next rows, `count` of them; null for one that is to be left out. Throws FormatError at the end. */
  async take(count: number): Promise<(string | null)[]> {
    const names: (string | null)[] = [];
    while (names.length < count) {
      if (!(await this.#next())) {
        throw new FormatError("truncated", { file: this.#file }, "fewer names than vectors");
      }
      names.push(this.#name(this.#block!));
    }
    return names;
  }

  /** Throws FormatError where there are more names. */
  async expectEnd(): Promise<void> {
    if (await this.#next()) throw this.#block!.error("trailing", this.#block!.start, "more names than vectors");
  }

  async close(): Promise<void> {
    await this.#blocks.return?.();
  }

  /** Moves to the next row's line, over a header. */
  async #next(): Promise<boolean> {
    while (this.#block === undefined || !this.#block.next()) {
      const next = await this.#blocks.next();
      if (next.done) return false;
      this.#block = next.value;
    }
    if (!this.#first) return true;
    this.#first = false;
    const fields = this.#fields(this.#block);
    if (fields.length === 1) return true;
    this.#columns = fields.length;
    const decoder = new TextDecoder();
    const titles = fields.map(([start, end]) => decoder.decode(this.#block!.bytes.subarray(start, end)).toLowerCase());
    const named = ["name", "word", "label"].map((title) => titles.indexOf(title)).find((index) => index >= 0);
    this.#column = named ?? 0;
    return this.#next();
  }

  #fields({ bytes, start, end }: LineBlock): [start: number, end: number][] {
    const fields: [number, number][] = [];
    let fieldStart = start;
    for (let at = start; this.#tabs && at < end; at++) {
      if (bytes[at] !== 9) continue;
      fields.push([fieldStart, at]);
      fieldStart = at + 1;
    }
    fields.push([fieldStart, end]);
    return fields;
  }

  #name(block: LineBlock): string | null {
    const fields = this.#fields(block);
    if (fields.length !== this.#columns) {
      throw block.error(
        "fields",
        block.start,
        `expected ${this.#columns} columns separated by tabs, got ${fields.length}`,
      );
    }
    const [start, end] = fields[this.#column];
    return this.#policy.decodeName(block.bytes, start, end, (index) => block.place(index));
  }
}

/** Writes names, one a line. */
export class NameWriter {
  readonly #writer: TextWriter;
  readonly #tabs: boolean;
  #first = true;

  private constructor(writer: TextWriter, tabs: boolean) {
    this.#writer = writer;
    this.#tabs = tabs;
  }

  /** `tabs` is whether a reader would take tabs for separators of columns. */
  static async create(path: string, tabs: boolean): Promise<NameWriter> {
    return new NameWriter(await TextWriter.create(path), tabs);
  }

  async put(names: string[]): Promise<void> {
    for (const name of names) {
      checkName(this.#writer.path, name, (text) => this.#unfit(text));
      await this.#writer.reserve(name.length * 3 + 4);
      if (this.#first && name.startsWith("\ufeff")) this.#writer.put("\ufeff"); // readers drop the first mark
      this.#first = false;
      this.#writer.put(name);
      this.#writer.putByte(0x0a);
    }
  }

  commit(): Promise<void> {
    return this.#writer.commit();
  }

  discard(): Promise<void> {
    return this.#writer.discard();
  }

  #unfit(name: string): string | undefined {
    if (name.includes("\n")) return "a line feed would make it two names";
    if (name.endsWith("\r")) return "the carriage return at its end would be taken for a line end";
    if (this.#tabs && name.includes("\t")) return "a tab would make it two columns";
    return undefined;
  }
}
