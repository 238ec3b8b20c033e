import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkState, firstPane, firstState, type PaneState, type ViewState } from "../../explorer/app/state.js";
import { readLink, writeLink } from "../../explorer/app/url.js";

const link = (value: unknown) => `v1.${deflateRawSync(JSON.stringify(value)).toString("base64url")}`;

const pane: fc.Arbitrary<PaneState> = fc.record({
  space: fc.nat(9),
  map: fc.oneof(
    fc.constant<PaneState["map"]>({ kind: "first" }),
    fc.record({
      kind: fc.constant("columns" as const),
      columns: fc.array(fc.string(), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant("axes" as const), axes: fc.array(fc.string(), { minLength: 2, maxLength: 2 }) }),
  ),
  camera: fc.constantFrom(null, {
    center: [0.25, -1, 0] as const,
    zoom: 3,
    azimuth: 0.5,
    elevation: -0.25,
    perspective: false,
  }),
  color: fc.constantFrom<PaneState["color"]>(
    { kind: "plain" },
    { kind: "column", column: "part of speech", scale: "auto" },
    { kind: "rounds", round: 3 },
  ),
  size: fc.option(fc.string()),
  labels: fc.boolean(),
  item: fc.option(fc.nat()),
  selection: fc.uniqueArray(fc.nat(), { maxLength: 50 }).map((rows) => rows.sort((a, b) => a - b)),
  question: fc.record({
    text: fc.string(),
    count: fc.integer({ min: 1, max: 1000 }),
    metric: fc.constantFrom("cosine" as const, "euclidean" as const, "dot" as const),
    includeInputs: fc.boolean(),
  }),
  along: fc.constantFrom<Record<string, number>>({}, { age: -1.5, smile: 0.25 }),
  edges: fc.boolean(),
  links: fc.constantFrom("none" as const, "adamic-adar" as const, "dot" as const),
  frame: fc.option(fc.nat(100)),
});
const states: fc.Arbitrary<ViewState> = fc
  .record({ panes: fc.array(pane, { minLength: 1, maxLength: 4 }), linked: fc.boolean(), at: fc.nat() })
  .map(({ panes, linked, at }) => ({ panes, linked, active: at % panes.length }));

test("a link holds the whole view: what is written is read again", async () => {
  await fc.assert(
    fc.asyncProperty(states, async (state) => {
      const text = await writeLink(state);
      expect(text).toMatch(/^$|^v1\.[A-Za-z0-9_-]+$/);
      expect(await readLink(`#${text}`)).toEqual(text === "" ? null : { state });
    }),
    { numRuns: 200 },
  );
});

test("the first view is an empty link, and a view of a few changes is short", async () => {
  expect(await writeLink(firstState)).toBe("");
  const asked = { ...firstPane, question: { ...firstPane.question, text: "king - man + woman" }, item: 12 };
  expect((await writeLink({ ...firstState, panes: [asked] })).length).toBeLessThan(200);
});

test("a selection too long for a link is left out, the rest stays", async () => {
  const selection = Array.from({ length: 2001 }, (_, row) => row);
  const state = { ...firstState, panes: [{ ...firstPane, size: "rank", selection }] };
  expect(await readLink(await writeLink(state))).toEqual({
    state: { ...firstState, panes: [{ ...firstPane, size: "rank" }] },
  });
});

test("S14: other versions are told and ignored", async () => {
  expect(await readLink(link({ active: 0 }).replace("v1.", "v2."))).toEqual({
    problem: "This link was made by another version of the explorer (v2; this one reads v1).",
  });
});

test("S14: a link that inflates to more than 1 MB is refused before it is read whole", async () => {
  const bomb = `v1.${deflateRawSync(Buffer.alloc(20_000_000, 0x20)).toString("base64url")}`;
  expect(bomb.length).toBeLessThan(65_536);
  expect(await readLink(bomb)).toEqual({ problem: "The view in this link is larger than a link may be." });
});

test("S14: what breaks the schema is refused with its place, and keys that nobody knows are left out", async () => {
  const bad = (value: unknown) => async () => expect((await readLink(link(value))) ?? {}).toHaveProperty("problem");
  await bad({ panes: [] })();
  await bad({ panes: [{ space: -1 }] })();
  await bad({ panes: [{ map: { kind: "toString" } }] })();
  await bad({ panes: [{ selection: [1, 0.5] }] })();
  await bad({ panes: Array(5).fill({}) })();
  expect(await readLink(link({ panes: [{ question: { count: "many" } }] }))).toEqual({
    problem:
      'This link holds no view that can be read (view.panes[0].question.count: an integer from 1 to 1000 was needed, got "many").',
  });
  expect(await readLink(link({ evil: 1, panes: [{ evil: 2, size: "rank" }] }))).toEqual({
    state: { ...firstState, panes: [{ ...firstPane, size: "rank" }] },
  });
});

test("S14: no fragment, random or broken from a good one, throws or yields anything but a checked state", async () => {
  const good = await writeLink({ ...firstState, linked: false, panes: [{ ...firstPane, item: 3, edges: true }] });
  const fragments = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }).map((text) => `v1.${text}`),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => `v1.${Buffer.from(bytes).toString("base64url")}`),
    fc.json().map((json) => `#v1.${deflateRawSync(json).toString("base64url")}`),
    fc
      .tuple(fc.nat(good.length - 1), fc.constantFrom("", "A", "_", "%", "\0"))
      .map(([at, letter]) => good.slice(0, at) + letter + good.slice(at + 1)),
  );
  await fc.assert(
    fc.asyncProperty(fragments, async (fragment) => {
      const reading = await readLink(fragment);
      if (reading !== null && "state" in reading) expect(checkState(reading.state)).toEqual(reading.state);
      else if (reading !== null) expect(reading.problem).toMatch(/^(This link|The view)/);
    }),
    { numRuns: Number(process.env.FUZZ_INPUTS ?? 3000) },
  );
});
