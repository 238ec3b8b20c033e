// The best answers to many analogy questions; see ../twins/analogies.ts, its definition.
import { accumulateRelaxed, sums } from "./lib/dot";

/** Rows of a block; its scores stay in the second-level cache while all questions pass over them. */
// @ts-ignore: decorator
@inline
const BLOCK: u32 = 128;

/** Four rows' cosines with a word, or (cosine + 1) / 2 for 3CosMul. */
// @ts-ignore: decorator
@inline
function scoresOf(multiply: bool, total: v128, norms: v128): v128 {
  const cosine = f32x4.mul(total, norms);
  return multiply ? f32x4.mul(f32x4.add(cosine, f32x4.splat(1)), f32x4.splat(0.5)) : cosine;
}

/** Writes the scores of `present` rows with all words to the table. */
// @ts-ignore: decorator
@inline
function fillTable(multiply: bool, first: u32, present: u32, rows: usize, stride: usize, norms: usize, words: usize, wordCount: u32, table: usize): void {
  for (let r: u32 = 0; r < present; r += 4) {
    // Rows beyond the last are the last once more; nobody looks at their scores.
    const row0 = first + r;
    const row1 = first + min(r + 1, present - 1);
    const row2 = first + min(r + 2, present - 1);
    const row3 = first + min(r + 3, present - 1);
    let scales = v128.load32_zero(norms + (<usize>row0 << 2));
    scales = v128.load_lane<f32>(norms + (<usize>row1 << 2), scales, 1);
    scales = v128.load_lane<f32>(norms + (<usize>row2 << 2), scales, 2);
    scales = v128.load_lane<f32>(norms + (<usize>row3 << 2), scales, 3);
    for (let w: u32 = 0; w < wordCount; w += 2) {
      let at0 = rows + <usize>row0 * stride;
      let at1 = rows + <usize>row1 * stride;
      let at2 = rows + <usize>row2 * stride;
      let at3 = rows + <usize>row3 * stride;
      let at = words + <usize>w * stride;
      const end = at + stride;
      let other = end;
      let a0 = f32x4.splat(0);
      let a1 = f32x4.splat(0);
      let a2 = f32x4.splat(0);
      let a3 = f32x4.splat(0);
      let b0 = f32x4.splat(0);
      let b1 = f32x4.splat(0);
      let b2 = f32x4.splat(0);
      let b3 = f32x4.splat(0);
      for (; at < end; at += 16) {
        const q0 = v128.load(at);
        const q1 = v128.load(other);
        let row = v128.load(at0);
        a0 = accumulateRelaxed(false, a0, row, q0);
        b0 = accumulateRelaxed(false, b0, row, q1);
        row = v128.load(at1);
        a1 = accumulateRelaxed(false, a1, row, q0);
        b1 = accumulateRelaxed(false, b1, row, q1);
        row = v128.load(at2);
        a2 = accumulateRelaxed(false, a2, row, q0);
        b2 = accumulateRelaxed(false, b2, row, q1);
        row = v128.load(at3);
        a3 = accumulateRelaxed(false, a3, row, q0);
        b3 = accumulateRelaxed(false, b3, row, q1);
        other += 16;
        at0 += 16;
        at1 += 16;
        at2 += 16;
        at3 += 16;
      }
      const place = table + ((<usize>w * BLOCK + r) << 2);
      v128.store(place, scoresOf(multiply, sums(a0, a1, a2, a3), scales));
      v128.store(place + (BLOCK << 2), scoresOf(multiply, sums(b0, b1, b2, b3), scales));
    }
  }
}

// @ts-ignore: decorator
@inline
function combine(multiply: bool, a: v128, b: v128, c: v128): v128 {
  if (multiply) return f32x4.div(f32x4.mul(b, c), f32x4.add(a, f32x4.splat(0.001)));
  return f32x4.add(f32x4.sub(b, a), c);
}

/** Moves a question's best answer to a better one among the rows r .. r + 15 of the block. */
function improve(multiply: bool, a: usize, b: usize, c: usize, r: u32, end: u32, first: u32, question: usize, best: usize): void {
  for (; r < end; r++) {
    const at = <usize>r << 2;
    const scoreA = load<f32>(a + at);
    const scoreB = load<f32>(b + at);
    const scoreC = load<f32>(c + at);
    const score: f32 = multiply ? (scoreB * scoreC) / (scoreA + <f32>0.001) : scoreB - scoreA + scoreC;
    if (!(score > load<f32>(best))) continue;
    const row = first + r;
    if (row == load<u32>(question, 12) || row == load<u32>(question, 16) || row == load<u32>(question, 20)) continue;
    store<f32>(best, score);
    store<u32>(best, row, 4);
  }
}

// @ts-ignore: decorator
@inline
function ask(multiply: bool, first: u32, present: u32, questions: usize, questionCount: u32, table: usize, best: usize): void {
  for (let n: u32 = 0; n < questionCount; n++) {
    const question = questions + <usize>n * 24;
    const mine = best + (<usize>n << 3);
    const a = table + <usize>load<u32>(question) * (BLOCK << 2);
    const b = table + <usize>load<u32>(question, 4) * (BLOCK << 2);
    const c = table + <usize>load<u32>(question, 8) * (BLOCK << 2);
    let threshold = v128.load32_splat(mine);
    for (let r: u32 = 0; r < present; r += 16) {
      const at = <usize>r << 2;
      const s0 = combine(multiply, v128.load(a + at), v128.load(b + at), v128.load(c + at));
      const s1 = combine(multiply, v128.load(a + at, 16), v128.load(b + at, 16), v128.load(c + at, 16));
      const s2 = combine(multiply, v128.load(a + at, 32), v128.load(b + at, 32), v128.load(c + at, 32));
      const s3 = combine(multiply, v128.load(a + at, 48), v128.load(b + at, 48), v128.load(c + at, 48));
      const above = v128.or(
        v128.or(f32x4.gt(s0, threshold), f32x4.gt(s1, threshold)),
        v128.or(f32x4.gt(s2, threshold), f32x4.gt(s3, threshold)),
      );
      if (v128.any_true(above)) {
        improve(multiply, a, b, c, r, min(r + 16, present), first, question, mine);
        threshold = v128.load32_splat(mine);
      }
    }
  }
}

export function answer(
  from: u32, to: u32, rows: usize, stride: usize, norms: usize, words: usize, wordCount: u32,
  questions: usize, questionCount: u32, multiply: u32, table: usize, best: usize,
): void {
  for (let first = from; first < to; first += BLOCK) {
    const present = min(BLOCK, to - first);
    if (multiply != 0) {
      fillTable(true, first, present, rows, stride, norms, words, wordCount, table);
      ask(true, first, present, questions, questionCount, table, best);
    } else {
      fillTable(false, first, present, rows, stride, norms, words, wordCount, table);
      ask(false, first, present, questions, questionCount, table, best);
    }
  }
}
