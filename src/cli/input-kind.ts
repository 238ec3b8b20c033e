import { files } from "#platform";
import { readSafetensorsHeader } from "../formats/safetensors.js";
import { detectFormat, type VectorFormat } from "../formats/vectors.js";
import { FormatError, fileError } from "../io/errors.js";
import { openSource, openStream } from "../io/source.js";

/** What a path turned out to be. */
export type InputKind = { kind: "space" | "folder" | "counts" | "text" } | { kind: "vectors"; format: VectorFormat };

/** Looks at a path, at a file's first bytes and not at its name alone. Throws FileError, and FormatError for foreign files. */
export async function inputKind(path: string): Promise<InputKind> {
  if (path === "-") return { kind: "text" };
  const { kind } = await files.info(path).catch((error) => Promise.reject(fileError(path, error)));
  if (kind === "folder") {
    const manifest = await files.info(`${path}/space.json`).catch(() => null);
    return { kind: manifest === null ? "folder" : "space" };
  }
  const format = await detectFormat(path);
  if (format === "safetensors" && (await holdsCounts(path))) return { kind: "counts" };
  // what is none of the other formats is called GloVe's, prose too
  if (format === "glove" && !(await hasRowsOfNumbers(path))) return { kind: "text" };
  return { kind: "vectors", format };
}

async function holdsCounts(path: string): Promise<boolean> {
  const source = await openSource(path);
  try {
    const { metadata } = await readSafetensorsHeader(source);
    return metadata.get("format") === "thing2vec.cooccurrence";
  } finally {
    await source.close();
  }
}

/** Bytes from the front that are looked at. */
const headBytes = 1 << 16;

/** Whether the first line is a word and two or more numbers, and the second, if there is one, has as many of them. */
async function hasRowsOfNumbers(path: string): Promise<boolean> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of await openStream(path)) {
    text += decoder.decode(piece.subarray(0, headBytes), { stream: true });
    if (text.length >= headBytes) break;
  }
  const lines = text.split("\n");
  if (lines.length < 2 && text.length >= headBytes) return false;
  const [first, second] = lines.slice(0, 2).map(numbersAtEnd);
  return first >= 2 && (lines.length < 3 || first === second);
}

function numbersAtEnd(line: string): number {
  const fields = line.trim().split(/[ \t]+/);
  let numbers = 0;
  while (
    numbers < fields.length - 1 &&
    /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(fields[fields.length - 1 - numbers])
  ) {
    numbers++;
  }
  return numbers;
}

/** An error for a path that is sound, but of another kind than needed. */
export function wrongKind(path: string, needed: string, found: InputKind): FormatError {
  const what = {
    space: "a space",
    folder: "a folder without space.json",
    counts: "co-occurrence counts",
    text: "text",
    vectors: "a file of vectors",
  }[found.kind];
  const format = found.kind === "vectors" ? ` (${found.format})` : "";
  return new FormatError("unsupported", { file: path }, `${needed} was needed, this is ${what}${format}`);
}
