/**
 * Simplified graph convolution on the citation graphs of Planetoid, with their public split:
 *
 *     npm run bench -- sgc --data ROOT [--rounds 5] [--curve] [--json]
 *
 * The accuracies are those of the 1000 test nodes under the weight decay that the 500 validation nodes chose; Wu et al. 2019
 * report 81.0 and 71.9. `coraSeconds` is from the names of the files to the accuracy: reading and unzipping, building the
 * graph, propagation, the search for the weight decay and the test; the shortest of some rounds in one process, of which the
 * first, while nothing is compiled yet, is noted beside. --curve adds the accuracies for other K.
 */
import { join } from "node:path";
import { sgc, sgcCurve } from "../dist/graphs/sgc.js";
import { loadPlanetoid } from "./graphs/planetoid.mjs";

const percent = (share) => Number((100 * share).toFixed(1));

async function timed(folder, options) {
  const start = performance.now();
  const { graph, nodes } = await loadPlanetoid(folder);
  const result = await sgc(graph, nodes, options);
  return { seconds: (performance.now() - start) / 1000, result };
}

export default async function bench({ data, threads, log, options }) {
  if (data === undefined)
    throw new RangeError("sgc: --data must name the folder that holds cora/ and citeseer/, got none");
  const rounds = Number(options.rounds ?? 5);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`sgc: --rounds must be an integer >= 1, got ${options.rounds}`);
  }
  const figures = {};
  const notes = [];
  const times = [];
  for (let round = 0; round < rounds; round++) {
    log(`sgc: cora, round ${round + 1}`);
    const { seconds, result } = await timed(join(data, "cora"), { threads });
    times.push(seconds);
    figures.coraAccuracy = percent(result.testAccuracy);
    if (round === 0)
      notes.push(`cora: weight decay ${result.weightDecay}, the first round took ${seconds.toFixed(3)} s`);
  }
  log("sgc: citeseer");
  const { result } = await timed(join(data, "citeseer"), { threads });
  figures.citeseerAccuracy = percent(result.testAccuracy);
  figures.coraSeconds = Math.min(...times);
  notes.push(`citeseer: weight decay ${result.weightDecay}`);
  for (const name of ["cora", "citeseer"]) {
    const { graph, nodes } = await loadPlanetoid(join(data, name));
    const ridge = await sgc(graph, nodes, { threads, classifier: "ridge" });
    notes.push(`${name}, ridge regression: ${percent(ridge.testAccuracy)} %, weight decay ${ridge.weightDecay}`);
    if (!options.curve) continue;
    log(`sgc: ${name}, by K`);
    const curve = await sgcCurve(graph, nodes, { threads });
    notes.push(
      `${name} by K: ${curve.map(({ steps, result: at }) => `${steps}: ${percent(at.testAccuracy)}`).join(", ")}`,
    );
  }
  const units = { coraAccuracy: "%", citeseerAccuracy: "%", coraSeconds: "s" };
  return { figures, settings: { threads, steps: 2, rounds }, units, notes };
}
