import type {
  ColumnValues,
  DataSource,
  DirectionRequest,
  DirectionSummary,
  Edges,
  ExpressionAnswer,
  ItemAnswer,
  Job,
  JobProgress,
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
import { fromWire } from "../../../src/explorer/wire.js";

/** Milliseconds between attempts to reach a lost server. */
const retryPause = 1500;

/** Where a job stands, as `jobState` answers. */
interface JobState<Result> {
  version: number;
  points: Points | null;
  done: boolean;
  result: Result;
}

/**
 * Answers by HTTP: a question is `POST api/NAME` with its arguments as JSON, its answer comes over the wire (`fromWire`), an
 * error is `{ "error": text }`. Long work answers with the number of a job, of which `GET api/jobs/N` tells by server-sent events.
 */
export class RemoteSource implements DataSource {
  readonly carrier = "server";
  readonly #base: URL;
  readonly #listeners: ((lost: string | null) => void)[] = [];
  #lost: string | null = null;

  constructor(base: URL) {
    this.#base = base;
  }

  onConnection(listener: (lost: string | null) => void): void {
    this.#listeners.push(listener);
    listener(this.#lost);
  }

  spaces(): Promise<SpaceSummary[]> {
    return this.#ask("spaces", {});
  }

  names(space: number, from: number, count: number): Promise<string[]> {
    return this.#ask("names", { space, from, count });
  }

  namesOf(space: number, rows: readonly number[]): Promise<string[]> {
    return this.#ask("namesOf", { space, rows });
  }

  item(space: number, row: number): Promise<ItemAnswer> {
    return this.#ask("item", { space, row });
  }

  search(space: number, text: string, options: { column?: string; count?: number } = {}): Promise<NeighborAnswer[]> {
    return this.#ask("search", { space, text, ...options });
  }

  rowsOf(space: number, names: readonly string[]): Promise<(number | null)[]> {
    return this.#ask("rowsOf", { space, names });
  }

  points(space: number, from: { columns?: readonly string[]; axes?: readonly string[] }): Promise<Points> {
    return this.#ask("points", { space, ...from });
  }

  column(space: number, name: string): Promise<ColumnValues> {
    return this.#ask("column", { space, name });
  }

  near(space: number, request: NearRequest): Promise<ExpressionAnswer> {
    return this.#ask("near", { space, request });
  }

  decode(space: number, place: Place, signal?: AbortSignal): Promise<PictureAnswer> {
    return this.#ask("decode", { space, place }, signal);
  }

  walk(space: number, request: WalkRequest): Promise<WalkAnswer> {
    return this.#ask("walk", { space, request });
  }

  direction(space: number, request: DirectionRequest): Promise<DirectionSummary> {
    return this.#ask("direction", { space, request });
  }

  sample(space: number, count: number, seed: number): Promise<SampleAnswer> {
    return this.#ask("sample", { space, count, seed });
  }

  invert(space: number, picture: Uint8Array) {
    const ask = this.#ask<number>("invert", { space, picture: base64(picture) });
    return this.#job<{ vector: number[]; picture: PictureAnswer; error: number }>(ask);
  }

  project(space: number, request: ProjectRequest): Job<Points> {
    return this.#job<Points>(this.#ask<number>("project", { space, request }));
  }

  estimate(space: number, request: ProjectRequest): Promise<number | null> {
    return this.#ask("estimate", { space, request });
  }

  watch(space: number, listener: (report: TrainingReport) => void): () => void {
    let isOver = false;
    let events: EventSource | null = null;
    const follow = async () => {
      const job = await this.#ask<number>("watch", { space });
      if (isOver) return;
      events = this.#events(job);
      let seen = 0;
      events.addEventListener("progress", async ({ data }) => {
        const { version, rate, unit, losses, finished, ...progress } = JSON.parse(data);
        const isNew = version > seen;
        seen = version;
        const state = isNew ? await this.#ask<JobState<unknown>>("jobState", { job }).catch(() => null) : null;
        if (isOver) return;
        listener({
          progress,
          rate,
          unit,
          losses: Float32Array.from(losses),
          points: state?.points ?? undefined,
          finished,
        });
      });
      for (const end of ["done", "failed"]) events.addEventListener(end, () => events?.close());
    };
    follow().catch(() => {}); // a lost server is told elsewhere
    return () => {
      isOver = true;
      events?.close();
    };
  }

  edges(space: number, most: number): Promise<Edges> {
    return this.#ask("edges", { space, most });
  }

  neighborhood(space: number, row: number): Promise<Edges> {
    return this.#ask("neighborhood", { space, row });
  }

  links(space: number, request: LinkRequest): Promise<NeighborAnswer[]> {
    return this.#ask("links", { space, request });
  }

  colorsByRound(space: number, rounds: number): Promise<Int32Array[]> {
    return this.#ask("colorsByRound", { space, rounds });
  }

  film(space: number): Promise<Points[] | null> {
    return this.#ask("film", { space });
  }

  async thumbnailSheet(space: number, sheet: number): Promise<Blob> {
    const { png } = await this.#ask<{ png: Uint8Array<ArrayBuffer> }>("thumbnailSheet", { space, sheet });
    return new Blob([png], { type: "image/png" });
  }

  #job<Result>(started: Promise<number>): Job<Result> {
    const listeners: ((progress: JobProgress, points?: Points) => void)[] = [];
    let isCancelled = false;
    const cancel = async () => {
      isCancelled = true;
      await this.#ask("cancel", { job: await started });
    };
    const follow = async (): Promise<Result> => {
      const job = await started;
      if (!isCancelled) await this.#untilDone(job, listeners);
      return (await this.#ask<JobState<Result>>("jobState", { job })).result;
    };
    return {
      onProgress: (listener) => listeners.push(listener),
      result: follow(),
      cancel: () => void cancel().catch(() => {}), // then it has ended, or the server is lost
    };
  }

  /** Follows a job to its end. Of points only the newest are fetched, and none while others are on their way. */
  #untilDone(job: number, listeners: readonly ((progress: JobProgress, points?: Points) => void)[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const events = this.#events(job);
      let seen = 0;
      let isFetching = false;
      const end = (finish: () => void) => {
        events.close();
        finish();
      };
      events.addEventListener("progress", async ({ data }) => {
        const { version, ...progress } = JSON.parse(data) as JobProgress & { version: number };
        for (const listener of listeners) listener(progress);
        if (version <= seen || isFetching) return;
        isFetching = true;
        seen = version;
        const state = await this.#ask<JobState<unknown>>("jobState", { job }).catch(() => null);
        isFetching = false;
        if (state !== null && !state.done && state.points !== null) {
          for (const listener of listeners) listener(progress, state.points);
        }
      });
      events.addEventListener("done", () => end(resolve));
      events.addEventListener("failed", ({ data }) => end(() => reject(new Error(JSON.parse(data).message))));
      events.addEventListener("error", () => {
        if (events.readyState === EventSource.CLOSED)
          end(() => reject(new Error("The work was lost with the server.")));
      });
    });
  }

  #events(job: number): EventSource {
    return new EventSource(new URL(`api/jobs/${job}`, this.#base));
  }

  async #ask<T>(name: string, question: object, signal?: AbortSignal): Promise<T> {
    const response = await this.#fetch(name, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(question),
      signal,
    });
    return fromWire(await response.arrayBuffer()) as T;
  }

  async #fetch(path: string, request: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(`api/${path}`, this.#base), { ...request, credentials: "same-origin" });
    } catch (error) {
      if (request.signal?.aborted) throw error;
      this.#lose(`No answer came from ${this.#base.host}.`);
      throw new Error(`${path}: an answer of ${this.#base.host} was needed, none came`);
    }
    if (this.#lost !== null) this.#tell(null);
    if (response.ok) return response;
    const told = await response.json().catch(() => null);
    throw new Error(typeof told?.error === "string" ? told.error : `${path}: the server answered ${response.status}`);
  }

  #lose(why: string): void {
    if (this.#lost !== null) return;
    this.#tell(why);
    const attempt = async () => {
      if (this.#lost === null) return;
      const isThere = await fetch(new URL("api/spaces", this.#base), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
        credentials: "same-origin",
      }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isThere) this.#tell(null);
      else setTimeout(attempt, retryPause);
    };
    setTimeout(attempt, retryPause);
  }

  #tell(lost: string | null): void {
    if (this.#lost === lost) return;
    this.#lost = lost;
    for (const listener of this.#listeners) listener(lost);
  }
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}
