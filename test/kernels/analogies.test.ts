import { describe, expect, test } from "vitest";
import type { KernelFunctions } from "../../dist/kernels/kernel.js";
import { blockRows, questionWords } from "../../dist/kernels/twins/analogies.js";
import { Rng } from "../../dist/numerics/random.js";
import { expectSameBytesAfter } from "./same-bytes.js";

const noRow = 2 ** 32 - 1;

/** Runs `answer` on the kernel and its twin; returns each question's best row. */
function answers(
  rows: number,
  dimensions: number,
  questions: number[][],
  multiply: number,
  values: (rng: Rng) => number,
  wordCount = 6,
) {
  const stride = Math.ceil(dimensions / 4) * 16;
  let end = 0;
  const place = (bytes: number) => {
    const at = end;
    end += Math.ceil(bytes / 16) * 16;
    return at;
  };
  const rowsAt = place(rows * stride);
  const normsAt = place(4 * rows);
  const wordsAt = place(wordCount * stride);
  const questionsAt = place(questions.length * questionWords * 4);
  const table = place(wordCount * blockRows * 4);
  const best = place(8 * questions.length);
  const fill = (buffer: ArrayBufferLike) => {
    const rng = new Rng(3);
    const padded = (at: number, n: number) => {
      const target = new Float32Array(buffer, at, (n * stride) / 4).fill(0);
      for (let r = 0; r < n; r++) for (let d = 0; d < dimensions; d++) target[(r * stride) / 4 + d] = values(rng);
    };
    padded(rowsAt, rows);
    padded(wordsAt, wordCount);
    const norms = new Float32Array(buffer, normsAt, rows);
    for (let r = 0; r < rows; r++) norms[r] = Math.abs(values(rng));
    new Uint32Array(buffer, questionsAt, questions.length * questionWords).set(questions.flat());
    const scores = new Float32Array(buffer, best, 2 * questions.length);
    for (let n = 0; n < questions.length; n++) scores[2 * n] = Number.NEGATIVE_INFINITY;
  };
  const work = (functions: KernelFunctions) => {
    const half = Math.floor(rows / 2);
    const constant = [
      rowsAt,
      stride,
      normsAt,
      wordsAt,
      wordCount,
      questionsAt,
      questions.length,
      multiply,
      table,
      best,
    ];
    functions.answer(0, half, ...constant);
    functions.answer(half, rows, ...constant);
  };
  const memory = expectSameBytesAfter("analogies", work, { bytes: end, fill, from: best });
  return questions.map((_, n) => new Uint32Array(memory, best, 2 * questions.length)[2 * n + 1]);
}

const questions = [
  [0, 1, 2, 0, 1, 2],
  [3, 3, 3, noRow, noRow, noRow],
  [5, 4, 0, noRow, 7, 7],
];
const odd = [0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-40, 3e38];

describe("kernel analogies", () => {
  test("P11: equals its twin for both rules and 0 to 257 rows", () => {
    for (let rows = 0; rows <= 257; rows += rows < 20 ? 1 : 17) {
      for (const multiply of [0, 1]) answers(rows, 6, questions, multiply, (rng) => rng.normal());
    }
  });

  test("P11: equals its twin for 1 to 257 dimensions", () => {
    for (let dimensions = 1; dimensions <= 257; dimensions += 3)
      answers(21, dimensions, questions, dimensions % 2, (rng) => rng.normal());
  });

  test("P11: equals its twin where numbers are NaN, infinite or denormal", () => {
    for (const multiply of [0, 1]) answers(257, 3, questions, multiply, (rng) => odd[rng.below(odd.length)]);
  });

  test("P6: a row that is named as no answer is never one", () => {
    const best = answers(
      5,
      4,
      [
        [0, 1, 2, 0, 1, 2],
        [0, 1, 2, noRow, noRow, noRow],
      ],
      0,
      (rng) => rng.normal(),
    );
    expect([3, 4]).toContain(best[0]);
  });
});
