import type { Cooccurrence } from "../../dist/words/cooccurrence.js";

/** A plain counter to compare with: regular expressions, maps and loops. */
export function countPlainly(
  texts: string[],
  {
    window = 15,
    minCount = 5,
    maxWords = Number.POSITIVE_INFINITY,
    lowerCase = true,
    numbers = true,
    symmetric = true,
    windowsCrossLines = false,
  } = {},
): { words: [string, number][]; pairs: [string, string, number][] } {
  const pattern = numbers ? /[\p{L}\p{M}]+|\p{N}+/gu : /[\p{L}\p{M}]+/gu;
  const lines = texts.flatMap((text) =>
    (windowsCrossLines ? [text] : text.split("\n")).map((line) => {
      const tokens = line.match(pattern) ?? [];
      return tokens
        .filter((token) => Buffer.byteLength(token) <= 1000)
        .map((token) => (lowerCase ? token.toLowerCase() : token));
    }),
  );
  const counts = new Map<string, number>();
  for (const token of lines.flat()) counts.set(token, (counts.get(token) ?? 0) + 1);
  const words = [...counts]
    .filter(([, count]) => count >= minCount)
    .sort(([a, m], [b, n]) => n - m || Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .slice(0, maxWords);
  const rows = new Map(words.map(([word], row) => [word, row]));
  const sums = new Map<string, number>();
  for (const line of lines) {
    const kept = line.filter((token) => rows.has(token));
    for (let i = 0; i < kept.length; i++) {
      for (let d = 1; d <= window && i + d < kept.length; d++) {
        const both = symmetric
          ? [
              [kept[i], kept[i + d]],
              [kept[i + d], kept[i]],
            ]
          : [[kept[i], kept[i + d]]];
        for (const [a, b] of both) sums.set(`${a} ${b}`, (sums.get(`${a} ${b}`) ?? 0) + 1 / d);
      }
    }
  }
  const pairs = [...sums].map(([key, sum]): [string, string, number] => [key.split(" ")[0], key.split(" ")[1], sum]);
  const row = (word: string) => rows.get(word) as number;
  pairs.sort(([a, b], [c, d]) => row(a) - row(c) || row(b) - row(d));
  return { words, pairs };
}

/** What a count holds, in the oracle's form. */
export async function contents(
  counts: Cooccurrence,
): Promise<{ words: [string, number][]; pairs: [string, string, number][] }> {
  const { words, counts: occurrences } = counts.vocabulary;
  const names = [...words];
  const pairs: [string, string, number][] = [];
  for await (const { length, i, j, weight } of counts.batches()) {
    for (let k = 0; k < length; k++) pairs.push([names[i[k]], names[j[k]], weight[k]]);
  }
  return { words: names.map((name, row) => [name, occurrences[row]]), pairs };
}
