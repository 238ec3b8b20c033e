import { log } from "../../numerics/elementary.js";

/** Words: two or more letters or digits in a row, marks and apostrophes within. */
const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}'’]*[\p{L}\p{N}\p{M}]/gu;

/**
 * The words that tell each cluster's texts from the others' (c-TF-IDF, Grootendorst 2022, https://arxiv.org/abs/2203.05794,
 * eq. 2), best first:
 *
 *   score = tf ln(1 + A / f)
 *
 * tf the word's count in the cluster, f in all clusters, A the mean number of words of a cluster. A word that more than
 * half of the clusters have is left out where there are others. Letters count as small; among equal scores the first by
 * code units. `texts` [N], `labels` [N] with -1 for noise, which does not count; `clusters` of them get `count` words each.
 */
export function classTerms(
  texts: ArrayLike<unknown>,
  labels: ArrayLike<number>,
  clusters: number,
  count: number,
): string[][] {
  const counts = Array.from({ length: clusters }, () => new Map<string, number>());
  const total = new Map<string, { count: number; clusters: number }>();
  let words = 0;
  for (let i = 0; i < labels.length; i++) {
    const text = texts[i];
    if (labels[i] < 0 || typeof text !== "string") continue;
    const own = counts[labels[i]];
    for (const [term] of text.toLowerCase().matchAll(word)) {
      const before = own.get(term) ?? 0;
      own.set(term, before + 1);
      const all = total.get(term) ?? { count: 0, clusters: 0 };
      all.count++;
      if (before === 0) all.clusters++;
      total.set(term, all);
      words++;
    }
  }
  const mean = words / clusters;
  return counts.map((own) => {
    const scored = [...own].map(([term, tf]) => {
      const all = total.get(term) as { count: number; clusters: number };
      return { term, score: tf * log(1 + mean / all.count), common: all.clusters > clusters / 2 };
    });
    const telling = scored.filter(({ common }) => !common);
    return (telling.length > 0 ? telling : scored)
      .sort((a, b) => b.score - a.score || (a.term < b.term ? -1 : 1))
      .slice(0, count)
      .map(({ term }) => term);
  });
}
