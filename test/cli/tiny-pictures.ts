import { join } from "node:path";
import { autoencoder, type PictureSet } from "../../dist/images/index.js";
import type { Space } from "../../dist/space/space.js";
import { temporaryFolder } from "../temporary-folder.js";

/**
 * 24 gray pictures of 8 x 8: a bright bar `at` column 0 to 7 that is 1 to 3 pixels `thick`, on black. Two numbers say all of a
 * picture.
 */
export function bars(): PictureSet {
  const names: string[] = [];
  const columns = { at: [] as number[], thick: [] as number[] };
  const data = new Uint8Array(24 * 64);
  for (let at = 0; at < 8; at++)
    for (let thick = 1; thick <= 3; thick++) {
      const n = names.length;
      for (let y = 0; y < 8; y++) for (let x = at; x < Math.min(8, at + thick); x++) data[n * 64 + 8 * y + x] = 200;
      names.push(`bar-${at}-${thick}`);
      columns.at.push(at);
      columns.thick.push(thick);
    }
  const frame = { width: 8, height: 8, channels: 1, fit: "cover", background: 255 } as const;
  return { ...frame, names, data, columns: new Map(Object.entries(columns)), notes: [] };
}

let trained: Promise<Space> | undefined;

/** A space of the bars with two directions, in a folder that goes with the test. Trained once. */
export async function savedBars(): Promise<string> {
  trained ??= trainBars();
  const path = join(temporaryFolder(), "bars.space");
  await (await trained).save(path);
  return path;
}

async function trainBars(): Promise<Space> {
  const space = await autoencoder(bars(), { dimensions: 4, hidden: [], epochs: 60, learningRate: 0.02, heldOut: 0 });
  await space.direction("right", { column: "at" });
  await space.direction("wide", { column: "thick" });
  return space;
}
