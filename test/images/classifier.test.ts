import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readOnnx } from "../../dist/formats/onnx/read.js";
import { writeOnnx } from "../../dist/formats/onnx/write.js";
import {
  classifier,
  loadClassifier,
  type PictureClassifier,
  type PictureSet,
  selectPictures,
} from "../../dist/images/index.js";
import { NdArray } from "../../dist/networks/array.js";
import { compile } from "../../dist/networks/compile.js";
import { frobeniusPenalty } from "../../dist/networks/jacobian-penalty.js";
import { importOnnx } from "../../dist/networks/onnx-in.js";
import type { Tensor } from "../../dist/networks/tensor.js";
import { Rng } from "../../dist/numerics/random.js";
import { temporaryFolder } from "../temporary-folder.js";

/** Pictures of 12 x 12, gray and noisy, with a bright bar that lies, stands, or is missing: the classes. */
function bars(count: number, seed = 1): PictureSet {
  const rng = new Rng(seed);
  const kinds = ["lying", "standing", "none"];
  const label = Array.from({ length: count }, (_, n) => kinds[n % 3]);
  const data = new Uint8Array(count * 144);
  for (let n = 0; n < count; n++) {
    const at = 2 + rng.below(8);
    for (let k = 0; k < 144; k++) {
      const [row, column] = [Math.floor(k / 12), k % 12];
      const bright = (label[n] === "lying" && row === at) || (label[n] === "standing" && column === at);
      data[n * 144 + k] = Math.min(255, Math.max(0, Math.round((bright ? 220 : 50) + 15 * rng.normal())));
    }
  }
  return {
    ...{ width: 12, height: 12, channels: 1, fit: "cover", background: 255, notes: [], data },
    names: label.map((_, n) => `bar ${n}`),
    columns: new Map<string, (string | null)[]>([["label", label]]),
  };
}

const quick = { epochs: 8, dropout: 0, learningRate: 4e-3, batchSize: 30, threads: 1 };

/** How many pictures get the highest probability in their class. */
async function right(trained: PictureClassifier, pictures: PictureSet): Promise<number> {
  const probabilities = await trained.predict(pictures);
  const width = trained.classes.length;
  const labels = pictures.columns.get("label") as string[];
  return labels.filter((label, n) => {
    const row = probabilities.subarray(n * width, (n + 1) * width);
    return trained.classes[row.indexOf(Math.max(...row))] === label;
  }).length;
}

describe("classifier", () => {
  const fresh = bars(150, 2);
  let trained: PictureClassifier;

  beforeAll(async () => {
    trained = await classifier(bars(600), quick);
  });

  test("learns planted classes, and tells so of pictures that were held out and of new ones", async () => {
    expect(trained.classes).toEqual(["lying", "none", "standing"]);
    expect(trained.accuracy).toBeGreaterThan(0.95);
    expect(await right(trained, fresh)).toBeGreaterThan(0.95 * 150);
    const probabilities = await trained.predict(fresh);
    for (let n = 0; n < 150; n++) {
      expect(probabilities[3 * n] + probabilities[3 * n + 1] + probabilities[3 * n + 2]).toBeCloseTo(1, 5);
    }
  });

  test("gives features by which the classes lie apart", async () => {
    const features = await trained.features(fresh);
    expect(features.length).toBe(150 * 84);
    const distance = (a: number, b: number) => {
      let squares = 0;
      for (let d = 0; d < 84; d++) squares += (features[a * 84 + d] - features[b * 84 + d]) ** 2;
      return squares;
    };
    let [within, between] = [0, 0];
    for (let n = 0; n + 3 < 150; n++) {
      within += distance(n, n + 3);
      between += distance(n, n + 1);
    }
    expect(between).toBeGreaterThan(2 * within);
  });

  test("makes the same bytes of the same seed, and others of another", async () => {
    const few = bars(60);
    const bytesOf = async (seed: number) => {
      const path = join(temporaryFolder(), `seed-${seed}.onnx`);
      await (await classifier(few, { ...quick, epochs: 1, seed })).save(path);
      return readFile(path);
    };
    const first = await bytesOf(1);
    expect((await bytesOf(1)).equals(first)).toBe(true);
    expect((await bytesOf(2)).equals(first)).toBe(false);
  });

  test("is the same when saved and loaded, and its features have the same name", async () => {
    const path = join(temporaryFolder(), "bars.onnx");
    await trained.save(path);
    const loaded = await loadClassifier(path);
    expect(await loaded.predict(fresh)).toEqual(await trained.predict(fresh));
    expect(await loaded.features(fresh)).toEqual(await trained.features(fresh));
    expect(loaded.featureName).toBe(trained.featureName);
    expect(loaded.featureName).toMatch(/^lenet-1\/dense2\/[0-9a-f]{8}$/);
    expect([loaded.classes, loaded.frame, loaded.accuracy]).toEqual([
      trained.classes,
      { width: 12, height: 12, channels: 1, fit: "cover", background: 255 },
      trained.accuracy,
    ]);
  });

  test("with smoothness changes less with its pixels, at the same accuracy", async () => {
    const smooth = await classifier(bars(600), { ...quick, smoothness: 1e-3 });
    expect(smooth.accuracy).toBeGreaterThan(0.95);
    const norm = async (which: PictureClassifier) => {
      const path = join(temporaryFolder(), "norm.onnx");
      await which.save(path);
      const { parameters, fn } = importOnnx(await readOnnx(path), { trainable: false });
      const features = (x: Tensor) => fn(parameters, { pictures: x }).features;
      const x = new NdArray(
        "float32",
        [3, 1, 12, 12],
        Float32Array.from(fresh.data.subarray(0, 432), (v) => v / 255),
      );
      return (await compile((x: Tensor) => frobeniusPenalty(features, x))(x as never)).item();
    };
    expect(await norm(smooth)).toBeLessThan(0.5 * (await norm(trained)));
  });

  test("leaves out pictures without a label", async () => {
    const pictures = bars(60);
    const labels = pictures.columns.get("label") as (string | null)[];
    const labeled = labels.map((_, n) => n).filter((n) => n % 4 !== 0);
    const holes = labels.map((label, n) => (n % 4 === 0 ? null : label));
    const some = { ...pictures, columns: new Map([["label", holes]]) };
    const of = async (set: PictureSet) => (await classifier(set, { ...quick, epochs: 1 })).predict(fresh);
    expect(await of(some)).toEqual(await of(selectPictures(pictures, labeled)));
  });

  test("names what it was given where that will not do", async () => {
    const pictures = bars(12);
    await expect(classifier(pictures, { label: "kind" })).rejects.toThrow(
      "classifier: the pictures have no column kind; there are label",
    );
    const one = { ...pictures, columns: new Map([["label", pictures.names.map(() => "bar")]]) };
    await expect(classifier(one)).rejects.toThrow("two classes or more were needed, column label has 1");
    const small = { ...pictures, width: 16, height: 9 };
    await expect(classifier(small)).rejects.toThrow("pictures of 12 x 12 or more were needed, got 16 x 9");
    await expect(classifier(pictures, { smoothness: -1 })).rejects.toThrow("smoothness must be a finite number >= 0");
    await expect(classifier(pictures, { smooth: 1 } as never)).rejects.toThrow("there is no option smooth");
    await expect(trained.predict({ ...pictures, width: 16, height: 9 })).rejects.toThrow(
      "pictures of 12 x 12 with 1 channels were needed, got 16 x 9 with 1",
    );
  });

  test("refuses files that are no classifier of its kind", async () => {
    const path = join(temporaryFolder(), "other.onnx");
    await trained.save(path);
    const model = await readOnnx(path);
    const description = model.metadata.get("description") ?? "";
    const refused = async (key: string, value: string, problem: string) => {
      await writeOnnx(path, { ...model, metadata: new Map([...model.metadata, [key, value]]) });
      await expect(loadClassifier(path)).rejects.toThrow(problem);
    };
    await refused("network", "lenet-2", "a classifier of network lenet-1 was needed, got lenet-2");
    await refused("description", description.slice(1), "its description is no JSON");
    await refused("description", description.replace('"channels":1', '"channels":2'), "its description must tell");
    await writeFile(path, "no model");
    await expect(loadClassifier(path)).rejects.toThrow();
  });
});
