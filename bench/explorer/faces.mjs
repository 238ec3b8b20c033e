import { join } from "node:path";
import * as images from "../../dist/images/index.js";

/** A space of faces of 48 x 48 with a decoder and the directions age and gender, by an autoencoder of the default size. */
export async function faceSpace({ data, epochs, threads }) {
  if (data === undefined)
    throw new RangeError("explorer: --data must name the folder that holds utkface-adults/, got none");
  const folder = join(data, "utkface-adults");
  const sheets = [0, 1, 2, 3, 4, 5].map((k) => join(folder, `sheet-${k}.png`));
  const faces = await images.readSheet(sheets, { tile: 48, table: join(folder, "faces.csv") });
  const space = await images.autoencoder(faces, { epochs, threads });
  await space.direction("age", { column: "age" });
  await space.direction("gender", { column: "gender" });
  return space;
}
