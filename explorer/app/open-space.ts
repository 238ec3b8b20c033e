import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ColumnValues, DataSource, DirectionSummary, Points, SpaceSummary } from "../../src/explorer/protocol.js";
import { quoteName } from "../../src/space/expression.js";
import { type Kind, kindOf } from "./kinds.js";
import { NamesCache } from "./names-cache.js";
import { TrainingWatch } from "./training-watch.js";

/** A tile of a sheet. */
export interface Thumbnail {
  sheet: ImageBitmap;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A space that the page shows, with what has been fetched of it; panes of the same space share it. */
export class OpenSpace {
  readonly id: number;
  readonly names: NamesCache;
  readonly kind: Kind;
  /** Maps made while the page is open, by their choice as JSON. */
  readonly made = signal<ReadonlyMap<string, Points>>(new Map());
  /** An expression of this space's own names, to begin with. */
  readonly example = signal("");
  /** Of a space that was being trained when the page opened it. */
  readonly training: TrainingWatch | null;
  /** Counts how often all that was fetched of the space has become old: when its items came, and when it was trained. */
  readonly revision = signal(0);
  /** To be called when the places of the first map have come, or could not: what names are needed for can begin. */
  hasPicture = () => {};
  readonly #source: DataSource;
  readonly #summary: Signal<SpaceSummary>;
  readonly #maps = new Map<string, Promise<Points>>();
  readonly #columns = new Map<string, Promise<ColumnValues>>();
  readonly #sheets = new Map<number, Promise<Blob>>();
  readonly #bitmaps = new Map<number, Promise<ImageBitmap>>();

  constructor(source: DataSource, summary: SpaceSummary) {
    this.id = summary.id;
    this.#source = source;
    this.#summary = signal(summary);
    const pictured = new Promise<void>((resolve) => {
      this.hasPicture = resolve;
    });
    this.names = new NamesCache(source, summary.id, pictured);
    this.kind = kindOf(summary);
    this.training = summary.training !== null ? new TrainingWatch(source, summary, () => void this.#renew()) : null;
    if (summary.items > 0) void pictured.then(() => this.#offerExample());
  }

  get summary(): ReadonlySignal<SpaceSummary> {
    return this.#summary;
  }

  /** Asks again what the space is. */
  async #renew(): Promise<void> {
    const summaries = await this.#source.spaces().catch(() => null); // a lost server is told elsewhere
    const summary = summaries?.[this.id];
    if (summary === undefined) return;
    this.#maps.clear();
    this.#columns.clear();
    this.#sheets.clear();
    this.#bitmaps.clear();
    batch(() => {
      this.#summary.value = summary;
      this.made.value = new Map();
      this.revision.value++;
    });
    if (summary.items > 0) this.#offerExample();
  }

  #offerExample(): void {
    void this.#findExample().then(
      (found) => {
        this.example.value = found;
      },
      () => {}, // the bar does without
    );
  }

  async #findExample(): Promise<string> {
    for (const names of this.kind.examples) {
      const rows = await this.#source.rowsOf(this.id, names);
      if (!rows.includes(null)) return `${names[0]} - ${names[1]} + ${names[2]}`;
    }
    const names = await this.#source.names(this.id, 0, 3);
    const [a, b, c] = names.map(quoteName);
    return [a, b && ` - ${b}`, c && ` + ${c}`].join("");
  }

  addDirection(direction: DirectionSummary): void {
    this.dropDirection(direction.name);
    const summary = this.#summary.peek();
    this.#summary.value = { ...summary, directions: [...summary.directions, direction] };
  }

  dropDirection(name: string): void {
    const summary = this.#summary.peek();
    this.#summary.value = { ...summary, directions: summary.directions.filter((other) => other.name !== name) };
  }

  keep(choice: string, points: Points): void {
    this.made.value = new Map([...this.made.peek(), [choice, points]]);
  }

  /**
   * A map of the space. Those that its columns hold are remembered, so that they are there again when the space is, whether or
   * not the server answers; axes mean what the directions are at the moment.
   */
  points(map: { columns?: string[]; axes?: string[] }): Promise<Points> {
    const ask = () => this.#source.points(this.id, map);
    if (map.axes !== undefined || this.summary.peek().training !== null) return ask();
    return remembered(this.#maps, JSON.stringify(map), ask);
  }

  column(name: string): Promise<ColumnValues> {
    return remembered(this.#columns, name, () => this.#source.column(this.id, name));
  }

  /** A sheet as it came: a map makes a bitmap of its own of it, and closes that. */
  sheet(number: number): Promise<Blob> {
    return remembered(this.#sheets, number, () => this.#source.thumbnailSheet(this.id, number));
  }

  /** The tile of a row; null where the space has none of it. */
  async thumbnail(row: number): Promise<Thumbnail | null> {
    const { thumbnails } = this.#summary.peek();
    if (thumbnails === null) return null;
    const { tileWidth: width, tileHeight: height, columns, sheets } = thumbnails;
    let tile = row;
    for (const [number, tiles] of sheets.entries()) {
      if (tile < tiles) {
        const sheet = await remembered(this.#bitmaps, number, async () => createImageBitmap(await this.sheet(number)));
        return { sheet, x: (tile % columns) * width, y: Math.floor(tile / columns) * height, width, height };
      }
      tile -= tiles;
    }
    return null;
  }
}

/** What was asked for before, unless it failed. */
function remembered<Key, T>(known: Map<Key, Promise<T>>, key: Key, ask: () => Promise<T>): Promise<T> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const asked = ask();
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  return asked;
}
