import type { Job, JobProgress, Points, TrainingReport } from "../../../src/explorer/protocol.js";
import { fromWire } from "../../../src/explorer/wire.js";
import type { Carrier } from "./carrier.js";

/** A server that is there again, but has another cookie than this browser. */
const startedAgain = "The server was started again: open the address that it printed, and this page goes on as well.";
/** The status of a stream of events that is one too many. */
const tooMany = 503;
/** Milliseconds between attempts to reach a lost server. */
const retryPause = 1500;

/**
 * Answers by HTTP. A question is `POST api/NAME` with its arguments as JSON, the answer is in the format of wire.ts, an error
 * `{ "error": text }`. Long work answers with the number of a job, which `GET api/jobs/N/events` tells of by server-sent events:
 * "progress", "points" (to be fetched from `api/jobs/N/points`), "done" (`api/jobs/N/result`) and "failed".
 */
export class HttpCarrier implements Carrier {
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

  watch(space: number, listener: (report: TrainingReport) => void): () => void {
    const path = `watch/${space}/events`;
    let events: EventSource;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let newest: TrainingReport | null = null;
    let isFetching = false;
    let isOlder = false;
    /** Of the maps one is fetched at a time; those that come meanwhile are passed over, but for the last. */
    const fetchPoints = async () => {
      isOlder = isFetching;
      if (isFetching) return;
      isFetching = true;
      const points = await this.#get<Points>(`watch/${space}/points`).catch(() => undefined);
      isFetching = false;
      if (newest !== null) listener({ ...newest, losses: new Float32Array(), first: false, points });
      if (isOlder) void fetchPoints();
    };
    const connect = () => {
      events = new EventSource(new URL(`api/${path}`, this.#base));
      events.addEventListener("report", ({ data }) => {
        const { losses, moved, ...report } = JSON.parse(data);
        const news: TrainingReport = { ...report, losses: Float32Array.from(losses) };
        if (news.finished || news.error !== null) events.close();
        newest = news;
        listener(news);
        if (moved) void fetchPoints();
      });
      events.addEventListener("error", async () => {
        if (events.readyState !== EventSource.CLOSED) return this.#lose(this.#silence);
        const { status, why } = await this.#refusal(path);
        if (status !== tooMany && status !== 200) return;
        if (status === tooMany) this.#lose(why);
        retry = setTimeout(connect, retryPause);
      });
    };
    connect();
    return () => {
      clearTimeout(retry);
      events.close();
    };
  }

  async sheet(space: number, sheet: number): Promise<Blob> {
    const response = await this.#fetch(`thumbnails/${space}/${sheet}`, {});
    return response.blob();
  }

  start<Result>(name: string, question: object): Job<Result> {
    const started = this.ask<{ job: number }>(name, question);
    const listeners: ((progress: JobProgress, points?: Points) => void)[] = [];
    const follow = async (): Promise<Result> => {
      const { job } = await started;
      await this.#untilDone(job, listeners);
      return this.#get<Result>(`jobs/${job}/result`);
    };
    const cancel = async () => {
      const { job } = await started;
      await this.ask(`jobs/${job}/cancel`, {});
    };
    return {
      onProgress: (listener) => listeners.push(listener),
      result: follow(),
      cancel: () => void cancel().catch(() => {}), // then it has ended, or the server is lost
    };
  }

  /** Follows a job to its end. Of its maps one is fetched at a time; those that come meanwhile are passed over. */
  #untilDone(job: number, listeners: readonly ((progress: JobProgress, points?: Points) => void)[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const events = new EventSource(new URL(`api/jobs/${job}/events`, this.#base));
      let progress: JobProgress = { phase: "starting", done: 0, total: 0, secondsLeft: null };
      let isFetching = false;
      const tell = (points?: Points) => {
        for (const listener of listeners) listener(progress, points);
      };
      const end = (finish: () => void) => {
        events.close();
        finish();
      };
      events.addEventListener("progress", ({ data }) => {
        progress = JSON.parse(data);
        tell();
      });
      events.addEventListener("points", async () => {
        if (isFetching) return;
        isFetching = true;
        tell(await this.#get<Points>(`jobs/${job}/points`).catch(() => undefined));
        isFetching = false;
      });
      events.addEventListener("done", () => end(resolve));
      events.addEventListener("failed", ({ data }) => end(() => reject(new Error(JSON.parse(data).error))));
      events.addEventListener("error", async () => {
        if (events.readyState !== EventSource.CLOSED) return this.#lose(this.#silence);
        const { status, why } = await this.#refusal(`jobs/${job}/events`);
        if (status === tooMany) this.ask(`jobs/${job}/cancel`, {}).catch(() => {}); // nobody would hear of it
        end(() => reject(new Error(status === tooMany ? why : "The work was lost with the server.")));
      });
    });
  }

  async ask<T>(name: string, question: object, signal?: AbortSignal): Promise<T> {
    const response = await this.#fetch(name, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(question),
      signal,
    });
    return fromWire(await response.arrayBuffer()) as T;
  }

  async #get<T>(path: string): Promise<T> {
    return fromWire(await (await this.#fetch(path, {})).arrayBuffer()) as T;
  }

  async #fetch(path: string, request: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(`api/${path}`, this.#base), { ...request, credentials: "same-origin" });
    } catch (error) {
      if (request.signal?.aborted) throw error;
      this.#lose(this.#silence);
      throw new Error(this.#silence);
    }
    if (response.status === 401) this.#lose(startedAgain);
    else if (this.#lost !== null) this.#tell(null);
    if (response.ok) return response;
    const told = await response.json().catch(() => null);
    throw new Error(typeof told?.error === "string" ? told.error : `${path}: the server answered ${response.status}`);
  }

  /** Why a stream of events was refused, of which a browser tells nothing. */
  async #refusal(path: string): Promise<{ status: number; why: string }> {
    const enough = new AbortController();
    try {
      const response = await fetch(new URL(`api/${path}`, this.#base), { signal: enough.signal });
      if (response.status === 401) this.#lose(startedAgain);
      const told = response.ok ? null : await response.json().catch(() => null);
      return { status: response.status, why: String(told?.error ?? "") };
    } catch {
      return { status: 0, why: this.#silence };
    } finally {
      enough.abort();
    }
  }

  get #silence(): string {
    return `The server does not answer. No answer came from ${this.#base.host}.`;
  }

  #lose(why: string): void {
    const isKnown = this.#lost !== null;
    this.#tell(why);
    if (isKnown) return;
    const attempt = async () => {
      if (this.#lost === null) return;
      const status = await fetch(new URL("api/spaces", this.#base), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
        credentials: "same-origin",
      }).then(
        ({ status }) => status,
        () => 0,
      );
      if (status === 401) this.#tell(startedAgain);
      if (status === 200) this.#tell(null);
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
