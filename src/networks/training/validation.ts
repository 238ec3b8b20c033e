import { DivergedError } from "../../io/errors.js";
import type { NdArray } from "../array.js";
import { type Compiled, compile } from "../compile.js";
import { randomKey } from "../random.js";
import type { DataSource } from "./data.js";
import { explainNonFinite } from "./non-finite.js";
import { means } from "./position.js";
import type { Carried, Outcome, Prepared } from "./prepare.js";

/** Loss and metrics over data that are not trained on. */
export class Validation {
  readonly #run: Prepared<unknown>;
  readonly #source: DataSource<unknown>;
  readonly #signal: AbortSignal | undefined;
  readonly #evaluate: Compiled<[unknown, unknown, unknown, unknown], Outcome>;

  constructor(run: Prepared<unknown>, source: DataSource<unknown>, signal: AbortSignal | undefined) {
    this.#run = run;
    this.#source = source;
    this.#signal = signal;
    this.#evaluate = compile(run.validateFunction, run.validating);
  }

  /** Means over all items, after an epoch counted from 1. A loss that is not finite ends in an error that names the op. */
  async run({ params, state }: Carried, epoch: number): Promise<Record<string, number>> {
    const source = this.#source;
    const { batchSize, seed } = this.#run.settings;
    const sums: Record<string, number> = {};
    for (let start = 0; start < source.count; start += batchSize) {
      this.#signal?.throwIfAborted();
      const items = Uint32Array.from({ length: Math.min(batchSize, source.count - start) }, (_, k) => start + k);
      // Steps of validation begin at 2^52, so that no training step draws the same numbers.
      const inputs = [params, source.batch(items), randomKey(seed, 2 ** 52 + start / batchSize), state] as const;
      const outcome = (await this.#evaluate(...(inputs as unknown as [never, never, never, never]))) as unknown as {
        loss: NdArray;
        metrics: Record<string, NdArray>;
      };
      if (!Number.isFinite(outcome.loss.item())) {
        const { validateFunction } = this.#run;
        const found = await explainNonFinite(validateFunction, inputs, ["params", "validation.data"], this.#run);
        throw new DivergedError(
          `train: validation after epoch ${epoch}, items ${start} to ${start + items.length - 1}: ${found}; the loss became ${outcome.loss.item()}. A smaller learning rate may help`,
        );
      }
      for (const [name, value] of Object.entries({ ...outcome.metrics, loss: outcome.loss })) {
        sums[name] = (sums[name] ?? 0) + value.item() * items.length;
      }
    }
    return means(sums, source.count);
  }

  close(): Promise<void> {
    return this.#evaluate.close();
  }
}
