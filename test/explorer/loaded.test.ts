import { effect, signal } from "@preact/signals";
import { expect, test, vi } from "vitest";
import { loader } from "../../explorer/app/loaded.js";
import { scoped } from "../../explorer/app/scoped.js";

/** Answers that the test gives itself. */
function answering() {
  const calls: { request: number; signal: AbortSignal; answer: (text: string) => void; fail: (why: string) => void }[] =
    [];
  const run = (request: number, abort: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      calls.push({ request, signal: abort, answer: resolve, fail: (why) => reject(new Error(why)) });
    });
  return { calls, run };
}
const settle = () => new Promise((resolve) => setTimeout(resolve));

test("the newest request wins: the older one is aborted and its answer dropped", async () => {
  const wanted = signal<number | null>(1);
  const { calls, run } = answering();
  const { loaded } = loader(() => wanted.value, run);
  wanted.value = 2;
  expect(calls.map(({ request, signal }) => [request, signal.aborted])).toEqual([
    [1, true],
    [2, false],
  ]);
  calls[1].answer("two");
  calls[0].answer("one");
  await settle();
  expect(loaded.value).toEqual({ value: "two", loading: false, error: null });
});

test("a failure keeps the last good value and says why", async () => {
  const wanted = signal<number | null>(1);
  const { calls, run } = answering();
  const { loaded } = loader(() => wanted.value, run);
  calls[0].answer("one");
  await settle();
  wanted.value = 2;
  expect(loaded.value).toEqual({ value: "one", loading: true, error: null });
  calls[1].fail("there is no two");
  await settle();
  expect(loaded.value).toEqual({ value: "one", loading: false, error: "there is no two" });
});

test("equal requests are sent once, and no request is no value", async () => {
  const wanted = signal<{ row: number } | null>({ row: 1 });
  const run = vi.fn(async () => "x");
  const { loaded } = loader(() => wanted.value, run);
  wanted.value = { row: 1 };
  await settle();
  expect(run).toHaveBeenCalledTimes(1);
  wanted.value = null;
  expect(loaded.value).toEqual({ value: null, loading: false, error: null });
});

test("with patience an older request may land, is shown, and only the newest of those since is sent", async () => {
  const wanted = signal<number | null>(1);
  const { calls, run } = answering();
  const { loaded } = loader(() => wanted.value, run, { patience: 10_000 });
  for (const next of [2, 3, 4]) wanted.value = next;
  expect(calls).toHaveLength(1);
  calls[0].answer("one");
  await settle();
  expect(loaded.value).toEqual({ value: "one", loading: true, error: null });
  expect(calls.map(({ request }) => request)).toEqual([1, 4]);
  calls[1].answer("four");
  await settle();
  expect(loaded.value).toEqual({ value: "four", loading: false, error: null });
});

test("the last value does not stay when it belongs to something else", async () => {
  const space = signal("words");
  const { calls, run } = answering();
  const { loaded } = loader(() => 1, run, { scope: () => space.value, patience: 10_000 });
  calls[0].answer("of words");
  await settle();
  space.value = "faces";
  expect(loaded.value).toEqual({ value: null, loading: true, error: null });
  calls[1].answer("of faces");
  await settle();
  expect(loaded.value.value).toBe("of faces");
});

test("what has failed is asked again, what has not is not", async () => {
  const { calls, run } = answering();
  const { loaded, again } = loader(() => 1, run);
  again();
  expect(calls).toHaveLength(1);
  calls[0].fail("no answer came");
  await settle();
  again();
  calls[1].answer("one");
  await settle();
  expect(loaded.value).toEqual({ value: "one", loading: false, error: null });
  again();
  expect(calls).toHaveLength(2);
});

test("with a delay only what stays is sent", async () => {
  vi.useFakeTimers();
  const wanted = signal<number | null>(1);
  const { calls, run } = answering();
  const { stop } = loader(() => wanted.value, run, { delay: () => 100 });
  vi.advanceTimersByTime(99);
  wanted.value = 2;
  vi.advanceTimersByTime(99);
  expect(calls).toHaveLength(0);
  vi.advanceTimersByTime(1);
  expect(calls.map(({ request }) => request)).toEqual([2]);
  stop();
  expect(calls[0].signal.aborted).toBe(true);
  vi.useRealTimers();
});

test("who sees the new scope never sees a value of the former one", async () => {
  const space = signal("faces");
  const seen = new Set<string>();
  const watch = (told: { value: { value: string | null } }) => seen.add(`${space.value}: ${told.value.value}`);
  const run = async ({ of }: { of: string }) => `a name of ${of}`;
  const { loaded } = loader(() => ({ of: space.value }), run, { scope: () => space.value });
  effect(() => {
    watch(loaded);
  });
  await settle();
  space.value = "words";
  await settle();
  expect([...seen]).toEqual(["faces: null", "faces: a name of faces", "words: null", "words: a name of words"]);
});

test("a value that is scoped is empty in another scope, and there again when its own comes back", () => {
  const space = signal("faces");
  const origin = scoped<string | null>(() => space.value, null);
  origin.value = "mine.png";
  const seen: (string | null)[] = [];
  effect(() => {
    seen.push(`${space.value}: ${origin.value}`);
  });
  space.value = "words";
  space.value = "faces";
  expect(seen).toEqual(["faces: mine.png", "words: null", "faces: mine.png"]);
});
