import type {
  ColumnValues,
  DataSource,
  DirectionRequest,
  DirectionSummary,
  Edges,
  EmbedAnswer,
  EmbedRequest,
  ExpressionAnswer,
  ItemAnswer,
  Job,
  LinkRequest,
  NearRequest,
  NeighborAnswer,
  PictureAnswer,
  Place,
  Points,
  ProjectRequest,
  SampleAnswer,
  SpaceSummary,
  TrainingReport,
  WalkAnswer,
  WalkRequest,
} from "../../../src/explorer/protocol.js";
import { toBase64 } from "../text/base64.js";
import type { Carrier } from "./carrier.js";

/** Asks by name over a carrier: what `routes` of src/explorer/routes.ts answer at its other end. */
export class AskedSource implements DataSource {
  readonly #carrier: Carrier;

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  onConnection(listener: (lost: string | null) => void): void {
    this.#carrier.onConnection(listener);
  }

  spaces(): Promise<SpaceSummary[]> {
    return this.#carrier.ask("spaces", {});
  }

  names(space: number, from: number, count: number): Promise<string[]> {
    return this.#carrier.ask("names", { space, from, count });
  }

  namesOf(space: number, rows: readonly number[]): Promise<string[]> {
    return this.#carrier.ask("namesOf", { space, rows });
  }

  item(space: number, row: number): Promise<ItemAnswer> {
    return this.#carrier.ask("item", { space, row });
  }

  search(space: number, text: string, options: { column?: string; count?: number } = {}): Promise<NeighborAnswer[]> {
    return this.#carrier.ask("search", { space, text, options });
  }

  rowsOf(space: number, names: readonly string[]): Promise<(number | null)[]> {
    return this.#carrier.ask("rowsOf", { space, names });
  }

  points(space: number, from: { columns?: readonly string[]; axes?: readonly string[] }): Promise<Points> {
    return this.#carrier.ask("points", { space, from });
  }

  column(space: number, name: string): Promise<ColumnValues> {
    return this.#carrier.ask("column", { space, name });
  }

  near(space: number, request: NearRequest): Promise<ExpressionAnswer> {
    return this.#carrier.ask("near", { space, request });
  }

  decode(space: number, place: Place, signal?: AbortSignal): Promise<PictureAnswer> {
    return this.#carrier.ask("decode", { space, place }, signal);
  }

  walk(space: number, request: WalkRequest): Promise<WalkAnswer> {
    return this.#carrier.ask("walk", { space, request });
  }

  direction(space: number, request: DirectionRequest): Promise<DirectionSummary> {
    return this.#carrier.ask("direction", { space, request });
  }

  removeDirection(space: number, name: string): Promise<void> {
    return this.#carrier.ask("removeDirection", { space, name });
  }

  embed(space: number, request: EmbedRequest): Promise<EmbedAnswer> {
    return this.#carrier.ask("embed", { space, request });
  }

  sample(space: number, count: number, seed: number): Promise<SampleAnswer> {
    return this.#carrier.ask("sample", { space, count, seed });
  }

  invert(space: number, picture: Uint8Array): Job<{ vector: number[]; picture: PictureAnswer; error: number }> {
    return this.#carrier.start("invert", { space, picture: toBase64(picture) });
  }

  project(space: number, request: ProjectRequest): Job<Points> {
    return this.#carrier.start("project", { space, request });
  }

  estimate(space: number, request: ProjectRequest): Promise<number | null> {
    return this.#carrier.ask("estimate", { space, request });
  }

  watch(space: number, listener: (report: TrainingReport) => void): () => void {
    return this.#carrier.watch(space, listener);
  }

  edges(space: number, most: number): Promise<Edges> {
    return this.#carrier.ask("edges", { space, most });
  }

  neighborhood(space: number, row: number): Promise<Edges> {
    return this.#carrier.ask("neighborhood", { space, row });
  }

  links(space: number, request: LinkRequest): Promise<NeighborAnswer[]> {
    return this.#carrier.ask("links", { space, request });
  }

  colorsByRound(space: number, rounds: number): Promise<Int32Array[]> {
    return this.#carrier.ask("colorsByRound", { space, rounds });
  }

  film(space: number): Promise<Points[] | null> {
    return this.#carrier.ask("film", { space });
  }

  thumbnailSheet(space: number, sheet: number): Promise<Blob> {
    return this.#carrier.sheet(space, sheet);
  }
}
