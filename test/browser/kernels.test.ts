import { expect } from "vitest";
import { createMemory } from "../../dist/kernels/kernel.js";
import { Pool } from "../../dist/kernels/pool.js";
import { browserTest, type Load } from "./chromium.js";

type Kernel = typeof import("../../dist/kernels/kernel.js");
type PoolModule = typeof import("../../dist/kernels/pool.js");

/** 64 calls that write 1,000 random numbers each. */
const calls = Array.from({ length: 64 }, (_, k) => [4000 * k, 1000, k, 1, 2, 3, 4, -0.5, 1]);
const bytes = 4000 * calls.length;

async function inNode(threads: number): Promise<string> {
  const memory = createMemory(bytes);
  const pool = new Pool({ threads });
  await pool.run({ memory, kernel: "random", fn: "uniform", calls });
  pool.close();
  return Buffer.from(new Uint8Array(memory.buffer, 0, bytes)).toString("hex");
}

/** The same in a page; runs there, so it refers to nothing here. */
async function inPage(load: Load, { calls, bytes }: { calls: number[][]; bytes: number }) {
  const { createMemory, isShared } = await load<Kernel>("kernels/kernel.js");
  const { Pool } = await load<PoolModule>("kernels/pool.js");
  const memory = createMemory(bytes);
  const pool = new Pool({ threads: 2 });
  await pool.run({ memory, kernel: "random", fn: "uniform", calls });
  const hex = Array.from(new Uint8Array(memory.buffer, 0, bytes), (byte) => byte.toString(16).padStart(2, "0"));
  return { threads: pool.threads, notes: pool.notes, shared: isShared(memory), hex: hex.join("") };
}

browserTest("D1 two threads of a page leave the bytes that Node leaves", async (inBrowser) => {
  const got = await inBrowser(inPage, { calls, bytes });
  expect(got).toEqual({ threads: 2, notes: [], shared: true, hex: await inNode(2) });
});

browserTest(
  "D1 a page without COOP and COEP uses one thread, says so, and leaves the same bytes",
  async (inBrowser) => {
    const got = await inBrowser(inPage, { calls, bytes });
    expect(got).toEqual({
      threads: 1,
      notes: ["one thread: SharedArrayBuffer is missing (a page needs COOP and COEP headers)"],
      shared: false,
      hex: await inNode(1),
    });
  },
  { isolated: false },
);

browserTest("a call that traps in a page's worker rejects the run, and the pool goes on", async (inBrowser) => {
  const got = await inBrowser(async (load) => {
    const { createMemory } = await load<Kernel>("kernels/kernel.js");
    const { Pool } = await load<PoolModule>("kernels/pool.js");
    const memory = createMemory(64);
    const pool = new Pool({ threads: 2 });
    const run = (out: number) =>
      pool.run({ memory, kernel: "random", fn: "uniform", calls: [[out, 4, 0, 0, 0, 1, 2, 1, 1]] });
    const message = await run(2 ** 31).then(String, (error: Error) => error.message);
    await run(0);
    return { message, values: Array.from(new Float32Array(memory.buffer, 0, 4)) };
  });
  expect(got.message).toMatch(/^internal: kernel random\.uniform: memory access out of bounds/);
  for (const value of got.values) expect(value >= 1 && value < 2).toBe(true);
});

browserTest("numbers of src/numerics are those of Node to the last bit", async (inBrowser) => {
  const { pow, ...functions } = await import("../../dist/numerics/elementary.js");
  const points = Array.from({ length: 500 }, (_, k) => (k + 1) / 7);
  const got = await inBrowser(async (load, points) => {
    type Elementary = typeof import("../../dist/numerics/elementary.js");
    const { pow, ...functions } = await load<Elementary>("numerics/elementary.js");
    return points.map((x) => [pow(x, 0.75), ...Object.values(functions).map((f) => f(x))]);
  }, points);
  expect(got).toEqual(points.map((x) => [pow(x, 0.75), ...Object.values(functions).map((f) => f(x))]));
});

browserTest("a page unpacks gzip, hashes and reads by URL as Node does", async (inBrowser) => {
  const got = await inBrowser(async (load) => {
    const platform = await load<typeof import("../../dist/platform/browser.js")>("platform/browser.js");
    const packed = new Response("three words here").body?.pipeThrough(new CompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
    let text = "";
    const pieces = (async function* () {
      yield bytes.subarray(0, 5);
      yield bytes.subarray(5);
    })();
    for await (const piece of platform.gunzip(pieces)) text += new TextDecoder().decode(piece);
    const hash = platform.sha256();
    hash.update(new TextEncoder().encode("abc"));
    const url = "/dist/kernels/serve.js";
    const { kind } = await platform.files.info(url);
    const whole = await platform.files.open(url);
    const begin = new Uint8Array(6);
    await whole.read(begin, 0);
    const known = await platform.files.open(url, whole.size); // fetched when it is first read
    const end = new Uint8Array(100);
    const read = await known.read(end, whole.size - 4);
    const other = await platform.files.open(url, whole.size + 1);
    const refused = await other.read(end, 0).catch(({ code, message }) => `${code} ${message}`);
    return {
      text,
      hash: await hash.digest(),
      kind,
      begin: new TextDecoder().decode(begin),
      read,
      refused,
      size: whole.size,
    };
  });
  expect(got).toEqual({
    text: "three words here",
    hash: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    kind: "file",
    begin: expect.stringMatching(/^[a-z]+ ?/),
    read: 4,
    refused: `EIO /dist/kernels/serve.js: ${got.size + 1} bytes were needed, ${got.size} came`,
    size: expect.any(Number),
  });
});
