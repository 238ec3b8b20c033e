import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { aligned } from "../../dist/explorer/aligned.js";
import { SpaceAnswers } from "../../dist/explorer/answers.js";
import { type TrainingNews, WatchedTraining } from "../../dist/explorer/watched-training.js";
import type { Progress } from "../../dist/io/progress.js";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";

const plan = { title: "words", kind: "words", geometry: "euclidean", moves: true } as const;
const names = ["king", "queen", "man", "woman", "apple"];
const first = Float32Array.of(2, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, -1, -1, 3, 0);
const second = first.map((value, k) => value + 0.05 * Math.sin(k));

/** Coordinates turned by an angle, and mirrored first. */
function turned(points: Float32Array, angle: number, mirrored: boolean): Float32Array {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const result = new Float32Array(points.length);
  for (let k = 0; k < points.length; k += 2) {
    const [x, y] = [points[k], mirrored ? -points[k + 1] : points[k + 1]];
    result[k] = c * x - s * y;
    result[k + 1] = s * x + c * y;
  }
  return result;
}

function cloud(count: number, seed: number): Float32Array {
  const rng = new Rng(seed);
  return Float32Array.from({ length: 2 * count }, (_, k) => rng.normal() * (k % 2 === 0 ? 3 : 1));
}

/** Sum of squared distances about the means. */
function misfit(a: Float32Array, b: Float32Array): number {
  const mean = (points: Float32Array, axis: number) =>
    points.reduce((sum, value, k) => sum + (k % 2 === axis ? value : 0), 0) / (points.length / 2);
  return a.reduce((sum, value, k) => sum + (value - mean(a, k % 2) - b[k] + mean(b, k % 2)) ** 2, 0);
}

describe("a map is laid on the one before", () => {
  test("a map that was only turned or mirrored lies on it again", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: -4, max: 4, noNaN: true }),
        fc.boolean(),
        (seed, angle, mirrored) => {
          const before = cloud(12, seed);
          expect(misfit(aligned(turned(before, angle, mirrored), before), before)).toBeLessThan(1e-8 * 100);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("no turn and no mirror image of a map that has moved lies nearer", () => {
    const before = cloud(20, 1);
    const noise = cloud(20, 2);
    const moved = turned(before, 2, true).map((value, k) => value + 0.3 * noise[k]);
    const found = misfit(aligned(moved, before), before);
    for (let step = 0; step < 360; step++) {
      for (const mirrored of [false, true]) {
        expect(misfit(turned(moved, (step * Math.PI) / 180, mirrored), before)).toBeGreaterThanOrEqual(found - 1e-4);
      }
    }
  });

  test("distances stay; points without places, and maps in one spot, turn nothing to NaN", () => {
    const before = cloud(6, 3);
    const after = cloud(6, 4);
    const laid = aligned(after, before);
    const length = (points: Float32Array, i: number) =>
      Math.hypot(points[2 * i] - points[0], points[2 * i + 1] - points[1]);
    for (let i = 1; i < 6; i++) expect(length(laid, i)).toBeCloseTo(length(after, i), 5);
    const holed = Float32Array.from(before);
    holed[4] = Number.NaN;
    expect(aligned(after, holed).every(Number.isFinite)).toBe(true);
    expect([...aligned(after, new Float32Array(12).fill(7))]).toEqual([...after]);
    expect(aligned(new Float32Array(0), new Float32Array(0))).toHaveLength(0);
  });
});

/** A training with what a listener has heard of it. */
function heard(training: WatchedTraining): { news: TrainingNews[]; end: () => void } {
  const news: TrainingNews[] = [];
  return { news, end: training.follow((one) => news.push(one)) };
}

/** Reports that come one after another, a tenth of a second apart. */
function reporter(training: WatchedTraining): (progress: Progress) => void {
  let now = Math.ceil(performance.now());
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  return (progress) => {
    now += 100;
    training.report(progress);
  };
}

describe("a training that is watched", () => {
  test("is an empty space of its kind, then that of its vectors, and in the end the trained one", async () => {
    const training = new WatchedTraining({ ...plan, edges: true });
    const other = Space.from({ names, vectors: first });
    const answers = new SpaceAnswers([training, { space: other, title: "other" }]);
    const [empty, { training: none }] = await answers.spaces();
    expect(none).toBe(null);
    expect(empty).toMatchObject({
      title: "words",
      kind: "words",
      items: 0,
      training: "under way",
      relations: { count: 0 },
    });
    training.begin({ names, columns: { count: [5, 4, 3, 2, 1] } });
    await training.learn(first, 4);
    const [learning] = await answers.spaces();
    expect(learning).toMatchObject({ items: 5, training: "under way", dimensions: 4, columns: [{ name: "count" }] });
    const query = { query: "king - man + woman" };
    const [before] = (await answers.near(0, query)).neighbors;
    expect(before.name).toBe("queen");
    await training.learn(second, 4);
    const [after] = (await answers.near(0, query)).neighbors;
    expect(after.name).toBe("queen");
    expect(after.score).not.toBe(before.score);
    await expect(answers.direction(0, { name: "up", from: [0], to: [1] })).rejects.toThrow("still being trained");
    await training.end(Space.from({ names, vectors: second, geometry: "euclidean", kind: "words", method: "glove" }));
    expect((await answers.spaces())[0]).toMatchObject({ items: 5, training: "done", method: "glove" });
    await answers.direction(0, { name: "up", from: [0], to: [1] });
  });

  test("its map moves from vectors to vectors without a jump, and the trained space goes on with it", async () => {
    const training = new WatchedTraining(plan);
    const answers = new SpaceAnswers([training]);
    training.begin({ names });
    await training.learn(first, 4);
    const before = (await answers.points(0, {})).coordinates;
    const flipped = second.map((value, k) => (k % 4 === 0 ? -value : value)); // the same items, mirrored
    await training.learn(flipped, 4);
    const after = (await answers.points(0, {})).coordinates;
    expect(misfit(after, before)).toBeLessThan(0.1);
    expect(misfit(after, before)).toBeGreaterThan(0);
    await training.end(Space.from({ names, vectors: flipped, geometry: "euclidean" }));
    expect(misfit((await answers.points(0, {})).coordinates, after)).toBeLessThan(1e-8);
  });

  test("vectors of two numbers are their own map, and are not turned", async () => {
    const training = new WatchedTraining(plan);
    training.begin({ names });
    await training.learn(Float32Array.of(0, 0, 1, 0, 0, 2, 3, 3, 4, 0), 2);
    const mirrored = Float32Array.of(0, 0, -1, 0, 0, 2, -3, 3, -4, 0);
    await training.learn(mirrored, 2);
    expect(training.points).toMatchObject({ dimensions: 2, coordinates: mirrored });
  });

  test("tells each who listens all losses at first, then each once, and whether the map has moved", async () => {
    const training = new WatchedTraining(plan);
    const early = heard(training);
    const report = reporter(training);
    report({ stage: "counting", done: 10, unit: "tokens", rate: 5 });
    report({
      stage: "training",
      done: 1,
      total: 4,
      unit: "pairs",
      rate: 2,
      loss: 0.5,
      epoch: 1,
      epochs: 2,
      secondsLeft: 3,
    });
    report({ stage: "training", done: 2, total: 4, unit: "pairs", rate: 2, loss: 0.25 });
    const late = heard(training);
    training.begin({ names });
    await training.learn(first, 4);
    early.end();
    report({ stage: "training", done: 3, unit: "pairs", rate: 0, loss: Number.NaN });
    expect(early.news.map(({ first, losses, moved, items }) => [first, [...losses], moved, items])).toEqual([
      [true, [], false, 0],
      [false, [], false, 0],
      [false, [1, 0.5], false, 0],
      [false, [2, 0.25], false, 0],
      [false, [], true, 5],
    ]);
    expect(early.news[2]).toMatchObject({
      progress: { phase: "training, epoch 1 of 2", done: 1, total: 4, secondsLeft: 3, loss: 0.5 },
      rate: 2,
      unit: "pairs",
      moves: true,
      finished: false,
      error: null,
    });
    expect(late.news[0]).toMatchObject({ first: true, losses: Float32Array.of(1, 0.5, 2, 0.25) });
    expect(late.news.at(-1)).toMatchObject({ rate: null, losses: new Float32Array(0) });
  });

  test("of very many losses every so many-th is kept, the first among them", () => {
    const training = new WatchedTraining(plan);
    const report = reporter(training);
    for (let done = 0; done < 20_000; done++) report({ stage: "training", done, unit: "steps", rate: 1, loss: done });
    const { losses } = heard(training).news[0];
    const steps = losses.filter((_, k) => k % 2 === 0);
    expect(steps.length).toBeGreaterThan(2000);
    expect(steps.length).toBeLessThanOrEqual(4000);
    const every = steps[1] - steps[0];
    expect([...steps]).toEqual(Array.from(steps, (_, k) => k * every));
    expect(losses.filter((_, k) => k % 2 === 1)).toEqual(steps);
    expect(20_000 - steps[steps.length - 1]).toBeLessThanOrEqual(every);
  });

  test("of reports that follow each other at once the newest is told with what comes next", () => {
    const training = new WatchedTraining(plan);
    const { news } = heard(training);
    for (let done = 1; done <= 1000; done++)
      training.report({ stage: "training", done, unit: "steps", rate: 1, loss: 1 / done });
    expect(news.length).toBeLessThan(20);
    training.fail(new Error("stopped"));
    expect(news.at(-1)).toMatchObject({ losses: Float32Array.of(1000, 1e-3), progress: { done: 1000 } });
  });

  test("vectors that are not finite change nothing; a failure is told, and ends it", async () => {
    const training = new WatchedTraining(plan);
    training.begin({ names });
    await training.learn(first, 4);
    const { news } = heard(training);
    await training.learn(
      first.map((value, k) => (k === 4 ? Number.NaN : value)),
      3,
    );
    expect(news).toHaveLength(1);
    training.fail(new Error("training diverged; lower learningRate"));
    expect(news.at(-1)).toMatchObject({ error: "training diverged; lower learningRate", finished: false, items: 5 });
    training.report({ stage: "training", done: 9, unit: "pairs", rate: 1 });
    training.fail(new Error("again"));
    expect(news).toHaveLength(2);
  });

  test("one that tells no vectors has no map until its end", async () => {
    const training = new WatchedTraining({ ...plan, moves: false });
    const { news } = heard(training);
    expect([news[0].moves, training.points]).toEqual([false, null]);
    await training.end(Space.from({ names, vectors: first }));
    expect(news.at(-1)).toMatchObject({ finished: true, moved: true, items: 5 });
    expect(training.points?.coordinates).toHaveLength(10);
  });
});
