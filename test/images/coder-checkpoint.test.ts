import { join } from "node:path";
import { expect, test } from "vitest";
import { type VaeOptions, vae } from "../../dist/images/index.js";
import { Space } from "../../dist/index.js";
import { runModule } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";
import { hashFolder, hashSpace } from "../words/planted-text.js";
import { planted } from "./planted-pictures.js";

/** Four steps of a convolutional network, which ONNX Runtime runs. */
const pictures = planted(12);
const options = {
  ...{ network: "convolutional", dimensions: 2, epochs: 2, batchSize: 6, heldOut: 0, seed: 3, threads: 2 },
} satisfies VaeOptions as VaeOptions;
const hashes = async (run: Promise<Space>) => hashSpace(await run, join(temporaryFolder(), "pictures.space"));

/** A signal that is aborted when it is asked for the `at`-th time. */
function abortedAt(at: number): AbortSignal {
  const controller = new AbortController();
  let asked = 0;
  controller.signal.throwIfAborted = () => {
    if (++asked === at) controller.abort(new Error("stopped"));
    if (controller.signal.aborted) throw controller.signal.reason;
  };
  return controller.signal;
}

test("D2 C3 a convolutional VAE gives the same bytes again, and stopped at several moments and resumed", async () => {
  const undisturbed = await hashes(vae(pictures, options));
  expect(await hashes(vae(pictures, options))).toEqual(undisturbed);
  const checkpoints = { folder: join(temporaryFolder(), "checkpoint"), every: 0, resume: true };
  for (const at of [6, 9, 9]) {
    const signal = abortedAt(at);
    await expect(vae(pictures, { ...options, checkpoints, signal })).rejects.toThrow("stopped");
  }
  expect(await hashes(vae(pictures, { ...options, checkpoints }))).toEqual(undisturbed);
});

const child = `
  import { files } from "./dist/platform/node.js";
  import { vae } from "./dist/images/index.js";
  const { pictures, options, space, kill } = JSON.parse(process.env.CHILD);
  let left = kill?.at ?? Infinity;
  const visit = (name) => {
    if (!name.includes(kill?.name) || --left > 0) return;
    process.kill(process.pid, "SIGKILL");
    for (;;);
  };
  const { create, rename } = files;
  files.create = async (path, mode) => {
    const file = await create(path, mode);
    const write = async (bytes, position) => {
      await file.write(bytes.subarray(0, bytes.length >> 1), position);
      visit("write " + path);
      await file.write(bytes, position);
    };
    return { ...file, write };
  };
  files.rename = async (from, to) => {
    await rename(from, to);
    visit("renamed " + to);
  };
  const data = Uint8Array.from(pictures.data);
  const trained = await vae({ ...pictures, data, columns: new Map() }, options);
  await trained.save(space);
`;

test("C2 C3 killed and resumed, the saved space is that of an undisturbed run, to the last byte", async () => {
  const folder = temporaryFolder();
  const [space, whole] = [join(folder, "pictures.space"), join(folder, "whole.space")];
  const settings = { hidden: [6], dimensions: 2, epochs: 3, batchSize: 6 };
  const few = { ...planted(20, 4, 4), columns: new Map() };
  const checkpoints = { folder: join(folder, "checkpoint"), every: 0, resume: true };
  const run = (kill: object | null) => {
    const CHILD = { pictures: { ...few, data: [...few.data] }, options: { ...settings, checkpoints }, space, kill };
    return runModule(child, { env: { CHILD: JSON.stringify(CHILD) } });
  };
  for (const kill of [
    { name: "renamed", at: 2 },
    { name: "write", at: 4 },
  ]) {
    expect(await run(kill)).toMatchObject({ signal: "SIGKILL", stderr: "" });
    await expect(Space.load(space)).rejects.toThrow("no such file or folder");
  }
  expect(await run(null)).toMatchObject({ code: 0, stderr: "" });
  await (await vae(few, settings)).save(whole);
  expect(await hashFolder(space)).toEqual(await hashFolder(whole));
});

test("C4 a checkpoint of other options is refused, naming what differs", async () => {
  const brief = { hidden: [6], dimensions: 2, epochs: 1, batchSize: 6 };
  const checkpoints = { folder: join(temporaryFolder(), "checkpoint"), every: 0, resume: true };
  await vae(pictures, { ...brief, checkpoints });
  await expect(vae(pictures, { ...brief, beta: 4, checkpoints })).rejects.toThrow(/of another run: .*beta was 1, is 4/);
  await expect(vae(pictures, { ...brief, hidden: [7], checkpoints })).rejects.toThrow(/hidden was \[6\], is \[7\]/);
  const others = { ...pictures, data: pictures.data.map((byte) => byte ^ 1) };
  await expect(vae(others, { ...brief, checkpoints })).rejects.toThrow(/of another run: .*data was another\b/);
});
