import { decoders, encoders } from "../joint/encoders.js";
import * as library from "../space/open-space.js";
import type { Space } from "../space/space.js";
import { inputKind, wrongKind } from "./input-kind.js";
import type { Shell } from "./shell.js";

/** Opens a space, or reads a file of vectors as one; it is closed when the verb has ended. Throws FormatError, FileError. */
export async function openSpace(path: string, { output, signal, use }: Shell): Promise<Space> {
  const found = path === "-" ? null : await inputKind(path);
  if (found !== null && found.kind !== "space" && found.kind !== "vectors") {
    throw wrongKind(path, "a space or a file of vectors", found);
  }
  const format = found?.kind === "vectors" ? found.format : undefined;
  const onWarning = (message: string) => output.warn(message);
  return use(await library.openSpace(path, { encoders, decoders, format, onWarning, signal }));
}
