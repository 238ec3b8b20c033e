import { openVectors } from "../formats/vectors.js";
import { spaceFromRows } from "../space/from-rows.js";
import { Space } from "../space/space.js";
import { gloveEncoder } from "../words/glove-encoder.js";
import { inputKind, wrongKind } from "./input-kind.js";
import type { Shell } from "./shell.js";

/** Opens a space, or reads a file of vectors as one; it is closed when the verb has ended. Throws FormatError, FileError. */
export async function openSpace(path: string, { output, signal, use }: Shell): Promise<Space> {
  const onWarning = (message: string) => output.warn(message);
  const found = path === "-" ? ({ kind: "vectors", format: undefined } as const) : await inputKind(path);
  if (found.kind === "space") {
    return use(await Space.load(path, { encoders: { glove: gloveEncoder }, onWarning, signal }));
  }
  if (found.kind !== "vectors") throw wrongKind(path, "a space or a file of vectors", found);
  const rows = await openVectors(path, { format: found.format, duplicates: "keep", onWarning });
  return spaceFromRows(rows, { onWarning, signal });
}
