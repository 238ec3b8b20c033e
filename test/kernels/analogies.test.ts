import { describe, expect, test } from "vitest";
import { blockRows, questionWords } from "../../dist/kernels/twins/analogies.js";
import { Rng } from "../../dist/numerics/random.js";
import { sameBytes } from "./two-memories.js";

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
  const memory = sameBytes(
    "analogies",
    end,
    (buffer) => {
      const rng = new Rng(3);
      const width = stride / 4;
      const floats = new Float32Array(buffer);
      for (let r = 0; r < rows; r++)
        for (let d = 0; d < dimensions; d++) floats[rowsAt / 4 + r * width + d] = values(rng);
      for (let r = 0; r < rows; r++) floats[normsAt / 4 + r] = Math.abs(values(rng));
      for (let w = 0; w < wordCount; w++)
        for (let d = 0; d < dimensions; d++) floats[wordsAt / 4 + w * width + d] = values(rng);
      new Uint32Array(buffer, questionsAt, questions.length * questionWords).set(questions.flat());
      for (let n = 0; n < questions.length; n++) floats[best / 4 + 2 * n] = Number.NEGATIVE_INFINITY;
    },
    (functions) => {
      const half = Math.floor(rows / 2);
      for (const [from, to] of [
        [0, half],
        [half, rows],
      ]) {
        functions.answer(
          from,
          to,
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
        );
      }
    },
    best,
  );
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
