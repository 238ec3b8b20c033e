import { booleanOption, knownOptions, wordOption } from "../io/options.js";
import { type Pool, sharedPool } from "../kernels/pool.js";
import { blockRows, questionWords } from "../kernels/twins/analogies.js";
import type { Vectors } from "../space/vectors.js";
import type { AnalogyQuestions } from "./analogy-questions.js";
import type { NamedVectors } from "./named-vectors.js";
import { type LookupOptions, type UnknownWord, WordLookup } from "./word-lookup.js";

/**
 * Questions "a is to b as c is to ?", answered by the row x that is best by one of two rules, over vectors of length 1:
 *
 *   3CosAdd  cos(x, b) - cos(x, a) + cos(x, c)      (Mikolov, Yih and Zweig 2013, https://aclanthology.org/N13-1090)
 *   3CosMul  s(x, b) s(x, c) / (s(x, a) + .001),    s = (cos + 1) / 2
 *                                                   (Levy and Goldberg 2014, https://aclanthology.org/W14-1618, eq. 4)
 *
 * A question counts as correct if the single best row is its d. Questions with an unknown word are left out; how many,
 * and which words, is in the report.
 */
export type AnalogyMethod = "3CosAdd" | "3CosMul";
export const analogyMethods: readonly AnalogyMethod[] = ["3CosAdd", "3CosMul"];

export interface AnalogyOptions extends LookupOptions {
  /** Default "3CosAdd". */
  method?: AnalogyMethod;
  /** Whether a, b and c may be answers; without them, the default, the rules are at their most flattering. */
  includeInputs?: boolean;
  /** `sharedPool()` by default. */
  pool?: Pool;
  signal?: AbortSignal;
}

export interface AnalogyScore {
  correct: number;
  /** Questions of which all words are known. */
  seen: number;
  total: number;
  /** correct / seen; null where none is seen. */
  accuracy: number | null;
}

export interface AnalogyReport {
  /** Name of the test set. */
  name: string;
  method: AnalogyMethod;
  includeInputs: boolean;
  /** Whether words were looked up in lower case. */
  caseFold: boolean;
  /** Rows that were looked at: all, or the first of them by `restrict`. */
  rows: number;
  sections: (AnalogyScore & { name: string })[];
  /** The sections about the world: capitals, currencies, cities, families. */
  semantic: AnalogyScore;
  /** The sections about grammar, whose names begin with "gram". */
  syntactic: AnalogyScore;
  total: AnalogyScore;
  /** Words that are not in the space, those of most questions first. */
  unknown: UnknownWord[];
}

/** The semantic ones of the 14 sections of questions-words.txt, its first five. */
const semanticSections = ["capital-common-countries", "capital-world", "currency", "city-in-state", "family"];

/** Distinct words whose scores with a block of rows are held at a time: 4 MiB a thread. */
const mostWords = 2 ** 13;

/** Answers all questions with the vectors of a space and counts the correct answers. */
export async function analogies(
  space: NamedVectors,
  test: AnalogyQuestions,
  options: AnalogyOptions = {},
): Promise<AnalogyReport> {
  knownOptions("analogies", options, ["method", "includeInputs", "caseFold", "restrict", "pool", "signal"]);
  const method = wordOption("analogies", "method", options.method ?? "3CosAdd", analogyMethods);
  const includeInputs = booleanOption("analogies", "includeInputs", options.includeInputs ?? false);
  const lookup = new WordLookup("analogies", space, allWords(test), options);

  const seen: Question[] = [];
  test.sections.forEach(({ questions }, section) => {
    for (const question of questions) {
      const rows = lookup.findAll(question);
      if (rows !== null) seen.push({ section, inputs: [rows[0], rows[1], rows[2]], expected: rows[3] });
    }
  });

  const sections = test.sections.map(({ name, questions }) => ({ name, ...emptyScore(), total: questions.length }));
  for (const batch of batches(seen)) {
    const answers = await answer(
      space.vectors,
      lookup.rows,
      batch,
      method,
      includeInputs,
      options.pool ?? sharedPool(),
      options.signal,
    );
    batch.questions.forEach(({ section, expected }, n) => {
      sections[section].seen++;
      if (answers[n] === expected) sections[section].correct++;
    });
  }
  for (const section of sections) section.accuracy = section.seen > 0 ? section.correct / section.seen : null;
  return {
    name: test.name,
    method,
    includeInputs,
    caseFold: lookup.caseFold,
    rows: lookup.rows,
    sections,
    semantic: sum(sections.filter(({ name }) => semanticSections.includes(name))),
    syntactic: sum(sections.filter(({ name }) => name.startsWith("gram"))),
    total: sum(sections),
    unknown: lookup.unknown(),
  };
}

function* allWords(test: AnalogyQuestions): Generator<string> {
  for (const { questions } of test.sections) for (const question of questions) yield* question;
}

function emptyScore(): AnalogyScore {
  return { correct: 0, seen: 0, total: 0, accuracy: null };
}

function sum(scores: readonly AnalogyScore[]): AnalogyScore {
  const total = emptyScore();
  for (const score of scores) {
    total.correct += score.correct;
    total.seen += score.seen;
    total.total += score.total;
  }
  return { ...total, accuracy: total.seen > 0 ? total.correct / total.seen : null };
}

/** A question by rows. */
interface Question {
  section: number;
  inputs: readonly [a: number, b: number, c: number];
  expected: number;
}

interface QuestionBatch {
  questions: Question[];
  /** The distinct rows of the inputs, each with its number among them. */
  words: Map<number, number>;
}

/** The questions in order, in batches of at most `mostWords` distinct inputs. */
function* batches(questions: readonly Question[]): Generator<QuestionBatch> {
  let batch: QuestionBatch = { questions: [], words: new Map() };
  for (const question of questions) {
    if (batch.words.size + 3 > mostWords) {
      yield batch;
      batch = { questions: [], words: new Map() };
    }
    batch.questions.push(question);
    for (const row of question.inputs) if (!batch.words.has(row)) batch.words.set(row, batch.words.size);
  }
  if (batch.questions.length > 0) yield batch;
}

const noRow = 2 ** 32 - 1;

/** The best of the first `rows` rows for each question; 2^32 - 1 where there is none. */
async function answer(
  vectors: Vectors,
  rows: number,
  { questions, words }: QuestionBatch,
  method: AnalogyMethod,
  includeInputs: boolean,
  pool: Pool,
  signal?: AbortSignal,
): Promise<Uint32Array> {
  const { stride } = vectors;
  const wordCount = Math.ceil(words.size / 2) * 2;
  const answers = new Uint32Array(questions.length).fill(noRow);
  const scores = new Float32Array(questions.length).fill(Number.NEGATIVE_INFINITY);
  const work = async (index: number) => {
    const { memory, first, length } = vectors.shards[index];
    const count = Math.min(length, rows - first);
    if (count <= 0) return;
    const norms = await vectors.inverseNorms(index, pool);
    let end = 0;
    const place = (bytes: number) => {
      const at = end;
      end += Math.ceil(bytes / 16) * 16;
      return at;
    };
    const wordsAt = place(wordCount * stride);
    const questionsAt = place(questions.length * questionWords * 4);
    const threads = Array.from({ length: pool.threads }, () => ({
      table: place(wordCount * blockRows * 4),
      best: place(questions.length * 8),
    }));
    const base = vectors.workspace(index, end);

    const unit = new Float32Array(memory.buffer, base + wordsAt, (wordCount * stride) / 4).fill(0);
    for (const [row, word] of words) unit.set(unitVector(vectors.get(row)), (word * stride) / 4);
    const asked = new Uint32Array(memory.buffer, base + questionsAt, questions.length * questionWords);
    questions.forEach(({ inputs }, n) => {
      const numbers = inputs.map((row) => words.get(row) as number);
      const inShard = (row: number) => !includeInputs && row >= first && row < first + length;
      asked.set([...numbers, ...inputs.map((row) => (inShard(row) ? row - first : noRow))], n * questionWords);
    });
    for (const { best } of threads) {
      const floats = new Float32Array(memory.buffer, base + best, questions.length * 2);
      for (let n = 0; n < questions.length; n++) floats[2 * n] = Number.NEGATIVE_INFINITY;
    }

    const constant = [
      0,
      stride,
      norms,
      base + wordsAt,
      wordCount,
      base + questionsAt,
      questions.length,
      method === "3CosMul" ? 1 : 0,
    ];
    const calls: number[][] = [];
    for (let row = 0; row < count; row += blockRows) calls.push([row, Math.min(row + blockRows, count), ...constant]);
    const threadArgs = threads.map(({ table, best }) => [base + table, base + best]);
    await pool.run({ memory, kernel: "analogies", fn: "answer", calls, threadArgs, signal });

    for (const { best } of threads) {
      const score = new Float32Array(memory.buffer, base + best, questions.length * 2);
      const row = new Uint32Array(memory.buffer, base + best, questions.length * 2);
      for (let n = 0; n < questions.length; n++) {
        const found = score[2 * n];
        if (found === Number.NEGATIVE_INFINITY) continue;
        const at = first + row[2 * n + 1];
        if (found > scores[n] || (found === scores[n] && at < answers[n])) {
          scores[n] = found;
          answers[n] = at;
        }
      }
    }
  };
  await vectors.exclusive(async () => {
    for (let index = 0; index < vectors.shards.length; index++) await work(index);
  });
  return answers;
}

/** The vector divided by its norm; zero stays zero. */
function unitVector(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const x of vector) squares += x * x;
  return squares > 0 ? vector.map((x) => x / Math.sqrt(squares)) : vector;
}
