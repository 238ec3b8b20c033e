/** When training over all nodes stops, and which epoch's weights are taken. */

export const nodeProtocols = ["best-validation", "paper"] as const;
/**
 * - "best-validation": the weights of the epoch with the least cross-entropy on the validation nodes. In the second half of
 *   the epochs training stops where it exceeds the mean of the ten epochs before (Fey and Lenssen 2019,
 *   https://arxiv.org/abs/1903.02428).
 * - "paper": the weights of the last epoch. From the twelfth epoch on training stops where the validation loss, the norm
 *   included, exceeds the mean of the ten epochs before (Kipf and Welling 2017, https://arxiv.org/abs/1609.02907,
 *   section 5.2, and their program).
 *
 * Without validation nodes both make all epochs and take the last.
 */
export type NodeProtocol = (typeof nodeProtocols)[number];

/** Validation losses after an epoch, in nats. */
export interface ValidationLoss {
  readonly crossEntropy: number;
  readonly penalty: number;
}

/** The decisions of one training, epoch by epoch. */
export class NodeProtocolRun {
  readonly #protocol: NodeProtocol;
  readonly #epochs: number;
  readonly #losses: number[] = [];
  #best = Number.POSITIVE_INFINITY;

  /** `epochs` is how many there are at most. */
  constructor(protocol: NodeProtocol, epochs: number) {
    this.#protocol = protocol;
    this.#epochs = epochs;
  }

  /** Whether the weights after the next epoch are better than any before, and whether it was the last; null: no validation. */
  judge(validation: ValidationLoss | null): { isBest: boolean; isLast: boolean } {
    const epoch = this.#losses.length + 1;
    const isPaper = this.#protocol === "paper";
    const { crossEntropy, penalty } = validation ?? { crossEntropy: 0, penalty: 0 };
    this.#losses.push(isPaper ? crossEntropy + penalty : crossEntropy);
    const mayStop = validation !== null && (isPaper ? epoch > 11 : epoch - 1 > this.#epochs / 2);
    const isLast = epoch === this.#epochs || (mayStop && exceedsMean(this.#losses));
    if (isPaper || validation === null) return { isBest: isLast, isLast };
    const isBest = crossEntropy < this.#best;
    if (isBest) this.#best = crossEntropy;
    return { isBest, isLast };
  }
}

/** Whether the last loss exceeds the mean of the ten before. */
function exceedsMean(losses: readonly number[]): boolean {
  const before = losses.slice(-11, -1);
  return before.length === 10 && losses[losses.length - 1] > before.reduce((sum, loss) => sum + loss, 0) / 10;
}
