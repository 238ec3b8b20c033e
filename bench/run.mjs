/**
 * Runs one benchmark and prints its figures beside the peers':
 *
 *     npm run bench -- NAME [--data ROOT] [--threads N] [--json] [--OPTION VALUE ...]
 *
 * A benchmark is a module of this folder whose default export is
 *
 *     async ({ data, threads, log, options }) => ({ figures, peers, settings, units, notes })
 *
 * - data: the folder with data sets (--data, or THING2VEC_DATA), undefined where none was given; threads: 2 by default;
 *   log(line): progress, on stderr; options: all other flags as strings (true for a flag without a value);
 * - figures: { pairsPerSecond: 12e6, ... }, numbers by name;
 * - peers: { glove: { figures: { pairsPerSecond: 1.8e6 } }, numpy: { absent: "pip install numpy" } }, the line that would
 *   install a peer that is not there;
 * - settings: what the figures depend on; units: { pairsPerSecond: "pairs/s", ... }; notes: lines for the reader.
 *
 * With --json the last line of stdout is { bench, figures, peers, settings }; there, peers holds figures only.
 */
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArguments } from "./arguments.mjs";
import { table } from "./table.mjs";

const log = (line) => console.error(line);
const folder = dirname(fileURLToPath(import.meta.url));
const parts = ["run", "arguments", "median", "peer", "table", "word-vectors"];
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".mjs"))
  .map((file) => file.slice(0, -".mjs".length))
  .filter((name) => !parts.includes(name))
  .sort();

try {
  const { name, data = process.env.THING2VEC_DATA, threads, json, options } = parseArguments(process.argv.slice(2));
  if (!names.includes(name)) {
    const got = name === undefined ? "got none" : `got ${name}`;
    throw new RangeError(`bench: a name was needed, ${got}; there are ${names.join(", ") || "none yet"}`);
  }
  const { default: bench } = await import(`./${name}.mjs`);
  const { figures, peers = {}, settings = {}, units = {}, notes = [] } = await bench({ data, threads, log, options });
  console.log(table(figures, peers, units));
  for (const [setting, value] of Object.entries(settings)) console.log(`${setting}: ${value}`);
  for (const note of notes) console.log(note);
  if (json) {
    const present = Object.entries(peers).filter(([, peer]) => peer.figures !== undefined);
    const measured = Object.fromEntries(present.map(([peer, { figures }]) => [peer, figures]));
    console.log(JSON.stringify({ bench: name, figures, peers: measured, settings }));
  }
} catch (error) {
  log(error instanceof RangeError ? error.message : error);
  process.exitCode = error instanceof RangeError ? 2 : 1;
}
