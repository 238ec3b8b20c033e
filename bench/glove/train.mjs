/**
 * One run of GloVe in a process of its own: text to a saved space. Prints its times and its peak memory as JSON.
 *
 *     node bench/glove/train.mjs CORPUS OUTPUT.space OPTIONS-AS-JSON
 */
import { glove } from "../../dist/index.js";

const [corpus, output, options] = process.argv.slice(2);
const start = performance.now();
let counted = start;
let pairs = 0;
let pairsPerSecond = 0;
const space = await glove(corpus, {
  ...JSON.parse(options),
  onCounts: (counts) => {
    counted = performance.now();
    pairs = counts.pairs;
  },
  onProgress: ({ stage, rate }) => {
    if (stage === "training") pairsPerSecond = rate;
  },
});
const trained = performance.now();
await space.save(output);
const end = performance.now();
const seconds = (from, to) => (to - from) / 1000;
console.log(
  JSON.stringify({
    pairs,
    pairsPerSecond,
    countSeconds: seconds(start, counted),
    trainSeconds: seconds(counted, trained),
    saveSeconds: seconds(trained, end),
    totalSeconds: seconds(start, end),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    loss: space.metrics.loss,
  }),
);
