import { type ReadonlySignal, signal } from "@preact/signals";
import type { DataSource } from "../../src/explorer/protocol.js";

/** Names asked for at a time. */
const batch = 2000;

/** Names of a space's rows, fetched when they are wanted, many at a time. */
export class NamesCache {
  readonly #source: Pick<DataSource, "namesOf">;
  readonly #space: number;
  readonly #names = new Map<number, string>();
  readonly #wanted = new Set<number>();
  readonly #known = signal(0);
  readonly #ready: Promise<void>;
  #underWay = false;

  /** Names to be drawn wait until `ready`: the first picture needs none, and reading them takes longer than it does. */
  constructor(source: Pick<DataSource, "namesOf">, space: number, ready: Promise<void>) {
    this.#source = source;
    this.#space = space;
    this.#ready = ready;
  }

  /** Changes when names have come. */
  get known(): ReadonlySignal<number> {
    return this.#known;
  }

  textOf(row: number): string | undefined {
    return this.#names.get(row);
  }

  /** The name, or undefined and it is fetched. Whoever draws it draws again when it has come. */
  wantedText(row: number): string | undefined {
    this.#known.value;
    const name = this.#names.get(row);
    if (name === undefined) this.want([row]);
    return name;
  }

  /** Names that an answer brought along. */
  learn(items: Iterable<{ row: number; name: string }>): void {
    for (const { row, name } of items) this.#names.set(row, name);
  }

  want(rows: Iterable<number>): void {
    for (const row of rows) if (!this.#names.has(row)) this.#wanted.add(row);
    if (this.#wanted.size === 0 || this.#underWay) return;
    this.#underWay = true;
    queueMicrotask(() => void this.#fetch());
  }

  /** The names of rows, in their order. */
  async all(rows: readonly number[]): Promise<string[]> {
    for (let from = 0; from < rows.length; from += batch) {
      const missing = rows.slice(from, from + batch).filter((row) => !this.#names.has(row));
      if (missing.length > 0) this.#keep(missing, await this.#source.namesOf(this.#space, missing));
    }
    return rows.map((row) => this.#names.get(row) ?? "");
  }

  async #fetch(): Promise<void> {
    try {
      await this.#ready;
      while (this.#wanted.size > 0) {
        const rows = [...this.#wanted].slice(0, batch);
        for (const row of rows) this.#wanted.delete(row);
        this.#keep(rows, await this.#source.namesOf(this.#space, rows));
      }
    } catch {
      this.#wanted.clear(); // the connection's loss is told elsewhere; what is drawn next asks again
    } finally {
      this.#underWay = false;
    }
  }

  #keep(rows: readonly number[], names: readonly string[]): void {
    for (const [k, row] of rows.entries()) this.#names.set(row, names[k]);
    this.#known.value++;
  }
}
