import type { ServerResponse } from "node:http";
import type { JobProgress, Points } from "../protocol.js";
import type { Work, WorkPlace } from "../routes.js";
import type { EventChannel, EventStreams } from "./event-streams.js";

/** Long work, as a page follows it: progress, the newest points, and in the end a result or an error. */
interface RunningJob {
  readonly stop: AbortController;
  progress: JobProgress | null;
  points: Points | null;
  outcome: { result: unknown } | { error: string } | null;
  readonly channel: EventChannel;
}

/** Jobs that may run at a time, and that are remembered after they have ended. */
const mostRunning = 8;
const mostEnded = 20;

/**
 * The long work of a server. Those who follow a job get server-sent events: "progress" with what `JobProgress` holds, "points"
 * when there is a newer map, and at last "done" or "failed".
 */
export class Jobs implements WorkPlace {
  readonly #jobs = new Map<number, RunningJob>();
  readonly #streams: EventStreams;
  #next = 1;

  constructor(streams: EventStreams) {
    this.#streams = streams;
  }

  /** Begins, and returns the number by which the job is asked for. Throws RangeError where too many are running. */
  start(work: Work): number {
    const running = [...this.#jobs.values()].filter(({ outcome }) => outcome === null).length;
    if (running >= mostRunning) throw new RangeError(`${running} jobs are running; cancel one, or wait`);
    const id = this.#next++;
    const stop = new AbortController();
    const job: RunningJob = { stop, progress: null, points: null, outcome: null, channel: this.#streams.channel() };
    this.#jobs.set(id, job);
    const report = (progress: JobProgress, points?: Points) => {
      if (stop.signal.aborted) return;
      job.progress = progress;
      job.channel.send("progress", progress);
      if (points === undefined) return;
      job.points = points;
      job.channel.send("points", {});
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
    if (job === undefined || !job.channel.add(response)) return false;
    if (job.progress !== null) job.channel.send("progress", job.progress, [response]);
    if (job.outcome !== null) finish(job);
    return true;
  }

  close(): void {
    for (const { stop, channel } of this.#jobs.values()) {
      stop.abort(new Error("the explorer was closed"));
      channel.cut();
    }
  }
}

function finish({ outcome, channel }: RunningJob): void {
  if (outcome === null) return;
  if ("error" in outcome) channel.send("failed", { error: outcome.error });
  else channel.send("done", {});
  channel.end();
}
