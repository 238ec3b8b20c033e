import { describe, expect, test } from "vitest";
import { elboTerms, klPerCoordinate, type Likelihood } from "../../dist/images/elbo.js";
import { type Picture, type PictureSet, pictureAt, type VaeOptions, vae } from "../../dist/images/index.js";
import { denseNetwork } from "../../dist/images/networks.js";
import { NdArray } from "../../dist/networks/array.js";
import { valueAndGrad } from "../../dist/networks/gradients.js";
import type { EpochReport } from "../../dist/networks/index.js";
import { interpret } from "../../dist/networks/interpret.js";
import type { DenseParams } from "../../dist/networks/layers/dense.js";
import { add, sigmoid } from "../../dist/networks/ops/elementwise.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { trace } from "../../dist/networks/trace.js";
import { leavesOf } from "../../dist/networks/training/arrays.js";
import { Rng } from "../../dist/numerics/random.js";
import { symmetricEigen } from "../../dist/numerics/symmetric-eigen.js";
import { covarianceOf, pictureSet, planted } from "./planted-pictures.js";

const shape = { channels: 1, height: 2, width: 3 };
const P = 6;
const D = 2;

/** Reconstruction and KL of a batch of pictures [B, 1, 2, 3] with given noise, in 64-bit floats; `hidden` as the network's. */
function termsOf(hidden: number[], likelihood: Likelihood, params: unknown, x: NdArray, eps: NdArray) {
  const network = denseNetwork(shape, hidden);
  const fn = (given: never, pictures: Tensor, noise: Tensor) => {
    const decode = (z: Tensor) => {
      const logits = network.decode(given, z);
      return { logits, pixels: likelihood === "bernoulli" ? sigmoid(logits) : logits };
    };
    const coder = { encode: (pixels: Tensor) => network.encode(given, pixels), decode };
    const { reconstruction, kl } = elboTerms(coder, pictures, noise, likelihood);
    return [reconstruction, kl];
  };
  return trace(fn as never, params as never, x as never, eps as never);
}

function numbers(size: number, value: (k: number) => number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: size }, (_, k) => value(k));
}

/** Weights [inputs, outputs] and bias of the only layer. */
function layerOf([{ weights, bias }]: readonly DenseParams<NdArray>[]): [Float32Array, Float32Array] {
  return [weights.data as Float32Array, bias?.data as Float32Array];
}

/** One picture four times, with noise (+-1, +-1): its mean is 0 and its covariance 1, as the expectation of a square needs. */
function everySign(picture: Float32Array): [x: NdArray, eps: NdArray] {
  const x = numbers(4 * P, (k) => picture[k % P]);
  return [
    new NdArray("float32", [4, 1, 2, 3], x),
    new NdArray("float32", [4, D], Float32Array.of(1, 1, 1, -1, -1, 1, -1, -1)),
  ];
}

describe("the terms of the bound", () => {
  const rng = new Rng(3);
  const picture = numbers(P, () => rng.uniform());
  const deviation = 0.25;

  test("of a linear encoder and decoder with normal pixels are the closed form, in 64-bit floats", async () => {
    const params = denseNetwork(shape, []).init(rng, 2 * D, D);
    const [[A, a], [W, b]] = [layerOf(params.encoder), layerOf(params.decoder)];
    a.set(numbers(2 * D, () => rng.normal()));
    b.set(numbers(P, () => rng.normal()));
    const encoded = Array.from({ length: 2 * D }, (_, o) =>
      picture.reduce((sum, value, i) => sum + value * A[i * 2 * D + o], a[o]),
    );
    const [mu, logVariance] = [encoded.slice(0, D), encoded.slice(D)];
    let squares = 0;
    for (let p = 0; p < P; p++) {
      squares += (picture[p] - b[p] - mu.reduce((sum, m, d) => sum + m * W[d * P + p], 0)) ** 2;
      for (let d = 0; d < D; d++) squares += Math.exp(logVariance[d]) * W[d * P + p] ** 2;
    }
    const reconstruction = squares / (2 * deviation ** 2) + (P / 2) * Math.log(2 * Math.PI * deviation ** 2);
    const kl = mu.reduce((sum, m, d) => sum + (m * m + Math.exp(logVariance[d]) - 1 - logVariance[d]) / 2, 0);
    const [x, eps] = everySign(picture);
    const { graph } = termsOf([], { deviation }, params, x, eps);
    const found = await interpret(graph, leavesOf([params, x, eps]));
    expect(found[0].data[0]).toBeCloseTo(reconstruction, 6);
    expect(found[1].data[0]).toBeCloseTo(kl, 6);
    const batch = Float32Array.from([...encoded, ...encoded]);
    expect(klPerCoordinate(batch, 2).reduce((sum, nats) => sum + nats)).toBeCloseTo(kl, 5);
  });

  test("are together -ln p(x) where the encoder gives the true posterior of a linear decoder", async () => {
    // W with orthogonal rows w_d: z | x ~ N(w_d . (x - b) / (|w_d|^2 + sigma^2), sigma^2 / (|w_d|^2 + sigma^2)), independent
    const W = [
      [1, 0, 2, 0, -1, 0.5],
      [0, 1.5, 0, -1, 0, 0],
    ];
    const b = [0.2, -0.1, 0.3, 0.5, 0, 0.7];
    const variance = deviation ** 2;
    const squared = W.map((row) => row.reduce((sum, w) => sum + w * w, 0) + variance);
    const params = denseNetwork(shape, []).init(rng, 2 * D, D);
    const [[encoder, bias], [decoder, offset]] = [layerOf(params.encoder), layerOf(params.decoder)];
    decoder.set(W.flat());
    offset.set(b);
    encoder.fill(0);
    for (let d = 0; d < D; d++) {
      for (let p = 0; p < P; p++) encoder[p * 2 * D + d] = W[d][p] / squared[d];
      bias[d] = -W[d].reduce((sum, w, p) => sum + w * b[p], 0) / squared[d];
      bias[D + d] = Math.log(variance / squared[d]);
    }
    // x ~ N(b, W^T W + sigma^2 I), whose inverse is (I - sum of w w^T / (|w|^2 + sigma^2)) / sigma^2
    const away = b.map((value, p) => picture[p] - value);
    const along = W.map((row) => row.reduce((sum, w, p) => sum + w * away[p], 0));
    const quadratic =
      away.reduce((sum, value) => sum + value * value, 0) - along.reduce((s, v, d) => s + (v * v) / squared[d], 0);
    const logDeterminant = squared.reduce((sum, value) => sum + Math.log(value), (P - D) * Math.log(variance));
    const expected = (P * Math.log(2 * Math.PI) + logDeterminant + quadratic / variance) / 2;
    const [x, eps] = everySign(picture);
    const { graph } = termsOf([], { deviation }, params, x, eps);
    const [reconstruction, kl] = await interpret(graph, leavesOf([params, x, eps]));
    expect(reconstruction.data[0] + kl.data[0]).toBeCloseTo(expected, 5); // the weights are rounded to 32 bits
  });

  test("have gradients that equal central differences, of both likelihoods", async () => {
    const params = denseNetwork(shape, [4]).init(rng, 2 * D, D);
    const x = new NdArray(
      "float32",
      [3, 1, 2, 3],
      numbers(3 * P, () => rng.uniform()),
    );
    const eps = new NdArray(
      "float32",
      [3, D],
      numbers(3 * D, () => rng.normal()),
    );
    for (const likelihood of ["bernoulli", { deviation }] as const) {
      const network = denseNetwork(shape, [4]);
      const loss = (given: never) => {
        const decode = (z: Tensor) => {
          const logits = network.decode(given, z);
          return { logits, pixels: sigmoid(logits) };
        };
        const coder = { encode: (pixels: Tensor) => network.encode(given, pixels), decode };
        const { reconstruction, kl } = elboTerms(coder, x as never, eps as never, likelihood);
        return add(reconstruction, kl);
      };
      const both = (given: never) => {
        const { value, grad } = valueAndGrad(loss as never)(given);
        return [value, grad];
      };
      const { graph } = trace(both as never, params as never);
      const base = leavesOf(params).map(({ shape, data }) => ({
        shape,
        data: Float64Array.from(data as Float32Array),
      }));
      const [, ...gradients] = await interpret(graph, base);
      const h = 1e-6;
      for (const [k, { shape, data }] of base.entries()) {
        for (const i of [0, data.length - 1]) {
          const at = async (by: number) => {
            const moved = { shape, data: data.map((value, j) => (j === i ? value + by : value)) };
            return (await interpret(graph, base.with(k, moved)))[0].data[0];
          };
          const difference = ((await at(h)) - (await at(-h))) / (2 * h);
          expect(Math.abs(gradients[k].data[i] - difference)).toBeLessThan(1e-6 * Math.max(1, Math.abs(difference)));
        }
      }
    }
  });
});

/**
 * The least mean of -ln p(x) over pixels x ~ N(b, W^T W + deviation^2 I) for one row W (Tipping and Bishop 1999, "Probabilistic
 * principal component analysis", eq. 4 and 7), and the KL of its code: 1/2 ln(first eigenvalue / variance).
 */
function bestProbabilisticPca({ names, data }: PictureSet, deviation: number) {
  const pixels = data.length / names.length;
  const variance = deviation ** 2;
  const { values } = symmetricEigen(covarianceOf(data, pixels), pixels);
  const [first, ...others] = [...values].reverse();
  expect(others[0]).toBeLessThan(variance); // so that no second row would pay
  const rest = others.reduce((sum, value) => sum + Math.log(variance) + value / variance, 0);
  return {
    nats: (pixels * Math.log(2 * Math.PI) + Math.log(first) + 1 + rest) / 2,
    kl: Math.log(first / variance) / 2,
  };
}

describe("vae", () => {
  const brief = { hidden: [6], dimensions: 2, epochs: 2, batchSize: 12 };
  const few = planted(40, 4, 4);

  test("without hidden layers reaches probabilistic PCA's likelihood, and coordinates that are not needed die", async () => {
    const pictures = planted(300, 3, 3, [60]);
    const deviation = 0.1;
    const options = { dimensions: 3, hidden: [], likelihood: "gaussian", deviation, heldOut: 0 } as const;
    const { metrics } = await vae(pictures, { ...options, epochs: 300, batchSize: 50, learningRate: 0.2 });
    const { nats, kl } = bestProbabilisticPca(pictures, deviation);
    expect(Math.abs((metrics.trainingNegativeElbo as number) - nats)).toBeLessThan(0.1);
    const each = metrics.klPerCoordinate as number[];
    const live = each.indexOf(Math.max(...each));
    expect(each[live]).toBeCloseTo(kl, 1);
    expect(metrics.deadCoordinates).toEqual([0, 1, 2].filter((d) => d !== live));
  });

  test("tells both terms, their sum and the error of pictures that were held out; the loss weighs KL by beta", async () => {
    const reports: EpochReport[] = [];
    const onEpoch = (report: EpochReport) => reports.push(report);
    const { metrics, options } = await vae(few, { ...brief, beta: 4, onEpoch });
    const { loss, reconstruction, kl, negativeElbo, error } = reports[1].validation ?? {};
    expect(negativeElbo).toBeCloseTo(reconstruction + kl, 4);
    expect(loss).toBeCloseTo(reconstruction + 4 * kl, 4);
    expect(metrics).toMatchObject({
      heldOut: 4,
      heldOutReconstruction: reconstruction,
      heldOutKl: kl,
      heldOutError: error,
    });
    const sum = (metrics.klPerCoordinate as number[]).reduce((total, nats) => total + nats);
    expect(sum).toBeCloseTo(kl, 4);
    expect(options).toMatchObject({ beta: 4, likelihood: "bernoulli", deviation: null, binarize: "none" });
  });

  test("keeps the means as codes, which the space's encoder gives of pictures; codes decode to pictures", async () => {
    const space = await vae(few, {
      ...{ ...brief, hidden: [], likelihood: "gaussian", deviation: 0.05 },
      ...{ epochs: 30, batchSize: 8, learningRate: 0.1 },
    });
    expect(space.dimensions).toBe(2);
    const [code] = await space.embed([pictureAt(few, 7)]);
    const known = await space.vector("p7");
    for (const [d, value] of code.entries()) expect(value).toBeCloseTo(known[d], 4);
    const codes = await Promise.all(few.names.map((name) => space.vector(name)));
    const decoded = (await space.decode(codes)) as Picture[];
    const squares = decoded.reduce((sum, { data }, n) => sum + squaredDistance(data, pictureAt(few, n).data), 0);
    const gray = new Uint8Array(16).fill(128);
    const spread = few.names.reduce((sum, _, n) => sum + squaredDistance(gray, pictureAt(few, n).data), 0);
    expect(squares).toBeLessThan(0.7 * spread);
  });

  test("binarized by threshold it sees only what is above .5, in its encoder too; by chance it draws anew", async () => {
    const run = (binarize: VaeOptions["binarize"], pictures = few) => vae(pictures, { ...brief, binarize });
    const bits = pictureSet(
      few.data.map((byte) => (byte > 127 ? 255 : 0)),
      40,
      4,
      4,
    );
    const [gray, thresholded, drawn] = [await run("none"), await run("threshold"), await run("stochastic")];
    const [one, two] = await thresholded.embed([pictureAt(few, 3), pictureAt(bits, 3)]);
    expect(one).toEqual(two);
    const nats = [gray, thresholded, drawn].map(({ metrics }) => metrics.trainingReconstruction);
    expect(new Set(nats).size).toBe(3);
    // of what is 0 or 1 nothing is left to chance
    const certain = await Promise.all([run("none", bits), run("stochastic", bits), run("threshold", bits)]);
    const [first, ...others] = certain.map(({ metrics }) => metrics.trainingReconstruction as number);
    expect(others).toEqual([first, first]);
  });

  test.each([
    [{ likelihood: "poisson" as "gaussian" }, /likelihood must be one of bernoulli, gaussian/],
    [{ deviation: 0.2 }, /deviation is of likelihood "gaussian"/],
    [{ likelihood: "gaussian" as const, deviation: 0 }, /deviation must be a finite number > 0/],
    [{ output: "linear" as const }, /likelihood "bernoulli" needs probabilities/],
    [{ beta: -1 }, /beta must be a finite number >= 0/],
    [{ binarize: "yes" as "none" }, /binarize must be one of none, threshold, stochastic/],
  ])("refuses %o", async (options, message) => {
    await expect(vae(few, options)).rejects.toThrow(message);
  });
});

function squaredDistance(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, byte, k) => sum + (byte - b[k]) ** 2, 0);
}
