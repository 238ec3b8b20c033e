import fc from "fast-check";
import { expect, test } from "vitest";
import { FilmEpochs } from "../../dist/graphs/film-epochs.js";
import { type GcnOptions, gcn } from "../../dist/graphs/gcn.js";
import type { NodeEpoch } from "../../dist/graphs/node-training.js";
import { planePositions } from "../../dist/graphs/plane.js";
import { karate, rowsOf } from "./karate.js";

/** A training in which the given epochs, ascending, were each the best so far. */
function watched(frames: number, epochs: number, best: readonly number[]) {
  const film = new FilmEpochs(frames, "weights 0");
  let most = 0;
  const taken = new Set<number>();
  for (let epoch = 1; epoch <= epochs; epoch++) {
    film.see(epoch, best.includes(epoch), () => {
      taken.add(epoch);
      return `weights ${epoch}`;
    });
    most = Math.max(most, film.size);
  }
  return { chosen: film.chosen(), most, taken: taken.size };
}

test("a film has the frames that were asked for, evenly from before the first epoch to the best", () => {
  const epochs = (...given: Parameters<typeof watched>) => watched(...given).chosen.map(({ epoch }) => epoch);
  expect(epochs(5, 200, [200])).toEqual([0, 48, 96, 144, 200]); // of multiples of 16 those nearest to 0, 50, 100, ...
  expect(epochs(51, 200, [200])).toEqual(Array.from({ length: 51 }, (_, k) => 4 * k));
  expect(epochs(5, 200, [1, 3, 12])).toEqual([0, 3, 6, 9, 12]);
  expect(epochs(5, 200, [1, 3])).toEqual([0, 1, 2, 3]); // of four epochs no five
  expect(epochs(2, 9, [7])).toEqual([0, 7]);
});

test("whichever epoch is the best, its frames are there, near to evenly spread, and few are kept for it", () => {
  const training = fc.record({
    frames: fc.integer({ min: 2, max: 40 }),
    epochs: fc.integer({ min: 1, max: 400 }),
    best: fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 20 }),
  });
  fc.assert(
    fc.property(training, ({ frames, epochs, best }) => {
      const reached = [...best.filter((epoch) => epoch < epochs), epochs].sort((a, b) => a - b);
      const ends = best.length % 2 === 0 ? reached : reached.slice(0, -1); // sometimes the last is none
      const end = ends.at(-1);
      if (end === undefined) return;
      const { chosen, most, taken } = watched(frames, epochs, ends);
      expect(chosen).toHaveLength(Math.min(frames, end + 1));
      expect(chosen[0].epoch).toBe(0);
      expect(chosen.at(-1)?.epoch).toBe(end);
      for (const [k, { epoch, kept }] of chosen.entries()) {
        expect(kept).toBe(`weights ${epoch}`);
        const even = (k * end) / (chosen.length - 1);
        expect(Math.abs(epoch - even)).toBeLessThanOrEqual(
          end / (chosen.length - 1) / 4 + (end < 4 * frames ? 0.5 : 0),
        );
        if (k > 0) expect(epoch).toBeGreaterThan(chosen[k - 1].epoch);
      }
      expect(most).toBeLessThanOrEqual(8 * frames);
      expect(taken).toBeLessThanOrEqual(epochs);
    }),
    { numRuns: 150 },
  );
});

const options = { dropout: 0, activation: "tanh", epochs: 40, weightDecay: 0, seed: 3 } as const;

/** The karate club with the two that parted as the known members. */
async function trained(more: GcnOptions) {
  const { graph, factions } = await karate();
  return gcn(graph, { labels: factions, train: [0, 33] }, { ...options, ...more });
}

/** Rows [N, width] scaled to length 1. */
function directions(rows: ArrayLike<number>, width: number): Float64Array {
  return Float64Array.from(rows, (value, at) => {
    const from = at - (at % width);
    return value / Math.hypot(...Array.from({ length: width }, (_, d) => rows[from + d]));
  });
}

test("frames are the directions of the hidden layer of their epochs in the plane of the last, which is that of the result", async () => {
  const layers = new Map<number, Float32Array>();
  const keep = ({ epoch, hidden }: NodeEpoch) => layers.set(epoch, hidden.data);
  const { space } = await trained({ hidden: 5, film: 6, onEpoch: keep });
  const { film } = space;
  expect(film?.layout).toEqual({
    epochs: [0, 8, 16, 24, 32, 40],
    dimensions: 2,
    items: 34,
    axes: ["hidden layer, principal axis 1", "hidden layer, principal axis 2"],
  });
  const last = (await rowsOf(space)).flatMap((row) => [...row]);
  expect(layers.get(40)).toEqual(Float32Array.from(last));
  for (const [k, epoch] of [8, 16, 24, 32, 40].entries()) {
    const [expected] = planePositions([directions(layers.get(epoch) ?? [], 5), directions(last, 5)], 5);
    for (const [at, value] of ((await film?.frame(k + 1)) ?? []).entries()) expect(value).toBeCloseTo(expected[at], 6);
  }
  const first = await film?.frame(0);
  expect(first?.every(Number.isFinite)).toBe(true);
  expect(first).not.toEqual(await film?.frame(1));
});

test("a layer of two numbers is shown as it is, and of several runs the first", async () => {
  const { space, runs } = await trained({ hidden: 2, film: 3, runs: 2 });
  expect(runs).toHaveLength(2);
  expect(space.film?.layout).toMatchObject({
    epochs: [0, 24, 40],
    axes: ["hidden layer, number 1", "hidden layer, number 2"],
  });
  expect(await space.film?.frame(2)).toEqual(Float32Array.from((await rowsOf(space)).flatMap((row) => [...row])));
  const alone = await trained({ hidden: 2, film: 3 });
  expect(await space.film?.coordinates()).toEqual(await alone.space.film?.coordinates());
});

test("of the output the logits are shown, to the epoch whose weights were taken", async () => {
  const { graph, factions } = await karate();
  const nodes = { labels: factions, train: [0, 33], validation: [1, 32, 8, 9] };
  const { space, runs } = await gcn(graph, nodes, { ...options, learningRate: 0.1, vectors: "output", film: 200 });
  expect(runs[0].epoch).toBeLessThan(runs[0].epochs); // or this would test less
  expect(space.film?.layout.epochs).toEqual(Array.from({ length: runs[0].epoch + 1 }, (_, epoch) => epoch));
  expect(space.film?.layout.axes[0]).toBe("output layer, number 1");
  const last = await space.film?.frame(runs[0].epoch);
  expect(last).toEqual(Float32Array.from((await rowsOf(space)).flatMap((row) => [...row])));
});

test("D1 a film changes no byte of what is trained, and has the same bytes with 1, 2 and 4 threads", async () => {
  const without = await trained({ dropout: 0.3 });
  expect(without.space.film).toBe(null);
  const films = [];
  for (const threads of [1, 2, 4]) {
    const { space, params, runs, predictions } = await trained({ dropout: 0.3, film: 7, threads });
    expect(params).toEqual(without.params);
    expect([runs, predictions]).toEqual([without.runs, without.predictions]);
    expect(await rowsOf(space)).toEqual(await rowsOf(without.space));
    expect(space.options).toEqual(without.space.options);
    films.push(await space.film?.coordinates());
  }
  expect(films[1]).toEqual(films[0]);
  expect(films[2]).toEqual(films[0]);
});

test("a film of one frame, or of a number that is none, is refused", async () => {
  await expect(trained({ film: 1 })).rejects.toThrow("gcn: film must be 0, for none, or 2 to 10000 frames, got 1");
  await expect(trained({ film: 2.5 })).rejects.toThrow(/gcn: film must be an integer/);
});
