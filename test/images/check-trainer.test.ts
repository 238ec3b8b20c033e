import { expect, test } from "vitest";
import { autoencoder, generativeAutoencoder, type PictureSet, vae } from "../../dist/images/index.js";
import { type CheckedTrainer, checkTrainer } from "../../dist/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { pictureSet, planted } from "./planted-pictures.js";

const resumes = "stopped anywhere and resumed, the bytes are equal and no work is done twice";

/** What every coder is checked with: runs of four steps on 4 x 4 pictures. */
const shared = {
  data: {
    usual: planted(24, 4, 4),
    nothing: planted(0, 4, 4),
    oneItem: planted(1, 4, 4),
    constant: pictureSet(new Uint8Array(8 * 16).fill(90), 8, 4, 4),
  },
  badOptions: {
    network: ["deep", 1],
    hidden: [[0], [1.5], 8, "8"],
    output: ["relu", 1],
    epochs: [0, 1.5, Number.NaN, "3"],
    batchSize: [0, 1.5, "8"],
    learningRate: [0, -1, Number.NaN, "0.1"],
    heldOut: [-0.1, 0.6, Number.NaN],
    checkpoints: ["folder", {}, { folder: "" }, { folder: "checkpoint", every: -1 }],
  },
  dependsOnThreads: true,
} satisfies Partial<CheckedTrainer<PictureSet>>;
const brief = { hidden: [6], dimensions: 2, epochs: 2, batchSize: 12 };

test("P12 autoencoder keeps every promise of a trainer", async () => {
  const train: CheckedTrainer<PictureSet>["train"] = (pictures, options) =>
    autoencoder(pictures, { ...brief, ...options });
  const badOptions = { ...shared.badOptions, loss: ["absolute", 2] };
  const kept = await checkTrainer({ ...shared, name: "autoencoder", train, badOptions }, { folder: temporaryFolder() });
  expect(kept).toContain(resumes);
});

test("P12 vae keeps every promise of a trainer", async () => {
  const train: CheckedTrainer<PictureSet>["train"] = (pictures, options) => vae(pictures, { ...brief, ...options });
  const own = { beta: [-1, Number.NaN], likelihood: ["poisson"], deviation: [0, -1], binarize: ["yes", 1] };
  const badOptions = { ...shared.badOptions, ...own };
  const kept = await checkTrainer({ ...shared, name: "vae", train, badOptions }, { folder: temporaryFolder() });
  expect(kept).toContain(resumes);
});

test("P12 generativeAutoencoder keeps every promise of a trainer", async () => {
  const train: CheckedTrainer<PictureSet>["train"] = (pictures, options) =>
    generativeAutoencoder(pictures, { ...brief, matching: "global", ...options });
  const own = {
    ...{ divergence: ["gan", 1], target: ["ball", 3], lambda: [-1, Number.NaN], noise: [-1], matching: ["all"] },
    ...{ cloud: [1, 2.5], blur: [1, 0], projections: [5], memoryLimit: [-1] },
  };
  const badOptions = { ...shared.badOptions, ...own };
  const name = "generativeAutoencoder";
  const kept = await checkTrainer({ ...shared, name, train, badOptions }, { folder: temporaryFolder() });
  expect(kept).toContain(resumes);
});
