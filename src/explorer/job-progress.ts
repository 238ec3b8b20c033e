import type { Progress } from "../io/progress.js";
import type { JobProgress } from "./protocol.js";

/** What a task of the library reports, as a page is told. */
export function jobProgress({ stage, done, total, secondsLeft, loss }: Progress): JobProgress {
  return {
    phase: stage,
    done,
    total: total ?? 0,
    secondsLeft: secondsLeft ?? null,
    ...(loss !== undefined && { loss }),
  };
}
