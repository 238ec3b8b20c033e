import { FormatError } from "../io/errors.js";

/** What XML consists of, in order. */
export type XmlEvent =
  | { kind: "open"; name: string; attributes: ReadonlyMap<string, string>; offset: number }
  | { kind: "close"; name: string; offset: number }
  | { kind: "text"; text: string; offset: number };

const mostAttributes = 256;
const mostNested = 64;

const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const namePattern = /[\p{L}_:][\p{L}\p{N}_:.\-\u00b7]*/uy;
const spacePattern = /[ \t\r\n]*/y;
const declarationPattern =
  /<\?xml\s+version\s*=\s*["']1\.\d["'](?:\s+encoding\s*=\s*["']([\w.-]+)["'])?(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>/y;

/**
 * Reads the part of XML 1.0 that data files use, strictly: elements, attributes, text, CDATA; comments and processing
 * instructions are passed over. Document types are refused, and with them all entities but the five of XML itself and
 * characters by number, so that nothing expands and nothing is fetched. At most 256 attributes an element, 64 elements deep.
 */
export class XmlReader {
  readonly #text: string;
  readonly #file: string;
  #at = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  /** All events; text that is white space only is left out. Throws FormatError with the line. */
  *events(): Generator<XmlEvent> {
    const text = this.#text;
    this.#declaration();
    const open: string[] = [];
    let roots = 0;
    while (this.#at < text.length) {
      const offset = this.#at;
      if (text[offset] !== "<") {
        const content = this.#content();
        if (content.trim() === "") continue;
        if (open.length === 0) throw this.error("text outside of the root element", offset);
        yield { kind: "text", text: content, offset };
      } else if (text.startsWith("<!--", offset)) this.#passTo("-->", offset, 4, "comment");
      else if (text.startsWith("<![CDATA[", offset)) {
        if (open.length === 0) throw this.error("text outside of the root element", offset);
        const end = this.#passTo("]]>", offset, 9, "CDATA section");
        yield { kind: "text", text: text.slice(offset + 9, end), offset };
      } else if (text.startsWith("<?", offset)) this.#passTo("?>", offset, 2, "processing instruction");
      else if (text.startsWith("<!", offset)) {
        const message = "document types are not read: they can define entities and refer to other files";
        throw new FormatError("unsupported", this.place(offset), message);
      } else if (text[offset + 1] === "/") {
        this.#at += 2;
        const name = this.#name();
        this.#space();
        this.#expect(">");
        if (open.pop() !== name) throw this.error(`</${name}> closes an element that is not open here`, offset);
        yield { kind: "close", name, offset };
      } else {
        if (open.length === 0 && ++roots > 1) throw this.error("a second root element", offset);
        const element = this.#element();
        yield { kind: "open", name: element.name, attributes: element.attributes, offset };
        if (element.closed) yield { kind: "close", name: element.name, offset };
        else {
          open.push(element.name);
          if (open.length > mostNested) {
            throw new FormatError("limit", this.place(offset), `elements are nested more than ${mostNested} deep`);
          }
        }
      }
    }
    if (open.length > 0) {
      throw new FormatError("truncated", this.place(text.length), `the file ends within <${open[open.length - 1]}>`);
    }
    if (roots === 0) throw new FormatError("empty", { file: this.#file }, "no XML element");
  }

  /** The place of an offset in the text: its line and column. */
  place(offset: number): { file: string; line: number; column: number } {
    const before = this.#text.slice(0, offset);
    let line = 1;
    for (let at = before.indexOf("\n"); at >= 0; at = before.indexOf("\n", at + 1)) line++;
    return { file: this.#file, line, column: offset - before.lastIndexOf("\n") };
  }

  error(message: string, offset: number): FormatError {
    return new FormatError("header", this.place(offset), message);
  }

  #declaration(): void {
    if (!this.#text.startsWith("<?xml")) return;
    const match = this.#match(declarationPattern);
    if (match === null) throw this.error("the XML declaration is wrong", 0);
    if (match[1] !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(match[1])) {
      throw new FormatError("encoding", this.place(0), `the encoding is ${match[1]}, UTF-8 was needed`);
    }
  }

  #element(): { name: string; attributes: Map<string, string>; closed: boolean } {
    const offset = this.#at++;
    const name = this.#name();
    const attributes = new Map<string, string>();
    for (;;) {
      const spaced = this.#space();
      if (this.#text[this.#at] === ">" || this.#text.startsWith("/>", this.#at)) {
        const closed = this.#text[this.#at] === "/";
        this.#at += closed ? 2 : 1;
        return { name, attributes, closed };
      }
      if (!spaced) throw this.error(`expected an attribute, > or /> in <${name}>`, this.#at);
      const at = this.#at;
      const key = this.#name();
      this.#space();
      this.#expect("=");
      this.#space();
      const quote = this.#text[this.#at];
      if (quote !== '"' && quote !== "'") throw this.error(`the value of ${key} must be in quotes`, this.#at);
      const end = this.#text.indexOf(quote, this.#at + 1);
      if (end < 0) throw new FormatError("truncated", this.place(this.#at), `the value of ${key} does not end`);
      const raw = this.#text.slice(this.#at + 1, end);
      if (raw.includes("<")) throw this.error(`< in the value of ${key}`, this.#at);
      if (attributes.has(key)) throw new FormatError("duplicate", this.place(at), `the attribute ${key} stands twice`);
      attributes.set(key, this.#resolve(raw, this.#at + 1));
      this.#at = end + 1;
      if (attributes.size > mostAttributes) {
        throw new FormatError("limit", this.place(offset), `<${name}> has more than ${mostAttributes} attributes`);
      }
    }
  }

  #content(): string {
    const start = this.#at;
    const end = this.#text.indexOf("<", start);
    this.#at = end < 0 ? this.#text.length : end;
    return this.#resolve(this.#text.slice(start, this.#at), start);
  }

  /** Replaces references to characters. */
  #resolve(raw: string, offset: number): string {
    if (!raw.includes("&")) return raw;
    return raw.replace(/&([^;&]{0,32};?)/g, (all, reference: string, index: number) => {
      const word = reference.endsWith(";") ? reference.slice(0, -1) : null;
      if (word !== null && Object.hasOwn(named, word)) return named[word];
      const code = word === null ? null : /^#(?:x([\da-fA-F]{1,6})|(\d{1,7}))$/.exec(word);
      const point = code === null || code === undefined ? -1 : Number.parseInt(code[1] ?? code[2], code[1] ? 16 : 10);
      if (point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)) return String.fromCodePoint(point);
      throw new FormatError(
        "unsupported",
        this.place(offset + index),
        `the entity ${all.slice(0, 20)} is not one of XML's own`,
      );
    });
  }

  #passTo(mark: string, offset: number, skip: number, what: string): number {
    const end = this.#text.indexOf(mark, offset + skip);
    if (end < 0) throw new FormatError("truncated", this.place(offset), `this ${what} does not end`);
    this.#at = end + mark.length;
    return end;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at += match[0].length;
    return match;
  }

  #name(): string {
    const match = this.#match(namePattern);
    if (match === null) throw this.error("expected a name", this.#at);
    return match[0];
  }

  #space(): boolean {
    return (this.#match(spacePattern)?.[0].length ?? 0) > 0;
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw this.error(`expected ${character}`, this.#at);
    this.#at++;
  }
}
