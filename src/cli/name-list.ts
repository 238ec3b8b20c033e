import { files } from "#platform";
import type { Space } from "../space/space.js";

/** Names of a file, one a line, where there is such a file (- is standard input); otherwise names separated by commas. */
export async function namesOf(text: string): Promise<string[]> {
  const isFile = text === "-" || (await files.info(text).catch(() => null))?.kind === "file";
  if (!isFile) return text.split(",").map((name) => name.trim());
  const { openStream } = await import("../io/source.js");
  const { textLines } = await import("../evaluate/text-lines.js");
  return (await textLines(await openStream(text))).map((line) => line.text);
}

/** Words of the command line as one expression; a name with spaces, whose quotes the shell has taken, gets them back. */
export async function joinedExpression(words: readonly string[], space: Space): Promise<string> {
  if (words.length === 1) return words[0];
  const { quoteName } = await import("../space/expression.js");
  const names = await space.names();
  return words.map((word) => (/\s/.test(word) && names.has(word) ? quoteName(word) : word)).join(" ");
}
