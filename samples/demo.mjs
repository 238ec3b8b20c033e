/**
 * The main jobs, end to end on real data: 16 MB of Wikipedia -> co-occurrence counts -> vectors -> questions; then graphs, a
 * season of football and a karate club; then directions, clusters and a map; then pictures of clothes.
 *
 *     npm run demo
 */

import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import * as graphs from "../dist/graphs/index.js";
import * as images from "../dist/images/index.js";
import { evaluate, glove, openStream, ratioTable, readAnalogies, readWordPairs } from "../dist/index.js";
import * as maps from "../dist/maps/index.js";

const sample = (name) => fileURLToPath(new URL(name, import.meta.url));
const output = "wiki-sample.space";
const say = (text = "") => console.log(text);
const whole = (number) => number.toLocaleString("en");
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const clock = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

const start = performance.now();
let trainingSince = start;
let ratios;

say("1. Reading and counting samples/wiki-sample.txt.gz: window 15, words seen 5 times or more");
const space = await glove(sample("wiki-sample.txt.gz"), {
  epochs: 25,
  onCounts: async (counts) => {
    const { tokens, words } = counts.vocabulary;
    say(
      `   ${whole(tokens)} tokens, ${whole(words.length)} words, ${whole(counts.pairs)} co-occurrences: ${clock(start)}`,
    );
    ratios = await ratioTable(counts, "ice", "steam", ["solid", "gas", "water", "fashion"]);
    say(`\n2. Training GloVe: 100 dimensions, 25 epochs, ${availableParallelism()} threads, seed 1`);
    trainingSince = performance.now();
  },
  onProgress: ({ stage, epoch, epochs, loss, rate, secondsLeft }) => {
    if (stage !== "training" || !process.stderr.isTTY) return;
    const speed = `${(rate / 1e6).toFixed(1)} M pairs/s, ${Math.ceil(secondsLeft ?? 0)} s left`;
    process.stderr.write(`\r\x1b[K   epoch ${epoch} of ${epochs}, loss ${loss?.toFixed(4)}, ${speed}`);
  },
});
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
say(`   loss ${space.metrics.loss.toFixed(4)}: ${clock(trainingSince)}`);
await space.save(output);
say(`   saved as ${output}`);

say("\n3. Asking: the nearest words, the inputs left out, with their cosines");
const questions = [
  "paris - france + germany",
  "vienna - austria + hungary",
  "french - france + germany",
  "queen - woman + man",
  "physics",
  "ice",
];
for (const question of questions) {
  const neighbors = await space.near(question, { count: 5 });
  say(`   ${question.padEnd(26)} ${neighbors.map(({ name, score }) => `${name} ${score.toFixed(2)}`).join("  ")}`);
}
say(
  `   odd one out of breakfast, paris, london, berlin: ${await space.oddOneOut(["breakfast", "paris", "london", "berlin"])}`,
);

say("\n4. Measuring: analogies and similarities judged by people (a sample this small answers some kinds of question)");
const tests = {
  analogies: [await readAnalogies(await openStream(sample("questions-words.txt")))],
  similarity: [await readWordPairs(await openStream(sample("wordsim353.tsv")))],
};
const measuringSince = performance.now();
const { analogies, similarity } = await evaluate(space, tests);
const [report] = analogies;
for (const { name, seen, accuracy } of report.sections) {
  if (seen > 0) say(`   ${name.padEnd(28)} ${percent(accuracy).padStart(7)} of ${whole(seen).padStart(5)}`);
}
for (const kind of ["semantic", "syntactic", "total"]) {
  const { seen, accuracy } = report[kind];
  say(`   ${kind.padEnd(28)} ${percent(accuracy).padStart(7)} of ${whole(seen).padStart(5)}`);
}
const [wordsim] = similarity;
say(
  `   WordSim-353: Spearman ${wordsim.spearman.toFixed(3)} over ${wordsim.seen} of ${wordsim.total} pairs; all in ${clock(measuringSince)}`,
);

say("\n5. The ratio table of the GloVe paper: what goes with ice, what with steam");
say(`   ${"".padEnd(12)} ${ratios.rows.map(({ probe }) => probe.padStart(12)).join("")}`);
const line = (label, cell) =>
  say(`   ${label.padEnd(12)} ${ratios.rows.map((row) => cell(row).padStart(12)).join("")}`);
line("P(k|ice)", ({ probabilities }) => probabilities[0].toExponential(1));
line("P(k|steam)", ({ probabilities }) => probabilities[1].toExponential(1));
line(
  "ratio",
  ({ ratio, reliable }) => `${typeof ratio === "number" ? ratio.toPrecision(2) : ratio}${reliable ? "" : " *"}`,
);
say("   * from weighted counts below 5: a few places in the text decide");

say("\n6. Ranking: better teams beat better teams, PageRank from losers to winners over a season of the Bundesliga");
const graphsSince = performance.now();
const columns = { source: "loser", target: "winner", weight: "goals" };
const results = await graphs.readGraphFile(sample("football/results.csv"), columns);
const season = await graphs.Graph.fromEdges(results, { directed: true });
const { ranks, iterations, errorBound } = await graphs.pageRank(season);
for (const { place, name, rank } of graphs.topRanks(season, ranks, 6))
  say(`   ${place}. ${name.padEnd(24)} ${rank.toFixed(4)}`);
say(`   ${iterations} iterations, within ${errorBound.toExponential(0)} of the exact ranks`);

say("\n7. A karate club that broke apart: who follows whom, from edges alone");
const edges = await graphs.readGraphFile(sample("karate/edges.csv"));
const club = await graphs.Graph.fromEdges(edges);
const table = await graphs.readNodeTable(await openStream(sample("karate/labels.csv")));
const { labels } = graphs.joinNodes(edges, { labels: { table, column: "faction" } });
const factions = Array.from(labels.of);
/** The share of members whose nearest other member is of their faction. */
async function alike(space) {
  let right = 0;
  for (const [member, faction] of factions.entries()) {
    const [{ name }] = await space.near(String(member), { count: 1 });
    if (factions[Number(name)] === faction) right++;
  }
  return percent(right / factions.length);
}
say(
  `   random weights, no training  ${await alike(await graphs.randomGcn(club))} of 34 are nearest to one of their own`,
);
say(`   averages of random vectors   ${await alike(await graphs.linearEmbedding(club))}`);
say(`   two eigenvectors             ${await alike(await graphs.spectralEmbedding(club, { dimensions: 2 }))}`);
const split = { train: [0, 33], test: factions.flatMap((_, i) => (i === 0 || i === 33 ? [] : [i])) };
const learned = await graphs.gcn(club, { labels: factions, ...split }, { dropout: 0, onWarning: () => {} });
say(`   GCN, told two members        ${percent(learned.testAccuracy.mean)} of the other 32`);
const { colorsByRound } = await graphs.colorRefinement(club);
say(`   Weisfeiler-Leman tells them apart by their surroundings: ${colorsByRound.join(", ")} classes by round`);
say(`   all in ${clock(graphsSince)}`);

say("\n8. Looking: a direction learned from twelve words, clusters, and a map of all words");
const mapsSince = performance.now();
const { metrics: country } = await space.direction("country", {
  from: ["paris", "berlin", "rome", "madrid", "vienna", "london"],
  to: ["france", "germany", "italy", "spain", "austria", "england"],
});
const { vectors: steps } = await space.walk("tokyo", { along: "country", from: 0, to: 2, steps: 3 });
const onTheWay = await space.near(steps, { count: 2 });
say(`   from capitals to countries, ${percent(country.accuracy)} right on words held out; from tokyo it leads to`);
say(`   ${onTheWay.map((near) => near.map(({ name }) => name).join(", ")).join("  ->  ")}`);
const { sizes, modularity } = await maps.spaceCommunities(space);
say(`   ${sizes.length} clusters of like words, modularity ${modularity.toFixed(2)}`);
const { projection, quality } = await maps.judgedProjection(space, { method: "umap" });
const counts = (await space.columns()).get("count");
const svg = maps.drawMap({
  coordinates: projection.coordinates,
  names: await space.names(),
  title: "The words of 16 MB of Wikipedia",
  color: { title: "occurrences", values: counts },
  notes: [`UMAP; trustworthiness ${quality.trustworthiness.toFixed(2)}, continuity ${quality.continuity.toFixed(2)}`],
});
await writeFile("wiki-map.svg", svg);
say(`   wiki-map.svg: trustworthiness ${quality.trustworthiness.toFixed(2)}, ${percent(quality.preservation)} of the`);
say(`   15 nearest are kept, ${percent(quality.chance)} would be by chance; all in ${clock(mapsSince)}`);

say("\n9. Pictures: 2,000 articles of fashion, 28 x 28; twelve numbers for each, and the way back");
const picturesSince = performance.now();
const fashion = (name) => sample(`fashion-mnist/train-${name}.gz`);
const articles = await images.readIdxPictures(fashion("images-idx3-ubyte"), { labels: fashion("labels-idx1-ubyte") });
const training = { dimensions: 12, hidden: [256], epochs: 25, batchSize: 64, learningRate: 2e-3 };
const clothes = await images.autoencoder(articles, training);
const { heldOutError, heldOut } = clothes.metrics;
say(`   squared error ${heldOutError.toFixed(1)} a picture, of ${heldOut} held out: ${clock(picturesSince)}`);
const kinds = (await clothes.columns()).get("label");
const ofKind = (kind) => articles.names.filter((_, n) => kinds[n] === kind);
const [shirts, pullovers, sneakers, boots] = ["0", "2", "7", "9"].map(ofKind);
const frames = [];
for (const [name, from, to, first] of [
  ["boot", sneakers, boots, sneakers[3]],
  ["sleeves", shirts, pullovers, shirts[5]],
]) {
  const { metrics } = await clothes.direction(name, { from, to });
  say(`   direction ${name}: right for ${percent(metrics.accuracy)} of articles that were held out`);
  const { vectors } = await clothes.walk(first, { along: name, from: -1, to: 3, steps: 10 });
  frames.push(...(await clothes.decode(vectors)));
}
await writeFile("fashion-walk.png", await images.encodePng(images.pictureSheet(frames, { columns: 10 })));
await writeFile("fashion-walk.gif", await images.encodeAnimation(frames.slice(0, 10), { thereAndBack: true }));
await clothes.save("fashion.space");
say("   fashion-walk.png: a sneaker becomes a boot, a shirt grows sleeves; fashion-walk.gif shows the first");
const { vectors: drawn, distribution } = await images.samplesOf(clothes, 100);
const closest = (await clothes.near(drawn, { count: 1 })).map(([{ score }]) => score).sort((a, b) => a - b);
say(`   100 samples of a ${distribution} distribution lie ${closest[50].toFixed(1)} (median) from the nearest article`);
say(`   all in ${clock(picturesSince)}`);

say(`\nAll of it took ${clock(start)}. To try next:`);
for (const command of [
  `near ${output} "rome - italy + greece"`,
  `evaluate ${output} --analogies samples/questions-words.txt --method 3CosMul`,
  `info ${output}`,
  `convert ${output} vectors.txt`,
  `near ${output} power --plot power.svg`,
  "words my-own-texts/ -o mine.space",
  "graph samples/karate/edges.csv --method random --layers 4,4,2 --plot karate.svg",
  "rank samples/football/results.csv --source loser --target winner",
  "images samples/emoji/faces.png --tile 48 --labels samples/emoji/faces.csv",
  "walk fashion.space 0 --along sleeves --and boot -o grid.png",
  "sample fashion.space -o samples.png",
]) {
  say(`   npx thing2vec ${command}`);
}
