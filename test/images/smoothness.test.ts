import { expect, test } from "vitest";
import { autoencoder, vae } from "../../dist/images/index.js";
import { denseNetwork } from "../../dist/images/networks.js";
import { roughness } from "../../dist/images/smoothness.js";
import { NdArray } from "../../dist/networks/array.js";
import { valueAndGrad } from "../../dist/networks/gradients.js";
import { interpret } from "../../dist/networks/interpret.js";
import { frobeniusPenalty } from "../../dist/networks/jacobian-penalty.js";
import { add, mul, sigmoid, sqrt } from "../../dist/networks/ops/elementwise.js";
import { variance } from "../../dist/networks/ops/reductions.js";
import { Random, randomKey } from "../../dist/networks/random.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";
import { leavesOf } from "../../dist/networks/training/arrays.js";
import { Rng } from "../../dist/numerics/random.js";
import { planted } from "./planted-pictures.js";

const D = 2;
const network = denseNetwork({ channels: 1, height: 2, width: 3 }, [5]);
const params = network.init(new Rng(1), D, D);
const decodeWith = (given: unknown) => (z: Tensor) => sigmoid(network.decode(given as never, z));

function codes(count: number, value: (k: number) => number): NdArray {
  return new NdArray(
    "float32",
    [count, D],
    Float32Array.from({ length: count * D }, (_, k) => value(k)),
  );
}

async function run(fn: (...inputs: never[]) => unknown, ...inputs: unknown[]): Promise<Float64Array[]> {
  const { graph } = trace(fn as never, ...(inputs as never[]));
  return (await interpret(graph, leavesOf(inputs))).map(({ data }) => data as Float64Array);
}

test("the mean over draws is the exact norm of the decoder's Jacobian by codes in standard deviations", async () => {
  const rng = new Rng(2);
  const few = codes(4, (k) => (k % D === 0 ? 3 : 0.5) * rng.normal());
  // u -> dec(z + s u) at u = 0 has the derivatives by codes in standard deviations
  const exact = (given: never, z: Tensor, at: Tensor) => {
    const deviation = sqrt(variance(z, 0, { keepDims: true }));
    return frobeniusPenalty((u) => decodeWith(given)(add(z, mul(deviation, u))), at);
  };
  const [[expected]] = await run(
    exact as never,
    params,
    few,
    codes(4, () => 0),
  );
  // each code many times: every copy has a draw of its own, and the variance over the batch stays
  const many = codes(4 * 2500, (k) => few.data[k % (4 * D)] as number);
  const drawn = (given: never, z: Tensor, key: Tensor) => roughness(decodeWith(given), z, new Random(key));
  const [[estimate]] = await run(drawn as never, params, many, randomKey(1, 1));
  expect(Math.abs(estimate / expected - 1)).toBeLessThan(0.02); // 10,000 draws: the deviation is about .01
});

test("scaled codes with weights that undo it are as rough, and one code alone has a gradient of 0", async () => {
  const rng = new Rng(3);
  const z = codes(6, () => rng.normal());
  const of = (given: never, at: Tensor, key: Tensor) => roughness(decodeWith(given), at, new Random(key));
  const [[one]] = await run(of as never, params, z, randomKey(1, 1));
  const [first, ...others] = params.decoder;
  const weights = new NdArray(
    "float32",
    [D, 5],
    (first.weights.data as Float32Array).map((w) => w / 4),
  );
  const scaled = { ...params, decoder: [{ ...first, weights }, ...others] };
  const larger = codes(6, (k) => 4 * (z.data[k] as number));
  const [[two]] = await run(of as never, scaled, larger, randomKey(1, 1));
  expect(two).toBeCloseTo(one, 12);
  const gradient = (at: Tensor, key: Tensor) => {
    const { value, grad } = valueAndGrad((codes: Tensor) => of(params as never, codes, key))(at);
    return [value, grad];
  };
  const [[alone], byCode] = await run(
    gradient as never,
    codes(1, () => 0.7),
    randomKey(1, 1),
  );
  expect([alone, ...byCode]).toEqual([0, 0, 0]);
});

test("coders with smoothness learn smoother decoders, and tell how smooth", async () => {
  const pictures = planted(60, 4, 4);
  const options = { hidden: [12], dimensions: 2, epochs: 12, batchSize: 16, learningRate: 0.02, heldOut: 0.2 };
  for (const train of [autoencoder, vae]) {
    const figures: number[] = [];
    for (const smoothness of [1e-9, 10]) {
      const { metrics, options: recorded } = await train(pictures, { ...options, smoothness });
      expect(recorded.smoothness).toBe(smoothness);
      figures.push(metrics.heldOutRoughness as number);
    }
    expect(figures[1]).toBeLessThan(0.8 * figures[0]);
  }
  expect((await autoencoder(pictures, { ...options, epochs: 1 })).metrics).not.toHaveProperty("heldOutRoughness");
  await expect(autoencoder(pictures, { smoothness: -1 })).rejects.toThrow(/smoothness must be a finite number >= 0/);
});
