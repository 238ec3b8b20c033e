import { expect, test } from "vitest";
import { checkCoderOptions } from "../../dist/images/coder-options.js";
import { squaredError } from "../../dist/images/reconstruction.js";
import { type Coder, trainCoder } from "../../dist/images/train-coder.js";
import { NdArray } from "../../dist/networks/array.js";
import { onesLike } from "../../dist/networks/gradients.js";
import { mul, square, sub } from "../../dist/networks/ops/elementwise.js";
import { gather, indexAdd } from "../../dist/networks/ops/indexing.js";
import { mean } from "../../dist/networks/ops/reductions.js";
import { sliceAxis } from "../../dist/networks/ops/shape.js";
import { planted } from "./planted-pictures.js";

const pictures = planted(32, 4, 4);
const still = { hidden: [], dimensions: 2, epochs: 2, batchSize: 8, learningRate: 1e-30, heldOut: 0.25 };

test("a coder may keep the codes of all that it is trained on as a state, by the numbers of a batch's items", async () => {
  const coder: Coder<{ codes: NdArray }> = {
    method: "kept",
    options: {},
    state: async ({ count, encoded }) => {
      expect(count).toBe(24);
      return { codes: new NdArray("float32", [count, 2], await encoded()) };
    },
    loss: ({ encode, decode }, { x, items }, { training, state }) => {
      const codes = encode(x);
      const { pixels } = decode(codes);
      const loss = squaredError(pixels, x);
      if (!training) return { loss, codes, pixels, metrics: { far: mul(loss, 0) } };
      const old = gather(state.codes, items);
      const far = mean(square(sub(codes, old)));
      // every picture's code grows by 1 when the picture comes, so that in the second epoch all are 1 away
      const grown = { codes: indexAdd(state.codes, items, onesLike(codes)) };
      return { loss, codes, pixels, metrics: { far }, state: grown };
    },
  };
  const far: number[] = [];
  const onEpoch = ({ training }: { training: Readonly<Record<string, number>> }) => far.push(training.far);
  await trainCoder(pictures, checkCoderOptions("kept", pictures, { ...still, onEpoch }, []), coder);
  expect(far[0]).toBeLessThan(1e-12);
  expect(far[1]).toBeCloseTo(1, 5);
});

test("a coder may end its encoder in more numbers than a code has, and tell of them", async () => {
  let seen: { encoded: Float32Array; count: number } | undefined;
  const space = await trainCoder(pictures, checkCoderOptions("wide", pictures, still, []), {
    method: "wide",
    options: { own: 3 },
    outputs: 5,
    codes: ({ encode }, x) => sliceAxis(encode(x), 1, 3, 5),
    loss: ({ encode, decode }, { x }) => {
      const codes = sliceAxis(encode(x), 1, 3, 5);
      const { pixels } = decode(codes);
      return { loss: squaredError(pixels, x), codes, pixels };
    },
    metrics: (encoded, count) => {
      seen = { encoded, count };
      return { told: true };
    },
  });
  expect(seen?.count).toBe(8);
  expect(seen?.encoded.length).toBe(8 * 5);
  expect(space.metrics).toMatchObject({ told: true, heldOut: 8 });
  expect(space.options).toMatchObject({ own: 3, dimensions: 2, network: "dense" });
  const vectors = await space.vectors();
  const codes = Array.from({ length: 32 }, (_, n) => [...vectors.get(n)]);
  for (let n = 0; n < 8; n++) expect(codes).toContainEqual([...(seen?.encoded ?? []).slice(5 * n + 3, 5 * n + 5)]);
});
