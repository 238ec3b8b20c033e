import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { Space } from "../../dist/space/space.js";
import { gloveEncoder } from "../../dist/words/glove-encoder.js";
import { temporaryFolder } from "../temporary-folder.js";

const [words, dimensions] = [80, 6];
const encoders = { glove: gloveEncoder };

/** A space as GloVe leaves it, and the counts that its parameters stand for. */
function gloveSpace(options: object = { xMax: 10, alpha: 0.75 }) {
  const rng = new Rng(3);
  const normal = (length: number) => Float32Array.from({ length }, () => rng.normal() / 2);
  // Symmetric, as trained tables are nearly: the word's row explains counts in both directions.
  const context = normal(words * dimensions);
  const bias = normal(words);
  const space = Space.from(
    {
      names: Array.from({ length: words }, (_, row) => `w${row}`),
      vectors: context.map((value) => 2 * value),
      tensors: {
        context: { shape: [words, dimensions], data: context },
        bias: { shape: [words], data: bias },
        contextBias: { shape: [words], data: bias },
      },
      method: "glove",
      options,
    },
    { encoders },
  );
  /** The counts of a word with the row and bias of word `i`. */
  const countsOf = (i: number): Map<string, number> => {
    const counts = new Map<string, number>();
    for (let j = 0; j < words; j++) {
      let log = bias[i] + bias[j];
      for (let d = 0; d < dimensions; d++) log += context[i * dimensions + d] * context[j * dimensions + d];
      counts.set(`w${j}`, Math.exp(log));
    }
    return counts;
  };
  return { space, countsOf };
}

describe("gloveEncoder", () => {
  test("a word with the counts of a known one comes out beside it, also after saving and loading", async () => {
    const { space, countsOf } = gloveSpace();
    await space.add([{ name: "twin", thing: { cooccurrences: countsOf(5) } }]);
    expect((await space.near("twin", { count: 1 }))[0]).toMatchObject({ name: "w5" });
    expect(await space.similarity("twin", "w5")).toBeGreaterThan(0.99);

    const path = join(temporaryFolder(), "g.space");
    await space.save(path);
    const loaded = await Space.load(path, { encoders });
    expect(await loaded.embed([{ cooccurrences: countsOf(5) }])).toEqual([await space.vector("twin")]);
    // Words that were added have no context and are passed over.
    const more = new Map([...countsOf(5), ["twin", 3], ["unheard", 4]]);
    expect(await loaded.embed([{ cooccurrences: more }])).toEqual([await space.vector("twin")]);
    await loaded.close();
  });

  test("refuses things of another form, words without known company, and spaces that lack what it needs", async () => {
    const { space } = gloveSpace();
    await expect(space.embed(["word"])).rejects.toThrow("thing 0 must be { cooccurrences: Map of words to counts }");
    await expect(space.embed([{ cooccurrences: new Map([["unheard", 1]]) }])).rejects.toThrow("got none");
    await expect(gloveSpace({ alpha: 1 }).space.embed([])).rejects.toThrow("options must hold xMax >= 0");
    const bare = Space.from(
      { names: ["a"], vectors: Float32Array.of(1), method: "glove", options: { xMax: 1, alpha: 1 } },
      { encoders },
    );
    await expect(bare.embed([])).rejects.toThrow("without the tensor context");
  });
});
