import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classTerms } from "../../../dist/maps/clusters/class-terms.js";
import { numberBySize } from "../../../dist/maps/clusters/clustering.js";
import { nameClusters } from "../../../dist/maps/clusters/name-clusters.js";
import { typicalItems } from "../../../dist/maps/clusters/typical-items.js";
import { Vectors } from "../../../dist/space/vectors.js";
import { spaceOf } from "../rows.js";

describe("numberBySize", () => {
  test("the largest cluster is 0, of equal ones that of the lowest item; what is below 0 is noise", () => {
    expect(numberBySize([7, -1, 3, 3, 9, 7, -5, 9, 9])).toEqual({
      labels: Int32Array.of(1, -1, 2, 2, 0, 1, -1, 0, 0),
      sizes: [3, 2, 2],
      noise: 2,
    });
    expect(numberBySize([])).toEqual({ labels: new Int32Array(0), sizes: [], noise: 0 });
  });
});

describe("classTerms", () => {
  test("worked by hand: scores are tf ln(1 + A / f), and a word that most clusters have is none of them", () => {
    const texts = ["the red fox and the fox", "the blue sea", "the green hill, green!", null];
    // A = (6 + 3 + 4) / 3; fox 2 ln(1 + A / 2), the others of the first ln(1 + A)
    expect(classTerms(texts, [0, 1, 2, 2], 3, 2)).toEqual([
      ["fox", "and"],
      ["blue", "sea"],
      ["green", "hill"],
    ]);
  });

  test("rare words count for more than common ones", () => {
    const texts = ["wave wave wave star", "wave ship ship", "sun sun", "moon"];
    // of cluster 1: ship 2 ln(1 + A/2), wave 1 ln(1 + A/4); wave is in two of four clusters, which is not more than half
    expect(classTerms(texts, [0, 1, 2, 3], 4, 3)).toEqual([["wave", "star"], ["ship", "wave"], ["sun"], ["moon"]]);
  });

  test("letters of any script count, in any case; single letters, punctuation and noise do not", () => {
    const texts = ["Ärger: ÄRGER 北京 a", "don’t x2 _ 7", "hidden"];
    expect(classTerms(texts, [0, 1, -1], 2, 5)).toEqual([
      ["ärger", "北京"],
      ["don’t", "x2"],
    ]);
  });

  test("a single cluster, or one of common words only, still gets words; one without text gets none", () => {
    expect(classTerms(["red red blue"], [0], 1, 3)).toEqual([["red", "blue"]]);
    expect(classTerms(["same", "same", "same"], [0, 1, 2], 3, 3)).toEqual([["same"], ["same"], ["same"]]);
    expect(classTerms(["one", 5], [0, 1], 2, 3)).toEqual([["one"], []]);
  });
});

describe("typicalItems", () => {
  test("are the rows nearest to each cluster's mean, by distance or by cosine", () => {
    const vectors = Vectors.from(2, Float32Array.of(0, 0, 4, 0, 2.5, -0.5, 2, 1, 100, 0, 0, 9));
    const labels = [0, 0, 0, 0, 1, -1];
    expect(typicalItems(vectors, labels, 2, "euclidean", 3)).toEqual([[2, 3, 1], [4]]);
    // by direction the mean of rows 1 to 3 points a little up; row 0 has no direction
    expect(typicalItems(vectors, labels, 2, "cosine", 4)).toEqual([[1, 2, 3, 0], [4]]);
  });

  test("are what sorting all distances gives", () => {
    const shape = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -1, max: 2 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(shape, (items) => {
        const labels = items.map(([, label]) => label);
        const found = typicalItems(
          Vectors.from(
            1,
            Float32Array.from(items, ([x]) => x),
          ),
          labels,
          3,
          "euclidean",
          3,
        );
        for (let cluster = 0; cluster < 3; cluster++) {
          const rows = items.flatMap(([, label], row) => (label === cluster ? [row] : []));
          const mean = rows.reduce((sum, row) => sum + items[row][0], 0) / rows.length;
          const away = (row: number) => (mean - items[row][0]) * (mean - items[row][0]);
          expect(found[cluster]).toEqual(rows.toSorted((a, b) => away(a) - away(b) || a - b).slice(0, 3));
        }
      }),
    );
  });
});

describe("nameClusters", () => {
  const rows = [[0], [1], [9], [10], [11], [500]];
  const clustering = numberBySize([0, 0, 1, 1, 1, -1]);

  test("names clusters by typical items, or by the words of a column", async () => {
    const text = ["red rose", "red tulip", "old car", "new car", "fast car", "?"];
    const space = spaceOf(rows, "euclidean", { text, count: Int32Array.of(1, 2, 3, 4, 5, 6) });
    expect(await nameClusters(space, clustering)).toEqual([
      { name: "item3, item2, item4", words: null, typical: [3, 2, 4] },
      { name: "item0, item1", words: null, typical: [0, 1] },
    ]);
    expect(await nameClusters(space, clustering, { text: "text" })).toEqual([
      { name: "car, fast, new", words: ["car", "fast", "new"], typical: [3, 2, 4] },
      { name: "red, rose, tulip", words: ["red", "rose", "tulip"], typical: [0, 1] },
    ]);
  });

  test("a cluster whose texts have no words is named by its items", async () => {
    const space = spaceOf(rows, "euclidean", { text: ["!", "?", "old car", "new car", null, "a"] });
    const [first, second] = await nameClusters(space, clustering, { text: "text" });
    expect(first.name).toBe("car, new, old");
    expect(second).toMatchObject({ name: "item0, item1", words: [] });
  });

  test("a column that is missing, or no text, is named, and so are labels of another space", async () => {
    const space = spaceOf(rows, "euclidean", { count: Int32Array.of(1, 2, 3, 4, 5, 6) });
    await expect(nameClusters(space, clustering, { text: "txt" })).rejects.toThrow(
      'nameClusters: there is no column "txt" for text; the space has "count"',
    );
    await expect(nameClusters(space, clustering, { text: "count" })).rejects.toThrow(
      'nameClusters: column "count" holds no text',
    );
    await expect(nameClusters(space, numberBySize([0]))).rejects.toThrow("1 labels came for a space of 6 items");
  });
});
