import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { type PictureSet, pictureAt, picturePca } from "../../dist/images/index.js";
import { loadSpace } from "../../dist/index.js";
import { Rng } from "../../dist/numerics/random.js";
import { root } from "../child.js";
import { temporaryFolder } from "../temporary-folder.js";

/** Pictures that differ from one k to another; sent to another process as text, so it refers to nothing here. */
function picturesOf(k: number): PictureSet {
  const data = Uint8Array.from({ length: 30 * 16 }, (_, at) => (at * at * (k + 3) + at * k) % 251);
  const names = Array.from({ length: 30 }, (_, n) => `p${n}`);
  return {
    width: 4,
    height: 4,
    channels: 1,
    fit: "cover",
    background: 255,
    names,
    data,
    columns: new Map(),
    notes: [],
  };
}

test("C2 kill -9 while spaces of pictures are learned and saved leaves the old or the new, vectors and coders of one run", async () => {
  const path = join(temporaryFolder(), "pictures.space");
  const url = (file: string) => JSON.stringify(pathToFileURL(join(root, "dist", file)).href);
  const program = `
    import { autoencoder, picturePca } from ${url("images/index.js")};
    ${picturesOf}
    for (let k = 1; ; k++) {
      const learn = k % 4 === 0 ? autoencoder : picturePca;
      const more = k % 4 === 0 ? { epochs: 1, hidden: [8] } : {};
      const space = await learn(picturesOf(k), { dimensions: 3, seed: k, ...more });
      await space.save(${JSON.stringify(path)});
      console.log(k);
    }`;
  const rng = new Rng(3);
  for (let kill = 0; kill < 3; kill++) {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [saves, milliseconds] = [1 + rng.below(5), rng.below(30)];
    let done = 0;
    await new Promise((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        const before = done;
        done = Number(text.trim().split("\n").at(-1));
        if (before < saves && done >= saves) setTimeout(() => child.kill("SIGKILL"), milliseconds);
      });
      child.on("close", resolve);
    });
    const space = await loadSpace(path, { verify: true });
    const seed = space.seed as number;
    expect([done, done + 1]).toContain(seed);
    const [code] = await space.embed([pictureAt(picturesOf(seed), 11)]);
    expect(Array.from(code)).toEqual(Array.from(await space.vector("p11"), (value) => expect.closeTo(value, 4)));
    expect(await space.decode([code])).toHaveLength(1);
    await space.close();
  }
  await (await picturePca(picturesOf(0), { dimensions: 3 })).save(path); // which clears up what killed runs left
  const left = readdirSync(path).map((name) => name.replace(/-\d+\./, "."));
  expect(new Set(left).size).toBe(left.length);
  expect(left).toEqual(expect.arrayContaining(["decoder.onnx", "encoder.onnx", "space.json", "vectors.safetensors"]));
});
