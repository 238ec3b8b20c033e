import { files, sha256 } from "#platform";
import { FileError, FormatError, NotFoundError, ResourceError } from "../io/errors.js";
import type { Progress, TaskOptions } from "../io/progress.js";
import { openSource, pieces } from "../io/source.js";
import { Space } from "../space/space.js";

/** Options that every training method has, under these names. */
export interface TrainerOptions extends TaskOptions {
  dimensions?: number;
  seed?: number;
  threads?: number;
  checkpoints?: { folder: string; every: number; resume: boolean };
}

/** A training method, and data that show what it does; all of it should take well below a second a run. */
export interface CheckedTrainer<Data> {
  /** For messages. */
  name: string;
  /** The method, with options beneath the given ones that keep a run short: `glove(data, { minCount: 1, ...options })`. */
  train(data: Data, options: TrainerOptions): Promise<Space>;
  data: {
    /** Something to learn from; several epochs or stages of it, so that there is a middle to stop in. */
    usual: Data;
    /** No thing at all; must be refused. */
    nothing: Data;
    /** One thing without a relation; must be refused. */
    oneItem: Data;
    /** Things that are all alike; trained to finite numbers, or refused. */
    constant: Data;
    /** Further data that must be refused, by what they are: "a vocabulary of 1", "pictures with NaN". */
    refused?: Readonly<Record<string, Data>>;
  };
  /** Options out of range, by name, beside those that every method has: `{ epochs: [0, 1.5, "10"] }`. */
  badOptions?: Readonly<Record<string, readonly unknown[]>>;
  /** What users ask of a space; by default the three nearest of its first items. Compared after loading. */
  answers?(space: Space): Promise<unknown>;
  /** Whether the bytes depend on the number of threads, as the space then records; false by default. */
  dependsOnThreads?: boolean;
  /** Whether the result depends on the seed; true by default. */
  dependsOnSeed?: boolean;
  /** Whether an interrupted run leaves checkpoints from which it can go on; true by default. */
  resumable?: boolean;
}

/** What one promise's check works with. */
interface Subject<Data> {
  trainer: CheckedTrainer<Data>;
  /** A folder in `folder` that is not there yet. */
  newFolder(): string;
}

interface TrainerPromise {
  says: string;
  /** Throws where the promise is broken: `Broken` with what happened, or whatever the trainer threw. */
  check<Data>(subject: Subject<Data>): Promise<void>;
}

class Broken extends Error {}

/** In the order in which they are checked. */
const promises: readonly TrainerPromise[] = [
  { says: "data with nothing in them are refused", check: (subject) => refuses(subject, "nothing") },
  { says: "a single item is refused", check: (subject) => refuses(subject, "oneItem") },
  { says: "data that cannot be learned from are refused", check: refusesOthers },
  { says: "constant data are learned or refused, without NaN", check: constantData },
  { says: "unknown options are refused by name", check: unknownOption },
  { says: "options out of range are refused by name", check: badOptions },
  { says: "data and options stay as they were", check: inputUnchanged },
  { says: "one dimension is enough", check: oneDimension },
  { says: "trained twice, the bytes are equal", check: trainedTwice },
  { says: "another seed gives other bytes", check: anotherSeed },
  { says: "any number of threads gives the same bytes", check: anyThreads },
  { says: "saved and loaded, vectors and answers are equal", check: savedAndLoaded },
  { says: "progress rises to its total", check: progressRises },
  { says: "aborting rejects with the reason, at once", check: aborts },
  { says: "stopped anywhere and resumed, the bytes are equal and no work is done twice", check: resumes },
];

/**
 * What every training method of this package promises, checked by training some fifty times on small data; scikit-learn's
 * `check_estimator` is the model. Use it on a method of your own:
 *
 *     await checkTrainer({ name: "mine", train: mine, data }, { folder: "an/empty/folder" });
 *
 * `folder` must be there; spaces and checkpoints are left in it, for the caller to look at and to remove. Returns the
 * promises, in words. Throws an Error with a sentence for each that is broken.
 */
export async function checkTrainer<Data>(
  trainer: CheckedTrainer<Data>,
  { folder }: { folder: string },
): Promise<string[]> {
  let number = 0;
  const open: Space[] = [];
  const train: typeof trainer.train = async (data, options) => {
    const space = await trainer.train(data, options);
    open.push(space);
    return space;
  };
  const subject: Subject<Data> = { trainer: { ...trainer, train }, newFolder: () => `${folder}/${number++}` };
  const broken: string[] = [];
  for (const { says, check } of promises) {
    try {
      await check(subject);
    } catch (error) {
      broken.push(`${says}: ${error instanceof Broken ? error.message : `training failed with ${show(error)}`}`);
    }
    for (const space of open.splice(0)) await space.close();
  }
  if (broken.length > 0) {
    throw new Error(`${trainer.name} breaks ${broken.length} of ${promises.length} promises:\n${broken.join("\n")}`);
  }
  return promises.map(({ says }) => says);
}

// ------------------------------------------------------------------------------------------------------ bad input

async function refuses<Data>({ trainer }: Subject<Data>, kind: "nothing" | "oneItem"): Promise<void> {
  requireClear(await errorOf(() => trainer.train(trainer.data[kind], {})), kind);
}

async function refusesOthers<Data>({ trainer }: Subject<Data>): Promise<void> {
  for (const [what, data] of Object.entries(trainer.data.refused ?? {})) {
    requireClear(await errorOf(() => trainer.train(data, {})), what);
  }
}

async function constantData<Data>({ trainer }: Subject<Data>): Promise<void> {
  const error = await errorOf(async () => requireFinite(await trainer.train(trainer.data.constant, {})));
  if (error instanceof Broken) throw error;
  if (error !== null) requireClear(error, "constant data");
}

async function unknownOption<Data>({ trainer }: Subject<Data>): Promise<void> {
  await requireNamed(trainer, "noSuchOption", 1);
}

async function badOptions<Data>({ trainer }: Subject<Data>): Promise<void> {
  const bad = {
    dimensions: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10"],
    seed: [-1, 0.5, Number.NaN, "1"],
    threads: [0, -1, 1.5, Number.NaN, "2"],
    ...trainer.badOptions,
  };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) await requireNamed(trainer, name, value);
  }
}

/** Requires that the option is refused by an error that names it. */
async function requireNamed<Data>({ train, data }: CheckedTrainer<Data>, name: string, value: unknown): Promise<void> {
  const what = `${name}: ${typeof value === "string" ? JSON.stringify(value) : String(value)}`;
  const error = requireClear(await errorOf(() => train(data.usual, { [name]: value })), what);
  if (!error.message.includes(name)) throw new Broken(`${what} was refused without its name: ${show(error)}`);
}

const clearErrors = [RangeError, TypeError, FormatError, FileError, ResourceError, NotFoundError];
/** How engines, not authors, speak of what went wrong. */
const engineMessage =
  /^(internal:|cannot |can't |invalid |array buffer )|is not (a function|iterable|defined|a constr)/i;

function requireClear(error: unknown, what: string): Error {
  if (error === null) throw new Broken(`${what} was taken`);
  const known = error instanceof Error && clearErrors.some((type) => error instanceof type);
  if (!known || error.message === "" || engineMessage.test(error.message)) {
    throw new Broken(`${what} was refused, but not by a clear error: ${show(error)}`);
  }
  return error;
}

// ------------------------------------------------------------------------------------------------------- results

async function inputUnchanged<Data>({ trainer }: Subject<Data>): Promise<void> {
  const { usual } = trainer.data;
  const options: TrainerOptions = { seed: 1, dimensions: 3 };
  const before = structuredClone({ usual, options });
  await trainer.train(usual, options);
  if (!isSame(usual, before.usual)) throw new Broken("the data were changed");
  if (!isSame(options, before.options)) throw new Broken("the options were changed");
}

async function oneDimension<Data>({ trainer }: Subject<Data>): Promise<void> {
  const space = await trainer.train(trainer.data.usual, { dimensions: 1 });
  if (space.dimensions !== 1) throw new Broken(`the space has ${space.dimensions} dimensions`);
  await requireFinite(space);
}

async function trainedTwice<Data>(subject: Subject<Data>): Promise<void> {
  const { trainer } = subject;
  const [first, second] = [await trainer.train(trainer.data.usual, {}), await trainer.train(trainer.data.usual, {})];
  await requireFinite(first);
  requireEqual(await savedBytes(first, subject), await savedBytes(second, subject));
}

async function anotherSeed<Data>({ trainer }: Subject<Data>): Promise<void> {
  if (trainer.dependsOnSeed === false) return;
  const numbers: Float32Array[] = [];
  for (const seed of [1, 2, 2 ** 40 + 1])
    numbers.push(await numbersOf(await trainer.train(trainer.data.usual, { seed })));
  for (const [a, b] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ]) {
    if (isSame(numbers[a], numbers[b])) throw new Broken("the vectors are the same");
  }
}

async function anyThreads<Data>(subject: Subject<Data>): Promise<void> {
  const { trainer } = subject;
  if (trainer.dependsOnThreads) return;
  const expected = await savedBytes(await trainer.train(trainer.data.usual, { threads: 1 }), subject);
  for (const threads of [2, 3, 4]) {
    const space = await trainer.train(trainer.data.usual, { threads });
    requireEqual(expected, await savedBytes(space, subject), ` with ${threads} threads`);
  }
}

async function savedAndLoaded<Data>({ trainer, newFolder }: Subject<Data>): Promise<void> {
  const ask = trainer.answers ?? nearest;
  const space = await trainer.train(trainer.data.usual, {});
  const folder = newFolder();
  await space.save(folder);
  const loaded = await Space.load(folder, { verify: true });
  try {
    if (!isSame([...(await space.names())], [...(await loaded.names())])) throw new Broken("the names differ");
    if (!isSame(await numbersOf(space), await numbersOf(loaded))) throw new Broken("the vectors differ");
    if (!isSame(await ask(space), await ask(loaded))) throw new Broken("the answers differ");
  } finally {
    await loaded.close();
  }
}

async function nearest(space: Space): Promise<unknown> {
  const names = [...(await space.names())].slice(0, 3);
  return Promise.all(names.map((name) => space.near(name, { count: 3 })));
}

// ---------------------------------------------------------------------------------------------- progress and stops

async function progressRises<Data>({ trainer }: Subject<Data>): Promise<void> {
  const reports = await reportsOf(trainer);
  if (reports.length === 0) throw new Broken("nothing was reported");
  for (const [k, report] of reports.entries()) {
    const { stage, done, total, unit: _, ...rest } = report;
    const place = `report ${k + 1}, ${stage} ${done} of ${total}`;
    const before = k > 0 && reports[k - 1].stage === stage ? reports[k - 1] : undefined;
    if (before && done < before.done) throw new Broken(`${place}: before it were ${before.done}`);
    if (before && total !== before.total) throw new Broken(`${place}: before it the total was ${before.total}`);
    if (total !== undefined && !(done <= total)) throw new Broken(`${place}: this is more than the total`);
    const isLast = reports[k + 1]?.stage !== stage;
    if (isLast && total !== undefined && done !== total) throw new Broken(`${place} was the last of its stage`);
    const wrong = Object.entries({ done, ...rest }).find(([, value]) => value !== undefined && !(Number(value) >= 0));
    if (wrong) throw new Broken(`${place}: ${wrong[0]} is ${wrong[1]}`);
  }
}

/** The reports of an undisturbed run. */
async function reportsOf<Data>({ train, data }: CheckedTrainer<Data>, more: TrainerOptions = {}): Promise<Progress[]> {
  const reports: Progress[] = [];
  await train(data.usual, { ...more, onProgress: (progress) => reports.push({ ...progress }) });
  return reports;
}

async function aborts<Data>({ trainer }: Subject<Data>): Promise<void> {
  const controller = new AbortController();
  const early = new Error("stopped before it began");
  controller.abort(early);
  const outcome = await abortedRun(trainer, controller, { reason: early, at: 0 }, {});
  if (outcome.after > 0) throw new Broken(`a run aborted before it began reported ${outcome.after} times`);
  for (const at of stops(await reportsOf(trainer))) {
    const { after, last } = await abortedRun(trainer, new AbortController(), { reason: new Error("stopped"), at }, {});
    if (after > 1) throw new Broken(`aborted at ${last.stage} ${last.done}, it reported ${after} times more`);
  }
}

async function resumes<Data>(subject: Subject<Data>): Promise<void> {
  const { trainer, newFolder } = subject;
  if (trainer.resumable === false) return;
  const expected = await savedBytes(await trainer.train(trainer.data.usual, {}), subject);
  const reports = await reportsOf(trainer);
  const lastStage = reports.at(-1)?.stage;
  for (const at of stops(reports)) {
    const checkpoints = { folder: newFolder(), every: 0, resume: true };
    const stop = { reason: new Error("stopped"), at };
    const { last } = await abortedRun(trainer, new AbortController(), stop, { checkpoints });
    const again: Progress[] = [];
    const space = await trainer.train(trainer.data.usual, {
      checkpoints,
      onProgress: (progress) => again.push({ ...progress }),
    });
    requireEqual(expected, await savedBytes(space, subject), ` after a stop at ${last.stage} ${last.done}`);
    const next = again.find(({ stage }) => stage === lastStage);
    if (last.stage === lastStage && next !== undefined && next.done <= last.done) {
      throw new Broken(`stopped at ${last.stage} ${last.done}, the resumed run reported ${next.done} first`);
    }
  }
}

/** At which reports to stop a run, counted from 1: the first of each stage and a later one; not the very last. */
function stops(reports: readonly Progress[]): number[] {
  const firsts = reports.flatMap(({ stage }, k) => (stage === reports[k - 1]?.stage ? [] : [k + 1]));
  const middle = Math.ceil((firsts[firsts.length - 1] + reports.length) / 2);
  const found = [...new Set([...firsts, middle])].filter((at) => at < reports.length);
  if (found.length === 0) throw new Broken("with so few reports of progress there is no middle to stop in");
  return found;
}

/** A run that is aborted while it makes report number `at`; requires that it rejects with the reason. */
async function abortedRun<Data>(
  { train, data }: CheckedTrainer<Data>,
  controller: AbortController,
  { reason, at }: { reason: Error; at: number },
  more: TrainerOptions,
): Promise<{ after: number; last: Progress }> {
  const reports: Progress[] = [];
  const onProgress = (progress: Progress) => {
    reports.push({ ...progress });
    if (reports.length === at) controller.abort(reason);
  };
  const error = await errorOf(() => train(data.usual, { ...more, signal: controller.signal, onProgress }));
  const where = at === 0 ? "before it began" : `at report ${at}`;
  if (error === null) throw new Broken(`aborted ${where}, it went on to the end`);
  if (error !== reason) throw new Broken(`aborted ${where}, it failed with ${show(error)}, not with the reason`);
  return { after: reports.length - at, last: reports[at - 1] };
}

// ------------------------------------------------------------------------------------------------------- comparing

/** What a run is rejected with, or throws; null where it succeeds. */
async function errorOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
    return null;
  } catch (error) {
    return error ?? new Error("nothing");
  }
}

/** All numbers of the vectors, row after row. */
async function numbersOf(space: Space): Promise<Float32Array> {
  const vectors = await space.vectors();
  const numbers = new Float32Array(space.length * space.dimensions);
  for (let row = 0; row < space.length; row++) numbers.set(vectors.get(row), row * space.dimensions);
  return numbers;
}

async function requireFinite(space: Space): Promise<void> {
  const tensors = await Promise.all(
    [...space.tensors].map(async ([name, tensor]) => [name, await tensor.read()] as const),
  );
  for (const [name, numbers] of [["vectors", await numbersOf(space)] as const, ...tensors]) {
    const at = numbers.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new Broken(`number ${at} of ${name} is ${numbers[at]}`);
  }
}

/** The SHA-256 of all files of the space when it is saved, by name. */
async function savedBytes<Data>(space: Space, { newFolder }: Subject<Data>): Promise<Map<string, string>> {
  const folder = newFolder();
  await space.save(folder);
  const sums = new Map<string, string>();
  for (const name of await files.list(folder)) {
    const hash = sha256();
    const source = await openSource(`${folder}/${name}`);
    try {
      for await (const piece of pieces(source)) hash.update(piece);
    } finally {
      await source.close();
    }
    sums.set(name, await hash.digest());
  }
  return sums;
}

function requireEqual(expected: Map<string, string>, got: Map<string, string>, when = ""): void {
  const names = new Set([...expected.keys(), ...got.keys()]);
  const differing = [...names].filter((name) => expected.get(name) !== got.get(name));
  if (differing.length > 0) throw new Broken(`${differing.join(", ")} of the saved space differ${when}`);
}

/** Whether two values hold the same, to the bit: plain objects, arrays, typed arrays, maps and sets of numbers and strings. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const [x, y] = [a, b].map((value) => (isIterable(value) ? [...value] : Object.entries(value)));
  return x.length === y.length && x.every((value, k) => isSame(value, y[k]));
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value;
}

function show(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
