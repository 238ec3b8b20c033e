import type { Twin } from "../kernel.js";

const { fround } = Math;

/** Rows whose scores with all words a thread holds at a time. */
export const blockRows = 128;
/** Words of 32 bits in a question. */
export const questionWords = 6;

/**
 * Answers to analogy questions "a is to b as c is to ?" by 3CosAdd or 3CosMul over N rows. Every row meets every
 * distinct word of the questions once; a question then combines three of these scores.
 */
export const twin: Twin = (memory) => {
  /**
   * Finds for every question the best of the rows from .. to - 1, N rows of `stride` bytes at byte `rows` with their
   * inverse norms at `norms`.
   *
   * - `words`: [wordCount, stride / 4] f32, the words' vectors of length 1, padded with zeros; wordCount is even.
   * - `questions`: six u32 each: the words a, b, c, and three rows that are no answers, or 2^32 - 1.
   * - `multiply`: 0 for b - a + c of the cosines; else b c / (a + .001) with (cosine + 1) / 2 of each.
   *
   * A thread's own: `table`, [wordCount, 128] f32, working space, aligned to 16; `best`, a question's (f32 score, u32
   * row), at first -Infinity. Of equal scores the row that was offered first stays. Sums are made as in scan.ts.
   */
  function answer(
    from: number,
    to: number,
    rows: number,
    stride: number,
    norms: number,
    words: number,
    wordCount: number,
    questions: number,
    questionCount: number,
    multiply: number,
    table: number,
    best: number,
  ): number {
    const floats = new Float32Array(memory.buffer);
    const integers = new Uint32Array(memory.buffer);
    const width = stride / 4;
    const at = (pointer: number) => (pointer >>> 0) / 4;

    const score = (row: number, word: number): number => {
      const x = at(rows) + row * width;
      const w = at(words) + word * width;
      const sum = [0, 0, 0, 0];
      for (let d = 0; d < width; d++) sum[d % 4] = fround(sum[d % 4] + fround(floats[x + d] * floats[w + d]));
      const total = fround(fround(sum[0] + sum[2]) + fround(sum[1] + sum[3]));
      const cosine = fround(total * floats[at(norms) + row]);
      return multiply ? fround(fround(cosine + 1) * 0.5) : cosine;
    };

    for (let first = from; first < to; first += blockRows) {
      const present = Math.min(blockRows, to - first);
      for (let word = 0; word < wordCount; word++) {
        for (let r = 0; r < Math.ceil(present / 4) * 4; r++) {
          floats[at(table) + word * blockRows + r] = score(first + Math.min(r, present - 1), word);
        }
      }
      for (let n = 0; n < questionCount; n++) {
        const question = integers.subarray(at(questions) + n * questionWords, at(questions) + (n + 1) * questionWords);
        const [a, b, c] = Array.from(question.subarray(0, 3), (word) => at(table) + word * blockRows);
        const mine = at(best) + 2 * n;
        for (let r = 0; r < present; r++) {
          const combined = multiply
            ? fround(fround(floats[b + r] * floats[c + r]) / fround(floats[a + r] + fround(0.001)))
            : fround(fround(floats[b + r] - floats[a + r]) + floats[c + r]);
          if (!(combined > floats[mine]) || question.subarray(3).includes(first + r)) continue;
          floats[mine] = combined;
          integers[mine + 1] = first + r;
        }
      }
    }
    return 0;
  }

  return { answer };
};
