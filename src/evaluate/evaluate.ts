import type { OnProgress } from "../io/progress.js";
import type { Pool } from "../kernels/pool.js";
import { mean, standardDeviation } from "../numerics/correlation.js";
import type { Space } from "../space/space.js";
import { type AnalogyMethod, type AnalogyReport, analogies } from "./analogies.js";
import type { AnalogyQuestions } from "./analogy-questions.js";
import type { ItemLabels, LabelReport } from "./item-labels.js";
import { type NamedVectors, namedVectors } from "./named-vectors.js";
import type { LookupOptions } from "./word-lookup.js";
import type { WordPairs } from "./word-pairs.js";
import { type SimilarityReport, wordSimilarity } from "./word-similarity.js";

/** Test sets; each is put to the space. */
export interface TestSets {
  analogies?: readonly AnalogyQuestions[];
  similarity?: readonly WordPairs[];
  labels?: readonly ItemLabels[];
}

export interface EvaluateOptions extends LookupOptions {
  /** Rule of the analogies; default "3CosAdd". */
  method?: AnalogyMethod;
  /** Whether the words of an analogy may be its answer; default false. */
  includeInputs?: boolean;
  /** Of labels: how often items are divided into those to learn from and those to test, and by which seed; once, 1. */
  repeats?: number;
  seed?: number;
  /** `sharedPool()` by default. */
  pool?: Pool;
  signal?: AbortSignal;
  /** Of labels, which take longest. */
  onProgress?: OnProgress;
}

export interface Evaluation {
  analogies: AnalogyReport[];
  similarity: SimilarityReport[];
  labels: LabelReport[];
}

/** All test sets on one space. */
export async function evaluate(
  space: NamedVectors | Space,
  tests: TestSets,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { repeats, seed, onProgress, ...ofWords } = options;
  const { caseFold, restrict } = options;
  const named = await namedVectors(space);
  const reports: Evaluation = { analogies: [], similarity: [], labels: [] };
  for (const test of tests.analogies ?? []) reports.analogies.push(await analogies(named, test, ofWords));
  for (const test of tests.similarity ?? [])
    reports.similarity.push(wordSimilarity(named, test, { caseFold, restrict }));
  if (tests.labels !== undefined && tests.labels.length > 0) {
    const { labelScores } = await import("./item-labels.js"); // which spaces of words do without
    const settings = { repeats, seed, signal: options.signal, onProgress };
    for (const test of tests.labels) reports.labels.push(await labelScores(named, test, settings));
  }
  return reports;
}

/** A figure over several spaces. */
export interface Statistic {
  /** Test set. */
  test: string;
  /** "semantic", "syntactic", "total" (shares of correct answers), "spearman", "pearson", "micro-F1" or "macro-F1". */
  figure: string;
  /** A value a space; null where nothing could be computed. */
  values: readonly (number | null)[];
  /** Of the values there are; null where there is none. */
  mean: number | null;
  /** Sample standard deviation (n - 1); null for fewer than two values. */
  deviation: number | null;
}

/** All test sets on several spaces, such as runs of different seeds: each one's reports, and the figures' deviation. */
export async function evaluateMany(
  spaces: readonly (NamedVectors | Space)[],
  tests: TestSets,
  options: EvaluateOptions = {},
): Promise<{ evaluations: Evaluation[]; statistics: Statistic[] }> {
  const evaluations: Evaluation[] = [];
  for (const space of spaces) evaluations.push(await evaluate(space, tests, options));
  const statistics: Statistic[] = [];
  tests.analogies?.forEach(({ name }, i) => {
    for (const figure of ["semantic", "syntactic", "total"] as const) {
      statistics.push(
        statistic(
          name,
          figure,
          evaluations.map(({ analogies }) => analogies[i][figure].accuracy),
        ),
      );
    }
  });
  tests.similarity?.forEach(({ name }, i) => {
    for (const figure of ["spearman", "pearson"] as const) {
      statistics.push(
        statistic(
          name,
          figure,
          evaluations.map(({ similarity }) => similarity[i][figure]),
        ),
      );
    }
  });
  tests.labels?.forEach(({ name }, i) => {
    const reports = evaluations.map(({ labels }) => labels[i]);
    for (const [figure, values] of [
      ["micro-F1", reports.map(({ microF1 }) => microF1)],
      ["macro-F1", reports.map(({ macroF1 }) => macroF1)],
    ] as const) {
      statistics.push(statistic(name, figure, values));
    }
  });
  return { evaluations, statistics };
}

function statistic(test: string, figure: string, values: readonly (number | null)[]): Statistic {
  const present = values.filter((value) => value !== null);
  return {
    test,
    figure,
    values,
    mean: present.length > 0 ? mean(present) : null,
    deviation: standardDeviation(present),
  };
}
