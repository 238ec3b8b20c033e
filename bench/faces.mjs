/**
 * Directions in a space of faces: gender and age, learned on the training part and judged on the faces of the test part.
 *
 *     npm run bench -- faces --data ROOT [--method pca|autoencoder|vae] [--dimensions 256] [--epochs E] [--json]
 *
 * ROOT holds utkface-adults/: six sheets of faces of 48 x 48 pixels and faces.csv with the columns age, gender and split.
 *
 * - genderAccuracy: percent of test faces whose score is on the right side of the threshold that was best on the training part;
 * - ageCorrelation: Pearson's, of age with the score that the direction was learned by.
 *
 * The walks go along the patterns of the scores, as directions do by default.
 *
 * 256 codes by default: of 30, 64, 128 and 256 the number that cross-validation within the training part favors for both.
 * Strips of walks go into a folder whose name is printed, to be looked at; the pictures may not be published.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as images from "../dist/images/index.js";
import { pearson } from "../dist/numerics/correlation.js";
import { dot } from "../dist/numerics/dot.js";
import { bestThreshold } from "../dist/space/held-out.js";

/** Coefficients of the strips, in standard deviations. */
const walk = { from: -4, to: 4, steps: 9 };

/** How each method is trained, by name; `--method NAME`, `--dimensions D` and `--epochs E` choose. */
const methods = {
  pca: (faces, { dimensions, threads }) => images.picturePca(faces, { dimensions, threads }),
  autoencoder: (faces, options) => images.autoencoder(faces, { ...options, batchSize: 64 }),
  vae: (faces, options) => images.vae(faces, { ...options, likelihood: "gaussian", batchSize: 64 }),
};

/** The faces of 18 years and more of UTKFace's first part, 48 x 48, gray: [training, test] by the column `split`. */
async function readFaces(data) {
  if (data === undefined)
    throw new RangeError("faces: --data must name the folder that holds utkface-adults/, got none");
  const folder = join(data, "utkface-adults");
  const sheets = [0, 1, 2, 3, 4, 5].map((k) => join(folder, `sheet-${k}.png`));
  const all = await images.readSheet(sheets, { tile: 48, table: join(folder, "faces.csv") });
  const split = all.columns.get("split");
  const rows = (wanted) => all.names.map((_, n) => n).filter((n) => split[n] === wanted);
  return ["train", "test"].map((wanted) => images.selectPictures(all, rows(wanted)));
}

export default async function bench({ data, threads, log, options }) {
  const [training, test] = await readFaces(data);
  const method = options.method ?? "pca";
  if (!Object.hasOwn(methods, method))
    throw new RangeError(`faces: --method must be one of ${Object.keys(methods).join(", ")}, got ${method}`);
  const [dimensions, epochs] = [Number(options.dimensions ?? 256), Number(options.epochs ?? 40)];
  const start = performance.now();
  const onEpoch = ({ epoch, training, validation }) =>
    log(
      `faces: epoch ${epoch} of ${epochs}, ${((performance.now() - start) / 1000).toFixed(0)} s: error ${training.error.toFixed(2)}, held out ${validation.error.toFixed(2)}`,
    );
  const space = await methods[method](training, { dimensions, epochs, threads, onEpoch });
  const seconds = (performance.now() - start) / 1000;
  // Judged by the regressions' scores; walked along their patterns.
  const age = await space.direction("age", { column: "age", vector: "weights" });
  const gender = await space.direction("gender", { column: "gender", vector: "weights" });
  await space.direction("older", { column: "age" });
  await space.direction("other gender", { column: "gender" });

  const vectors = await space.vectors();
  const known = training.names.map((_, n) => vectors.get(n));
  const fresh = await space.embed(test.names.map((_, n) => images.pictureAt(test, n)));
  const along = (codes, { vector }) => Float64Array.from(codes, (code) => dot(code, vector));
  const threshold = bestThreshold(along(known, gender), Float64Array.from(training.columns.get("gender")));
  const genders = test.columns.get("gender");
  const right = along(fresh, gender).filter((value, n) => value > threshold === (genders[n] === 1)).length;

  const mean = new Float32Array(dimensions);
  for (const code of known) for (let d = 0; d < dimensions; d++) mean[d] += code[d] / known.length;
  const folder = mkdtempSync(join(tmpdir(), "thing2vec-faces-"));
  for (const direction of ["older", "other gender"]) {
    const rows = [];
    for (const from of [mean, ...fresh.slice(0, 4)]) {
      const { vectors, coefficients } = await space.walk(from, { along: direction, ...walk });
      rows.push({ pictures: await space.decode(vectors), labels: images.coefficientLabels(coefficients) });
    }
    const sheet = images.pictureSheet(
      rows.flatMap(({ pictures }) => pictures),
      { columns: walk.steps, labels: rows.flatMap(({ labels }) => labels) },
    );
    writeFileSync(join(folder, `${direction}.png`), await images.encodePng(sheet));
  }
  return {
    figures: {
      ageCorrelation: pearson(along(fresh, age), test.columns.get("age")),
      genderAccuracy: (100 * right) / test.names.length,
    },
    units: { ageCorrelation: "of held-out faces", genderAccuracy: "% of held-out faces" },
    settings: { threads, method, dimensions, ...(method === "pca" ? {} : { epochs }) },
    notes: [
      `${training.names.length} faces trained on in ${seconds.toFixed(0)} s, ${test.names.length} to judge by; held-out error ${space.metrics.heldOutError?.toFixed(2)} a picture`,
      `within the training split, cross-validated: age ${age.metrics.correlation.toFixed(3)}, gender ${(100 * gender.metrics.accuracy).toFixed(1)} % (baseline ${(100 * gender.metrics.baseline).toFixed(1)} %)`,
      `walks along both, from the mean code and four faces of the test split: ${folder}`,
    ],
  };
}
