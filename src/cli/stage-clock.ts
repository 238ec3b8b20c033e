import type { Progress } from "../io/progress.js";

/** How long each stage of a task took, and how fast it was, by its progress reports. */
export class StageClock {
  readonly stages: { stage: string; seconds: number; rate?: number; unit?: string }[] = [];
  #start = performance.now();
  #stage = "";
  #rate: number | undefined;
  #unit: string | undefined;

  see({ stage, rate, unit }: Progress): void {
    this.stage(stage);
    this.#rate = rate;
    this.#unit = unit;
  }

  /** A stage begins, and the one before it ends; nothing where it goes on. */
  stage(stage: string): void {
    if (stage === this.#stage) return;
    this.end();
    this.#stage = stage;
  }

  end(): void {
    const now = performance.now();
    const seconds = (now - this.#start) / 1000;
    if (this.#stage !== "") this.stages.push({ stage: this.#stage, seconds, rate: this.#rate, unit: this.#unit });
    else if (this.stages.length === 0) return; // what came before the first report is part of it
    this.#start = now;
    this.#stage = "";
    this.#rate = undefined;
    this.#unit = undefined;
  }

  /** Units a second of a stage that is over. */
  rate(stage: string): number | undefined {
    return this.stages.find((one) => one.stage === stage)?.rate;
  }
}
