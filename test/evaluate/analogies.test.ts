import { describe, expect, test } from "vitest";
import { type AnalogyMethod, analogies, analogyMethods } from "../../dist/evaluate/analogies.js";
import type { AnalogyQuestion, AnalogyQuestions } from "../../dist/evaluate/analogy-questions.js";
import { Pool } from "../../dist/kernels/pool.js";
import { Rng } from "../../dist/numerics/random.js";
import { Vectors } from "../../dist/space/vectors.js";
import { tinySpace } from "./tiny-space.js";

const onePool = new Pool({ threads: 1 });
const threePool = new Pool({ threads: 3 });

function testSet(sections: Record<string, string[]>): AnalogyQuestions {
  return {
    name: "<test>",
    sections: Object.entries(sections).map(([name, lines]) => ({
      name,
      questions: lines.map((line) => line.split(" ") as unknown as AnalogyQuestion),
    })),
  };
}

/** The best row in f64, by the definition. */
function bestRow(rows: number[][], [a, b, c]: number[], method: AnalogyMethod, includeInputs: boolean): number {
  const unit = rows.map((row) => row.map((x) => x / Math.hypot(...row)));
  const cos = (i: number, j: number) => unit[i].reduce((sum, x, d) => sum + x * unit[j][d], 0);
  const s = (i: number, j: number) => (cos(i, j) + 1) / 2;
  let best = -1;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let x = 0; x < rows.length; x++) {
    if (!includeInputs && (x === a || x === b || x === c)) continue;
    const score = method === "3CosAdd" ? cos(x, b) - cos(x, a) + cos(x, c) : (s(x, b) * s(x, c)) / (s(x, a) + 0.001);
    if (score > bestScore) [best, bestScore] = [x, score];
  }
  return best;
}

describe("analogies", () => {
  const plane = tinySpace({ man: [1, 0], woman: [1, 1], king: [2, -1], queen: [3, 0.9], apple: [-1, 0.2] });

  test("answers man : woman :: king : queen in the plane, worked by hand", async () => {
    // Unit vectors: man (1, 0), woman (.71, .71), king (.89, -.45); woman - man + king = (.60, .26), nearest queen (.96, .29).
    for (const method of analogyMethods) {
      const report = await analogies(plane, testSet({ family: ["man woman king queen", "man woman king apple"] }), {
        method,
      });
      expect(report.total).toEqual({ correct: 1, seen: 2, total: 2, accuracy: 0.5 });
    }
  });

  test("the two rules differ where one large similarity outweighs a small one", async () => {
    // Cosines with (a, b, c): p (.0, .9, .1), q (.1, .6, .45). 3CosAdd: p 1.0, q .95. 3CosMul: p .5225 / .501, q .58 / .551.
    const space = tinySpace({
      a: [1, 0, 0, 0],
      b: [0, 1, 0, 0],
      c: [0, 0, 1, 0],
      p: [0, 0.9, 0.1, Math.sqrt(1 - 0.82)],
      q: [0.1, 0.6, 0.45, Math.sqrt(1 - 0.5725)],
    });
    const ask = async (method: AnalogyMethod) => {
      const { sections } = await analogies(space, testSet({ p: ["a b c p"], q: ["a b c q"] }), { method });
      return sections.map(({ correct }) => correct);
    };
    expect(await ask("3CosAdd")).toEqual([1, 0]);
    expect(await ask("3CosMul")).toEqual([0, 1]);
  });

  test("P6: agrees with brute force in f64 for both rules, inputs allowed or not, any threads and memories", async () => {
    const rng = new Rng(11);
    const rows = Array.from({ length: 700 }, () => Array.from({ length: 9 }, () => Math.fround(rng.normal())));
    const questions = Array.from({ length: 60 }, () => Array.from({ length: 3 }, () => rng.below(200)));
    for (const method of analogyMethods) {
      for (const includeInputs of [false, true]) {
        const expected = questions.map((inputs) => bestRow(rows, inputs, method, includeInputs));
        const sections = testSet({ all: questions.map((inputs, n) => [...inputs, expected[n]].join(" ")) });
        for (const [mostRowsPerShard, pool] of [
          [700, onePool],
          [150, threePool],
        ] as const) {
          const vectors = Vectors.create(9, { mostRowsPerShard });
          vectors.append(Float32Array.from(rows.flat()));
          const report = await analogies({ vectors, indexOf: Number }, sections, { method, includeInputs, pool });
          expect(report.total).toEqual({ correct: 60, seen: 60, total: 60, accuracy: 1 });
        }
      }
    }
  });

  test("P6: the inputs are no answers unless they are allowed", async () => {
    const near = tinySpace({ man: [1, 0.1], woman: [1, 0.11], king: [0, 1], other: [-1, -1] });
    const set = testSet({ s: ["man woman king king"] });
    expect((await analogies(near, set)).total.correct).toBe(0);
    expect((await analogies(near, set, { includeInputs: true })).total.correct).toBe(1);
  });

  test("sums semantic and syntactic sections, and the rest into the total alone", async () => {
    const line = "man woman king queen";
    const wrong = "man woman king apple";
    const set = testSet({
      "capital-world": [line, wrong],
      family: [line],
      "gram1-adjective-to-adverb": [line, wrong, wrong],
      "gram2-opposite": ["man woman king pear"],
      mine: [line],
    });
    const report = await analogies(plane, set);
    expect(report.semantic).toEqual({ correct: 2, seen: 3, total: 3, accuracy: 2 / 3 });
    expect(report.syntactic).toEqual({ correct: 1, seen: 3, total: 4, accuracy: 1 / 3 });
    expect(report.total).toEqual({ correct: 4, seen: 7, total: 8, accuracy: 4 / 7 });
    expect(report.sections[3]).toEqual({ name: "gram2-opposite", correct: 0, seen: 0, total: 1, accuracy: null });
  });

  test("unknown words are counted by question, those of most questions first", async () => {
    const set = testSet({ s: ["man pear king queen", "pear pear king fig", "man woman king queen"] });
    const { unknown, total } = await analogies(plane, set);
    expect(unknown).toEqual([
      { word: "pear", count: 2 },
      { word: "fig", count: 1 },
    ]);
    expect(total.seen).toBe(1);
  });

  test("capitals are folded where the space has none of them, and the report says so", async () => {
    const capitals = testSet({ s: ["Man Woman King Queen"] });
    const report = await analogies(plane, capitals);
    expect([report.caseFold, report.total.correct]).toEqual([true, 1]);
    expect((await analogies(plane, capitals, { caseFold: "never" })).total.seen).toBe(0);
    const mixed = tinySpace({ Man: [1, 0], woman: [1, 1], king: [2, -1], queen: [3, 0.9] });
    const kept = await analogies(mixed, capitals);
    expect([kept.caseFold, kept.total.seen]).toEqual([false, 0]);
    expect((await analogies(plane, testSet({ s: ["man woman king queen"] }))).caseFold).toBe(false);
  });

  test("with restrict, rows behind it are neither known nor answers", async () => {
    const report = await analogies(plane, testSet({ s: ["man woman king queen", "man woman king king"] }), {
      restrict: 3,
    });
    expect(report).toMatchObject({ rows: 3, total: { seen: 1, total: 2 }, unknown: [{ word: "queen", count: 1 }] });
  });

  test("of equal answers the lower row counts", async () => {
    const space = tinySpace({ a: [1, 0], b: [0, 1], c: [1, 0], first: [0, 2], second: [0, 1] }, 4);
    const report = await analogies(space, testSet({ s: ["a b c first", "a b c second"] }));
    expect(report.total.correct).toBe(1);
    expect((await analogies(space, testSet({ s: ["a b c first"] }))).total.correct).toBe(1);
  });

  test("zero vectors are never better than what points the right way, and break nothing", async () => {
    const space = tinySpace({ man: [1, 0], woman: [1, 1], king: [2, -1], zero: [0, 0], queen: [3, 0.9] });
    expect(
      (await analogies(space, testSet({ s: ["man woman king queen", "zero zero zero queen"] }))).total.correct,
    ).toBe(1);
  });

  test("bad options are refused", async () => {
    const set = testSet({ s: ["man woman king queen"] });
    await expect(analogies(plane, set, { method: "cos" as AnalogyMethod })).rejects.toThrow(
      "method must be one of 3CosAdd, 3CosMul",
    );
    await expect(analogies(plane, set, { restrict: 0 })).rejects.toThrow("restrict must be an integer >= 1");
    await expect(analogies(plane, set, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});
