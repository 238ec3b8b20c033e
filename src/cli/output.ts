import type { Terminal } from "./terminal.js";

/** A column of a table: texts, or numbers already written, which are aligned at the right. */
export interface TableColumn {
  title: string;
  cells: readonly string[];
  right?: boolean;
}

/** What a command says: results on standard output, all else on standard error. */
export class Output {
  readonly json: boolean;
  readonly #terminal: Terminal;
  readonly #quiet: boolean;
  readonly #styled: boolean;
  /** Columns of standard output; undefined where it is no terminal. */
  readonly columns: number | undefined;
  /** Colors that standard output takes: 24-bit ones where the terminal says so (COLORTERM), else 256. */
  readonly colors: "24-bit" | "256" | "none";
  /** Takes away what a progress line has left on the screen. */
  clearLine: () => void = () => {};

  constructor(terminal: Terminal, { json = false, quiet = false } = {}) {
    this.json = json;
    this.#terminal = terminal;
    this.#quiet = quiet;
    this.#styled = terminal.out.isTerminal && mayStyle(terminal);
    this.columns = terminal.out.columns;
    const many = /^(truecolor|24bit)$/i.test(terminal.env.COLORTERM ?? "");
    this.colors = this.#styled ? (many ? "24-bit" : "256") : "none";
  }

  /** A result: the value as JSON where that was asked for, or as text. */
  result(value: unknown, text: () => string): void {
    this.clearLine();
    this.#terminal.out.write(this.json ? jsonText(value) : text());
  }

  /** Bytes of a result, handed on before more are made. */
  async bytes(bytes: Uint8Array): Promise<void> {
    this.#terminal.out.write(bytes);
    await this.#terminal.out.flushed();
  }

  /** What a person may like to know. */
  note(text: string): void {
    if (!this.#quiet) this.#error(text);
  }

  /** What a person should know. */
  warn(message: string): void {
    this.#error(`warning: ${message}`);
  }

  error(message: string): void {
    this.#error(`thing2vec: ${message}`);
  }

  /** A table with a line of titles; bold on a terminal. */
  table(columns: readonly TableColumn[]): string {
    const widths = columns.map(({ title, cells }) => Math.max(widthOf(title), ...cells.map(widthOf)));
    const line = (texts: readonly string[]) =>
      columns
        .map(({ right }, k) => {
          const space = " ".repeat(Math.max(0, widths[k] - widthOf(texts[k])));
          return right ? space + texts[k] : texts[k] + space;
        })
        .join("  ")
        .trimEnd();
    const rows = columns[0]?.cells.length ?? 0;
    const lines = Array.from({ length: rows }, (_, row) => line(columns.map(({ cells }) => cells[row])));
    return `${[this.bold(line(columns.map(({ title }) => title))), ...lines].join("\n")}\n`;
  }

  bold(text: string): string {
    return this.#styled ? `\x1b[1m${text}\x1b[22m` : text;
  }

  #error(text: string): void {
    this.clearLine();
    this.#terminal.err.write(`${text}\n`);
  }
}

/** Whether colors and lines that move are welcome (https://no-color.org). */
export function mayStyle({ env }: Terminal): boolean {
  return !env.NO_COLOR && env.TERM !== "dumb" && !env.CI;
}

/** One JSON document; what is no number is null, a control character never leaves its string. */
function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Columns that a text takes in a terminal: East Asian wide letters take two, marks none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}|\p{Control}|\p{Format}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

/** A name as it may be shown on a terminal: control characters cannot steer it. */
export function shown(name: string): string {
  return name.replace(/\p{Control}/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}

/** A word as a shell takes it. */
export function shellWord(text: string): string {
  return /^[\p{Letter}\p{Number}_./@%+=:,][\p{Letter}\p{Number}_./@%+=:,-]*$/u.test(text)
    ? text
    : `'${text.replaceAll("'", "'\\''")}'`;
}

/** An item's name as a shell and this command line take it: one that begins with a dash would be a flag. */
export function itemWord(name: string): string {
  return shellWord(/^-\S*$/.test(name) ? `item:${name}` : name);
}

/** 1234567 as `1,234,567`. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** A number of things: `1 thread`, `1,000 threads`. */
export function plural(value: number, thing: string): string {
  return `${count(value)} ${thing}${value === 1 ? "" : "s"}`;
}

/** A number of bytes as `1.2 GB`. */
export function bytesText(bytes: number): string {
  return `${scaled(bytes, ["bytes", "kB", "MB", "GB", "TB"])}`;
}

/** A number a second as `12.3 M pairs/s`. */
export function rateText(rate: number, unit: string): string {
  return unit === "bytes"
    ? `${bytesText(rate)}/s`
    : `${scaled(rate, ["", "k", "M", "G"])} ${unit}/s`.replace("  ", " ");
}

function scaled(value: number, names: readonly string[]): string {
  let power = 0;
  while (value >= 999.5 && power < names.length - 1) {
    value /= 1000;
    power++;
  }
  const digits = power === 0 || value >= 99.5 ? 0 : 1;
  return `${value.toFixed(digits)} ${names[power]}`.trimEnd();
}

/** Seconds as `4.2 s`, `3 min 12 s` or `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A share as a percentage with two digits, `-` where there is none. */
export function percent(share: number | null): string {
  return share === null ? "-" : `${(100 * share).toFixed(2)} %`;
}
