import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearestPictures } from "../../dist/images/index.js";
import { Rng } from "../../dist/numerics/random.js";
import { pictureSet } from "./planted-pictures.js";

const noise = (count: number, seed: number, most = 256) => {
  const rng = new Rng(seed);
  return pictureSet(
    Uint8Array.from({ length: count * 15 }, () => rng.below(most)),
    count,
    5,
    3,
  );
};

describe("nearestPictures", () => {
  test("finds what comparing every pixel of every picture finds, the first of equally near ones", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 1e6 }),
        async (queries, among, seed) => {
          const [a, b] = [noise(queries, seed, 4), noise(among, seed + 1, 4)]; // few levels, so that there are ties
          const { items, distances } = await nearestPictures(a, b);
          for (let n = 0; n < queries; n++) {
            const all = Array.from({ length: among }, (_, m) => {
              let squares = 0;
              for (let k = 0; k < 15; k++) squares += ((a.data[15 * n + k] - b.data[15 * m + k]) / 255) ** 2;
              return squares;
            });
            const least = Math.min(...all);
            expect(distances[n]).toBeCloseTo(Math.sqrt(least), 12);
            expect(items[n]).toBe(all.findIndex((value) => value < least + 1e-12));
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("says 0 of a copy, and 1 of a pixel that went from black to white", async () => {
    const set = noise(20, 7);
    expect([...(await nearestPictures(set, set)).distances]).toEqual(new Array(20).fill(0));
    const black = pictureSet(new Uint8Array(15), 1, 5, 3);
    const white = pictureSet(Uint8Array.of(255, ...new Array(14).fill(0)), 1, 5, 3);
    expect((await nearestPictures(white, black)).distances[0]).toBe(1);
  });

  test("refuses other sizes and nothing to compare with, and stops when it is told to", async () => {
    const set = noise(2, 1);
    await expect(nearestPictures(set, { ...set, width: 3, height: 5 })).rejects.toThrow(
      "nearestPictures: pictures of one size were needed, got 5 x 3 x 1 and 3 x 5 x 1",
    );
    await expect(nearestPictures(set, { ...set, names: [] })).rejects.toThrow("a picture or more to compare with");
    await expect(nearestPictures(set, set, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
  });
});
