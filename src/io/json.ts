import { FormatError } from "./errors.js";

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Deepest nesting that is read. */
const mostNested = 64;

/**
 * JSON (RFC 8259) from a file that may be a stranger's, stricter than `JSON.parse`: a key may stand once in an object
 * and may not be `__proto__`, numbers must be finite, and at most 64 brackets may be open. Throws FormatError with the
 * byte.
 */
export function parseJson(text: string, file: string): JsonValue {
  return new Parser(text, file).parse();
}

class Parser {
  readonly #text: string;
  readonly #file: string;
  #at = 0;
  #nested = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  parse(): JsonValue {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#error("text after the end of the JSON value", "trailing");
    return value;
  }

  #value(): JsonValue {
    this.#space();
    const first = this.#text[this.#at];
    if (first === "{") return this.#nest(() => this.#object());
    if (first === "[") return this.#nest(() => this.#array());
    if (first === '"') return this.#string();
    for (const [word, value] of [
      ["null", null],
      ["true", true],
      ["false", false],
    ] as const) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #nest<T>(rule: () => T): T {
    if (this.#nested === mostNested) throw this.#error(`brackets are nested more than ${mostNested} deep`, "limit");
    this.#nested++;
    this.#at++; // the opening bracket
    const value = rule();
    this.#nested--;
    return value;
  }

  #object(): JsonObject {
    const object: JsonObject = {};
    if (this.#next("}")) return object;
    do {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#error("expected a key in double quotes");
      const start = this.#at;
      const key = this.#string();
      if (key === "__proto__" || Object.hasOwn(object, key)) {
        this.#at = start;
        if (key === "__proto__") throw this.#error("the key __proto__ is not allowed");
        throw this.#error(`the key ${JSON.stringify(key)} stands twice`, "duplicate");
      }
      if (!this.#next(":")) throw this.#error("expected :");
      object[key] = this.#value();
    } while (this.#next(","));
    if (!this.#next("}")) throw this.#error("expected , or }");
    return object;
  }

  #array(): JsonValue[] {
    const array: JsonValue[] = [];
    if (this.#next("]")) return array;
    do array.push(this.#value());
    while (this.#next(","));
    if (!this.#next("]")) throw this.#error("expected , or ]");
    return array;
  }

  #string(): string {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at++) {
      if (this.#text[at] === "\\") at++;
      else if (this.#text[at] === '"') {
        this.#at = at + 1;
        return this.#unescape(start);
      }
    }
    throw this.#error("this string does not end", "truncated");
  }

  #unescape(start: number): string {
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch (error) {
      this.#at = start;
      throw this.#error("this string has a wrong escape or a control character", "header", error);
    }
  }

  #number(): number {
    const pattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    pattern.lastIndex = this.#at;
    const digits = pattern.exec(this.#text)?.[0];
    if (digits === undefined) {
      const ended = this.#at >= this.#text.length;
      throw this.#error(
        ended ? "the JSON text ends here, a value was needed" : "expected a JSON value",
        ended ? "truncated" : "header",
      );
    }
    const value = Number(digits);
    if (!Number.isFinite(value)) throw this.#error(`${digits.slice(0, 40)} is no finite number`, "number");
    this.#at += digits.length;
    return value;
  }

  #next(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (this.#at < this.#text.length && " \t\r\n".includes(this.#text[this.#at])) this.#at++;
  }

  #error(message: string, code: FormatError["code"] = "header", cause?: unknown): FormatError {
    const offset = new TextEncoder().encode(this.#text.slice(0, this.#at)).length;
    return new FormatError(code, { file: this.#file, offset }, message, { cause });
  }
}

/**
 * A value as JSON, with properties that are undefined left out. Throws TypeError for what JSON cannot hold as it is:
 * NaN, infinities, functions, dates, typed arrays, and what is nested more than 32 deep, as all that holds itself is.
 * `what` names the value in messages.
 */
export function toJson(value: unknown, what: string, nested = 32): JsonValue {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (nested === 0) throw new TypeError(`${what} is nested too deep`);
  if (Array.isArray(value)) return value.map((element, k) => toJson(element, `${what}[${k}]`, nested - 1));
  if (typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    const object: JsonObject = {};
    for (const [key, member] of Object.entries(value)) {
      if (key === "__proto__") throw new TypeError(`${what} may not have a key __proto__`);
      if (member !== undefined) object[key] = toJson(member, `${what}.${key}`, nested - 1);
    }
    return object;
  }
  const came = typeof value === "object" ? value.constructor.name : typeof value === "number" ? value : typeof value;
  throw new TypeError(
    `${what} must be a JSON value (null, boolean, finite number, string, array or plain object), got ${came}`,
  );
}
