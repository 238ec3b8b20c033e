import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Space } from "../../dist/index.js";
import { Rng } from "../../dist/numerics/random.js";

/** The countries are a to l, words that go with something end in s to z. */
export const countries = Array.from("abcdefghijkl");
const endings = Array.from("stuvwxyz");

/**
 * Lines about countries and their capitals: each has one country's subject words, and either the country's name with
 * words that go with countries, or the capital's with words that go with cities; one word in five is any. So capital - country is one direction:
 * capitalc - countryc + countrye = capitale.
 */
export function plantedLines(lines = 3000, seed = 1): string[] {
  const rng = new Rng(seed, 60);
  const oneOf = <T>(choices: readonly T[]) => choices[rng.below(choices.length)];
  return Array.from({ length: lines }, () => {
    const [country, kind] = [oneOf(countries), oneOf(["country", "capital"])];
    const words = Array.from({ length: 9 }, () => {
      const group = oneOf([kind, kind, country, country, oneOf(["country", "capital", ...countries])]);
      return group + oneOf(endings);
    });
    for (let k = 0; k < 2; k++) words.splice(rng.below(words.length), 0, kind + country);
    return words.join(" ");
  });
}

/** The words of a country's subject. */
export function subjectWords(country: string): string[] {
  return endings.map((ending) => country + ending);
}

/** The first `bytes` of the sample corpus, up to a line's end. */
export function wikiText(bytes: number): string {
  const all = gunzipSync(readFileSync(new URL("../../samples/wiki-sample.txt.gz", import.meta.url)));
  return all.subarray(0, all.lastIndexOf(10, bytes) + 1).toString();
}

/** SHA-256 of every file of a folder, by name. */
export async function hashFolder(folder: string): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const name of (await readdir(folder)).sort()) {
    sums[name] = createHash("sha256")
      .update(await readFile(join(folder, name)))
      .digest("hex");
  }
  return sums;
}

/** Saves the space to a new folder and returns the hashes of its files. */
export async function hashSpace(space: Space, folder: string): Promise<Record<string, string>> {
  await space.save(folder);
  return hashFolder(folder);
}

/** Vectors of all items, by name. */
export async function vectorsByName(space: Space): Promise<Map<string, Float32Array>> {
  const vectors = await space.vectors();
  return new Map([...(await space.names())].map((name, row) => [name, Float32Array.from(vectors.get(row))]));
}
