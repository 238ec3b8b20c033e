import type { ServerResponse } from "node:http";
import type { JobProgress, Points } from "../protocol.js";

/** Long work, as a page follows it: progress, the newest points, and in the end a result or an error. */
interface RunningJob {
  readonly stop: AbortController;
  progress: JobProgress | null;
  /** The newest map, and its number, from 1. */
  points: Points | undefined;
  version: number;
  outcome: { result: unknown } | { error: string } | null;
  readonly streams: Set<ServerResponse>;
}

/** What a job does: `report` tells how far it is. */
export type Work = (report: (progress: JobProgress, points?: Points) => void, signal: AbortSignal) => Promise<unknown>;

/** Streams that may be open at a time, and bytes that may wait for a reader before it is let go. */
const mostStreams = 100;
const mostWaiting = 1_000_000;
/** Jobs that are remembered after they have ended. */
const mostEnded = 20;

/** The long work of a server. */
export class Jobs {
  readonly #jobs = new Map<number, RunningJob>();
  #next = 1;
  #streams = 0;

  /** Begins, and returns the number by which the job is asked for. */
  start(work: Work): number {
    const id = this.#next++;
    const stop = new AbortController();
    const job: RunningJob = { stop, progress: null, points: undefined, version: 0, outcome: null, streams: new Set() };
    this.#jobs.set(id, job);
    const report = (progress: JobProgress, points?: Points) => {
      if (stop.signal.aborted) return;
      job.progress = progress;
      if (points !== undefined) {
        job.points = points;
        job.version++;
      }
      send(job, "progress", { ...progress, version: job.version });
    };
    work(report, stop.signal).then(
      (result) => this.#end(id, { result }),
      (error) => this.#end(id, { error: error instanceof Error ? error.message : String(error) }),
    );
    return id;
  }

  #end(id: number, outcome: NonNullable<RunningJob["outcome"]>): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    job.outcome = outcome;
    finish(job);
    const ended = [...this.#jobs].filter(([, { outcome }]) => outcome !== null);
    for (const [old] of ended.slice(0, Math.max(0, ended.length - mostEnded))) this.#jobs.delete(old);
  }

  /** The newest map of a job and its number, or its result once it has ended; undefined where there is no such job. */
  state(id: number): { version: number; points: Points | null; done: boolean; result: unknown } | undefined {
    const job = this.#jobs.get(id);
    if (job === undefined) return undefined;
    const result = job.outcome !== null && "result" in job.outcome ? job.outcome.result : null;
    return { version: job.version, points: job.points ?? null, done: job.outcome !== null, result };
  }

  cancel(id: number): boolean {
    const job = this.#jobs.get(id);
    job?.stop.abort(new Error("cancelled"));
    return job !== undefined;
  }

  /** Follows a job on a response whose head is sent already; false where there is no such job or too many streams. */
  follow(id: number, response: ServerResponse): boolean {
    const job = this.#jobs.get(id);
    if (job === undefined || this.#streams >= mostStreams) return false;
    this.#streams++;
    job.streams.add(response);
    response.on("close", () => {
      job.streams.delete(response);
      this.#streams--;
    });
    response.write(": follow\n\n");
    if (job.progress !== null) send(job, "progress", { ...job.progress, version: job.version }, [response]);
    if (job.outcome !== null) finish(job);
    return true;
  }

  close(): void {
    for (const { stop, streams } of this.#jobs.values()) {
      stop.abort(new Error("the explorer was closed"));
      for (const stream of streams) stream.destroy();
    }
  }
}

function finish(job: RunningJob): void {
  const { outcome } = job;
  if (outcome === null) return;
  if ("error" in outcome) send(job, "failed", { message: outcome.error });
  else send(job, "done", { version: job.version });
  for (const stream of job.streams) stream.end();
}

function send(job: RunningJob, event: string, data: object, to: Iterable<ServerResponse> = job.streams): void {
  const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  for (const stream of to) {
    if (stream.writableLength > mostWaiting) stream.destroy();
    else stream.write(text);
  }
}
