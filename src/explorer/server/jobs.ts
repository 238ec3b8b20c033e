import type { ServerResponse } from "node:http";
import type { JobProgress, Points } from "../protocol.js";
import type { Work, WorkPlace } from "../routes.js";

/** Long work, as a page follows it: progress, the newest points, and in the end a result or an error. */
interface RunningJob {
  readonly stop: AbortController;
  progress: JobProgress | null;
  points: Points | null;
  outcome: { result: unknown } | { error: string } | null;
  readonly streams: Set<ServerResponse>;
}

/** Streams that may be open at a time, and bytes that may wait for a reader before it is let go. */
const mostStreams = 100;
const mostWaiting = 1_000_000;
/** Jobs that may run at a time, and that are remembered after they have ended. */
const mostRunning = 8;
const mostEnded = 20;

/**
 * The long work of a server. Those who follow a job get server-sent events: "progress" with what `JobProgress` holds, "points"
 * when there is a newer map, and at last "done" or "failed".
 */
export class Jobs implements WorkPlace {
  readonly #jobs = new Map<number, RunningJob>();
  #next = 1;
  #streams = 0;

  /** Begins, and returns the number by which the job is asked for. Throws RangeError where too many are running. */
  start(work: Work): number {
    const running = [...this.#jobs.values()].filter(({ outcome }) => outcome === null).length;
    if (running >= mostRunning) throw new RangeError(`${running} jobs are running; cancel one, or wait`);
    const id = this.#next++;
    const stop = new AbortController();
    const job: RunningJob = { stop, progress: null, points: null, outcome: null, streams: new Set() };
    this.#jobs.set(id, job);
    const report = (progress: JobProgress, points?: Points) => {
      if (stop.signal.aborted) return;
      job.progress = progress;
      send(job, "progress", progress);
      if (points === undefined) return;
      job.points = points;
      send(job, "points", {});
    };
    work(report, stop.signal).then(
      (result) => this.#end(job, { result }),
      (error) => this.#end(job, { error: error instanceof Error ? error.message : String(error) }),
    );
    return id;
  }

  #end(job: RunningJob, outcome: NonNullable<RunningJob["outcome"]>): void {
    job.outcome = outcome;
    finish(job);
    const ended = [...this.#jobs].filter(([, { outcome }]) => outcome !== null);
    for (const [old] of ended.slice(0, Math.max(0, ended.length - mostEnded))) this.#jobs.delete(old);
  }

  has(id: number): boolean {
    return this.#jobs.has(id);
  }

  /** The newest map of a job; null where there is none. */
  points(id: number): Points | null {
    return this.#jobs.get(id)?.points ?? null;
  }

  /** What a job has come to; null where it has not ended, or failed. */
  result(id: number): { result: unknown } | null {
    const outcome = this.#jobs.get(id)?.outcome ?? null;
    return outcome !== null && "result" in outcome ? outcome : null;
  }

  cancel(id: number): void {
    this.#jobs.get(id)?.stop.abort(new Error("cancelled"));
  }

  /** Follows a job on a response whose head is sent already; false where there is no such job or too many follow. */
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
    if (job.progress !== null) send(job, "progress", job.progress, [response]);
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
  if ("error" in outcome) send(job, "failed", { error: outcome.error });
  else send(job, "done", {});
  for (const stream of job.streams) stream.end();
}

function send(job: RunningJob, event: string, data: object, to: Iterable<ServerResponse> = job.streams): void {
  const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  for (const stream of to) {
    if (stream.writableLength > mostWaiting) stream.destroy();
    else stream.write(text);
  }
}
