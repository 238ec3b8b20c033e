import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { twoSampleTest } from "../../dist/evaluate/two-sample.js";
import {
  autoencoder,
  type GenerativeAutoencoderOptions,
  generativeAutoencoder,
  type Picture,
  type PictureSet,
  samplesOf,
} from "../../dist/images/index.js";
import { targetOf } from "../../dist/images/targets.js";
import { loadSpace } from "../../dist/index.js";
import { Rng } from "../../dist/numerics/random.js";
import type { Space } from "../../dist/space/space.js";
import { temporaryFolder } from "../temporary-folder.js";
import { pictureSet } from "./planted-pictures.js";

/** Pictures 4 x 4 of a bright spot at a place uniform over the square: two numbers make each. */
function spots(count: number): PictureSet {
  const rng = new Rng(9);
  const data = new Uint8Array(16 * count);
  for (let n = 0; n < count; n++) {
    const [x, y] = [3 * rng.uniform(), 3 * rng.uniform()];
    for (let k = 0; k < 16; k++) {
      const [a, b] = [(k % 4) - x, Math.floor(k / 4) - y];
      data[16 * n + k] = Math.round(255 / (1 + a * a + b * b));
    }
  }
  return pictureSet(data, count, 4, 4);
}

const pictures = spots(1200);
const brief = { dimensions: 2, hidden: [32], batchSize: 100, learningRate: 0.01, heldOut: 0.25, epochs: 30 };

/** p of codes of the pictures against the standard normal distribution. */
async function pValueOf(space: Space): Promise<number> {
  const rows = await space.vectors();
  const target = targetOf("test", "normal", 2);
  const rng = new Rng(4);
  const [x, y] = [new Float32Array(600), new Float32Array(600)];
  for (let n = 0; n < 300; n++) {
    x.set(rows.get(4 * n), 2 * n);
    y.set(target.point(rng), 2 * n);
  }
  return (await twoSampleTest(x, y, 2, { permutations: 200 })).pValue;
}

describe("generativeAutoencoder", () => {
  let plain: Space;
  let shaped: Space;

  beforeAll(async () => {
    plain = await autoencoder(pictures, brief);
    shaped = await generativeAutoencoder(pictures, { ...brief, lambda: 20 });
  });

  test("its codes pass the two-sample test against the target, which those of a plain autoencoder fail", async () => {
    expect(await pValueOf(plain)).toBeLessThan(0.01);
    expect(await pValueOf(shaped)).toBeGreaterThan(0.05);
    expect(shaped.metrics.twoSamplePValue).toBeGreaterThan(0.05);
    expect(shaped.metrics).toMatchObject({ twoSampleCount: 300, heldOut: 300 });
  });

  test("and the pictures still come back", async () => {
    const middle = await generativeAutoencoder(pictures, { ...brief, epochs: 1, learningRate: 1e-30 });
    expect(shaped.metrics.heldOutError).toBeLessThan(0.2 * (middle.metrics.heldOutError as number));
  });

  test("the target goes with the space, so that samples are drawn from it", async () => {
    const options = { ...brief, epochs: 1, target: "sphere" } as const;
    const folder = join(temporaryFolder(), "spots.space");
    await (await generativeAutoencoder(pictures, options)).save(folder);
    const loaded = await loadSpace(folder);
    expect(loaded.options).toMatchObject({ target: "sphere", divergence: "mmd", lambda: 100, matching: "local" });
    const { vectors, distribution } = await samplesOf(loaded, 20);
    expect(distribution).toBe("uniform sphere");
    for (const [a, b] of vectors) expect(a * a + b * b).toBeCloseTo(1, 5);
    expect(await loaded.decode(vectors)).toHaveLength(20);
    expect((await samplesOf(shaped, 1)).distribution).toBe("standard normal");
    await loaded.close();
  });

  const few = spots(200);
  const short = { dimensions: 2, hidden: [12], batchSize: 50, learningRate: 0.02, epochs: 12, heldOut: 0 };
  test.each<GenerativeAutoencoderOptions>([
    { divergence: "mmd", lambda: 10 },
    { divergence: "energy", lambda: 10 },
    { divergence: "sliced", lambda: 10, projections: 8 },
    { divergence: "sinkhorn", lambda: 10, blur: 0.2 },
    { matching: "global", lambda: 10 },
    { matching: "global", cloud: 60, lambda: 10 },
    { target: "cube", noise: 0.05, lambda: 10 },
  ])("brings the cloud nearer to the target with %o", async (options) => {
    const mmd = async (lambda?: number) => {
      const given = lambda === undefined ? {} : { lambda };
      return (await generativeAutoencoder(few, { ...short, ...options, ...given })).metrics.twoSampleMmd as number;
    };
    const [free, drawn] = [await mmd(0), await mmd()];
    expect(free).toBeGreaterThan(0.1);
    expect(drawn).toBeLessThan(0.25 * free);
  });

  test("the map behind the network costs nothing: pictures come back as without it, from codes that lie elsewhere", async () => {
    const [with8, without] = [
      await generativeAutoencoder(few, { ...short, epochs: 2, lambda: 10, transport: 8 }),
      await generativeAutoencoder(few, { ...short, epochs: 2, lambda: 10, transport: 0 }),
    ];
    const codesOf = async (space: Space) => {
      const rows = await space.vectors();
      return Array.from({ length: 20 }, (_, n) => rows.get(n) as Float32Array);
    };
    const [moved, still] = [await codesOf(with8), await codesOf(without)];
    expect(moved).not.toEqual(still);
    const [found, wanted] = [await with8.decode(moved), await without.decode(still)] as Picture[][];
    for (const [n, { data }] of found.entries())
      for (const [k, value] of data.entries()) expect(Math.abs(value - wanted[n].data[k])).toBeLessThanOrEqual(1);
    const [embedded] = await with8.embed([{ width: 4, height: 4, channels: 1, data: few.data.slice(0, 16) }]);
    for (const [d, value] of embedded.entries()) expect(value).toBeCloseTo(moved[0][d], 4);
    expect([with8.options.transport, without.options.transport]).toEqual([8, 0]);
    expect(with8.metrics.trainingError).toBe(without.metrics.trainingError);
  });

  test("D2 gives the same bytes each time, and nearly the same with another number of threads", async () => {
    const options = { ...short, epochs: 2, matching: "global", transport: 4 } as const;
    const [one, again, two] = [
      await generativeAutoencoder(few, { ...options, threads: 1 }),
      await generativeAutoencoder(few, { ...options, threads: 1 }),
      await generativeAutoencoder(few, { ...options, threads: 2 }),
    ];
    expect(await again.model("decoder")).toEqual(await one.model("decoder"));
    expect(again.metrics).toEqual(one.metrics);
    const [error, other] = [one, two].map(({ metrics }) => metrics.trainingError as number);
    expect(Math.abs(other / error - 1)).toBeLessThan(1e-4);
  });

  test("refuses options that do not go together", async () => {
    const refused = (options: object) => generativeAutoencoder(few, options);
    await expect(refused({ target: "ball" })).rejects.toThrow(/generativeAutoencoder: target must be one of normal/);
    await expect(refused({ divergence: "mmd", blur: 1 })).rejects.toThrow("blur is of sinkhorn, the divergence is mmd");
    await expect(refused({ cloud: 50 })).rejects.toThrow("cloud is of global matching, the matching is local");
    await expect(refused({ target: "torus", dimensions: 3 })).rejects.toThrow(/torus needs an even number/);
    const small = { ...short, matching: "global", memoryLimit: 1e5 };
    await expect(refused(small)).rejects.toThrow(/all pairs of 200 codes take .* choose a smaller cloud/);
  });
});
