/**
 * The main job, end to end on real text: 16 MB of Wikipedia -> co-occurrence counts -> vectors -> questions.
 *
 *     npm run demo
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { evaluate, glove, openStream, ratios, readAnalogies, readWordPairs } from "../dist/index.js";

const sample = (name) => fileURLToPath(new URL(name, import.meta.url));
const corpus = sample("wiki-sample.txt.gz");
const output = "wiki-sample.space";
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const say = (text = "") => console.log(text);
const show = (neighbors) => neighbors.map(({ name, score }) => `${name} ${score.toFixed(2)}`).join("  ");

if (!existsSync(corpus)) throw new Error(`${corpus} is missing; the demo runs from a checkout of the repository`);
say(`1. Read and count: ${corpus.split(/[\\/]/).slice(-2).join("/")}, window 15, words seen 5 times or more`);
const start = performance.now();
let trainingSince = start;
let table;
const space = await glove(corpus, {
  epochs: 25,
  onCounts: async (counts) => {
    const { tokens, words } = counts.vocabulary;
    say(
      `   ${tokens.toLocaleString("en")} tokens, ${words.length.toLocaleString("en")} words, ` +
        `${counts.pairs.toLocaleString("en")} co-occurrences in ${seconds(start)}`,
    );
    table = await ratios(counts, "ice", "steam", ["solid", "gas", "water", "fashion"]);
    say(`\n2. Train GloVe: 100 dimensions, 25 epochs, ${availableParallelism()} threads`);
    trainingSince = performance.now();
  },
  onProgress: ({ stage, epoch, epochs, loss, rate, secondsLeft }) => {
    if (stage !== "training" || !process.stderr.isTTY) return;
    process.stderr.write(
      `\r   epoch ${epoch}/${epochs}  loss ${loss?.toFixed(4)}  ${(rate / 1e6).toFixed(1)} M pairs/s  ${secondsLeft?.toFixed(0)} s left `,
    );
  },
});
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
say(`   loss ${space.metrics.loss.toFixed(4)} after ${seconds(trainingSince)}`);
await space.save(output);
say(`   saved as ${output}`);
