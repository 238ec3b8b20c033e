import { EventEmitter } from "node:events";
import { get, type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Points, TrainingReport } from "../../dist/explorer/protocol.js";
import { EventStreams } from "../../dist/explorer/server/event-streams.js";
import { type ServedExplorer, serveExplorer } from "../../dist/explorer/server/serve.js";
import { WatchedTraining } from "../../dist/explorer/watched-training.js";
import { fromWire } from "../../dist/explorer/wire.js";
import { Space } from "../../dist/space/space.js";

const names = ["king", "queen", "man", "woman"];
const vectors = Float32Array.of(2, 0, 2, 1, 0, 0, 0, 1);
const plan = { title: "words", kind: "words", geometry: "euclidean", moves: true } as const;

let served: ServedExplorer;
let training: WatchedTraining;
let failing: WatchedTraining;
let cookie: string;
const faults: unknown[] = [];

beforeAll(async () => {
  training = new WatchedTraining(plan);
  failing = new WatchedTraining({ ...plan, title: "failing" });
  const space = Space.from({ names, vectors });
  served = await serveExplorer([{ space, title: "done" }, training, failing], {
    onFault: (error) => faults.push(error),
  });
  const entered = await fetch(served.url, { redirect: "manual" });
  cookie = (entered.headers.get("set-cookie") ?? "").split(";")[0];
});

afterAll(async () => {
  await served.close();
  expect(faults).toEqual([]);
});

function ask(path: string, headers: Record<string, string> = { cookie }): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port: served.port, path, headers, agent: false }, resolve).on("error", reject);
  });
}

/** What a stream of events tells, as it comes. */
function reports(stream: IncomingMessage): { heard: (TrainingReport & { moved: boolean })[]; ended: Promise<void> } {
  const heard: (TrainingReport & { moved: boolean })[] = [];
  let text = "";
  stream.setEncoding("utf8").on("data", (piece) => {
    text += piece;
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      const data = /^event: report\ndata: (.*)$/.exec(part)?.[1];
      if (data !== undefined) heard.push(JSON.parse(data));
    }
  });
  return { heard, ended: new Promise((resolve) => stream.on("end", () => resolve())) };
}

async function pointsOf(id: number): Promise<Points> {
  const pieces: Buffer[] = [];
  for await (const piece of await ask(`/api/watch/${id}/points`)) pieces.push(piece);
  return fromWire(new Uint8Array(Buffer.concat(pieces)).buffer) as Points;
}

describe("a training that is served", () => {
  test("is judged as all else is, and there is none of a space that is trained", async () => {
    for (const path of ["/api/watch/1/events", "/api/watch/1/points"]) {
      const [name] = cookie.split("=");
      expect((await ask(path, {})).statusCode).toBe(401);
      expect((await ask(path, { cookie: `${name}=wrong` })).statusCode).toBe(401);
      expect((await ask(path, { cookie, host: "evil.com" })).statusCode).toBe(421);
      expect((await ask(path, { cookie, origin: "http://evil.com" })).statusCode).toBe(403);
      expect((await ask(path, { cookie, "sec-fetch-site": "cross-site" })).statusCode).toBe(403);
    }
    for (const path of ["/api/watch/0/events", "/api/watch/7/points", "/api/watch/1/result", "/api/watch/x/events"])
      expect((await ask(path)).statusCode).toBe(404);
    expect((await ask("/api/watch/1/points")).statusCode).toBe(404); // no map yet
  });

  test("tells losses, rate and maps to all who follow, and its end, which ends the streams", async () => {
    const early = reports(await ask("/api/watch/1/events"));
    await expect.poll(() => early.heard.length).toBe(1);
    expect(early.heard[0]).toMatchObject({ first: true, items: 0, losses: [] });
    training.report({ stage: "training", done: 100, total: 400, unit: "pairs", rate: 50, loss: 0.5, secondsLeft: 6 });
    training.begin({ names });
    await training.learn(vectors, 2);
    await expect.poll(() => early.heard.length).toBe(3);
    expect(early.heard[1]).toMatchObject({ losses: [100, 0.5], rate: 50, unit: "pairs", moved: false, first: false });
    expect(early.heard[2]).toMatchObject({ items: 4, moved: true, finished: false });
    const before = await pointsOf(1);
    expect([before.dimensions, before.coordinates.length]).toEqual([2, 8]);

    const late = reports(await ask("/api/watch/1/events"));
    await expect.poll(() => late.heard.length).toBe(1);
    expect(late.heard[0]).toMatchObject({ first: true, losses: [100, 0.5], moved: true });
    await training.learn(
      vectors.map((value, k) => value + 0.1 * k),
      2,
    );
    await training.end(Space.from({ names, vectors: vectors.map((value) => 2 * value), geometry: "euclidean" }));
    await Promise.all([early.ended, late.ended]);
    expect(early.heard.at(-1)).toMatchObject({ finished: true, moved: true });
    expect(late.heard.at(-1)).toEqual(early.heard.at(-1));
    expect((await pointsOf(1)).coordinates).not.toEqual(before.coordinates);
    const after = reports(await ask("/api/watch/1/events"));
    await after.ended;
    expect(after.heard).toMatchObject([{ finished: true, first: true }]);
  });

  test("tells why it failed", async () => {
    const { heard, ended } = reports(await ask("/api/watch/2/events"));
    await expect.poll(() => heard.length).toBe(1);
    failing.fail(new RangeError("training diverged; lower learningRate"));
    failing.report({ stage: "training", done: 1, unit: "pairs", rate: 1 });
    await ended;
    expect(heard.at(-1)).toMatchObject({ error: "training diverged; lower learningRate", finished: false });
  });
});

/** A response of which `waiting` bytes have not been taken. */
function reader(waiting: number): ServerResponse & { got: string } {
  const fake = Object.assign(new EventEmitter(), {
    got: "",
    writableLength: waiting,
    write(text: string) {
      fake.got += text;
    },
    end: () => fake.emit("close"),
    destroy: () => fake.emit("close"),
  });
  return fake as unknown as ServerResponse & { got: string };
}

describe("streams of events", () => {
  test("a reader for which a megabyte waits is let go, and the others hear on", () => {
    const channel = new EventStreams().channel();
    const [slow, quick] = [reader(2_000_000), reader(0)];
    expect([channel.add(slow), channel.add(quick)]).toEqual([true, true]);
    channel.send("report", { k: 1 });
    channel.send("report", { k: 2 });
    expect(slow.got).not.toContain("event");
    expect(quick.got.match(/event: report\ndata: /g)).toHaveLength(2);
  });

  test("a hundred may be open at a time, of all channels together", () => {
    const streams = new EventStreams();
    const channels = [streams.channel(), streams.channel()];
    const readers = Array.from({ length: 100 }, () => reader(0));
    expect(readers.every((one, k) => channels[k % 2].add(one))).toBe(true);
    expect(channels[0].add(reader(0))).toBe(false);
    readers[7].end();
    expect(channels[0].add(reader(0))).toBe(true);
    expect(channels[1].add(reader(0))).toBe(false);
  });
});
