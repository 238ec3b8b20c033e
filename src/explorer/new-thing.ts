import { linearCombination } from "../space/combination.js";
import { parseExpression } from "../space/expression.js";
import type { Space } from "../space/space.js";
import type { EmbedAnswer, EmbedRequest, SpaceSummary } from "./protocol.js";

/** Methods whose encoders place a node by its neighbors; `tensors` are what such a space must have kept. */
const byNeighbors: Readonly<Record<string, readonly string[]>> = {
  node2vec: [],
  deepWalk: [],
  linear: [],
  spectral: [],
  "random-gcn": [],
  gcn: ["weights", "projected"],
  sgc: ["weights", "bias", "projected"],
};

/** Most letters of a text that tells of a word. */
const longestContext = 100_000;

/** What a thing that is new to a space is told by; null where the page cannot tell it. Pictures are inverted instead. */
export function takesOf(space: Space): SpaceSummary["takes"] {
  const has = (names: readonly string[]) => names.every((name) => space.tensors.has(name));
  const { method } = space;
  if (method !== null && Object.hasOwn(byNeighbors, method)) return has(byNeighbors[method]) ? "neighbors" : null;
  const isSymmetric = space.options.symmetric !== false;
  return method === "glove" && isSymmetric && has(["context", "bias", "contextBias"]) ? "context" : null;
}

/**
 * Where the space's method places a thing that it has never seen: a node by an expression of its neighbors, whose coefficients are
 * the weights of its edges (a comma is a plus there), or a word by a text of words around it, each of which counts as often as it stands there. Names that
 * the space lacks are told and passed over. Throws RangeError where nothing is left, or the space takes no such thing.
 */
export async function embedThing(space: Space, request: EmbedRequest, signal?: AbortSignal): Promise<EmbedAnswer> {
  const takes = takesOf(space);
  if (takes === null) throw new RangeError("embed: the method of this space does not tell where new things lie");
  const given = await (takes === "neighbors" ? neighborsOf(space, request) : contextOf(space, request));
  if (given.weights.size === 0) {
    const { unknown } = given;
    const some = `${unknown.slice(0, 5).join(", ")}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ""}`;
    const got = unknown.length === 0 ? "got none" : `and the space has none of ${some}`;
    throw new RangeError(`embed: one name of the space or more was needed, ${got}`);
  }
  const thing = takes === "neighbors" ? { neighbors: given.weights } : { cooccurrences: given.weights };
  const [vector] = await space.embed([thing], signal);
  return { vector: [...vector], used: [...given.weights.keys()], unknown: given.unknown };
}

interface Given {
  weights: Map<string, number>;
  unknown: string[];
}

async function neighborsOf(space: Space, { neighbors }: EmbedRequest): Promise<Given> {
  if (typeof neighbors !== "string")
    throw new RangeError("embed: neighbors was needed, an expression such as a + 2 * b or a, b");
  const names = await space.names();
  const given: Given = { weights: new Map(), unknown: [] };
  const whole = names.indexOf(neighbors.trim());
  const terms =
    whole >= 0 ? [{ name: neighbors.trim(), weight: 1 }] : linearCombination(parseExpression(listed(neighbors)));
  for (const { name, weight } of terms) {
    if (names.indexOf(name) < 0) given.unknown.push(name);
    else if (weight > 0) given.weights.set(name, weight);
    else throw new RangeError(`embed: the weight of the edge to ${name} must be above 0, got ${weight}`);
  }
  return given;
}

/** A list with commas as a sum: commas in quotes and parentheses are none of the list. */
function listed(text: string): string {
  let [depth, isQuoted, out] = [0, false, ""];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (isQuoted && letter === "\\") {
      out += letter + (text[++at] ?? "");
      continue;
    }
    if (letter === '"') isQuoted = !isQuoted;
    else if (!isQuoted && letter === "(") depth++;
    else if (!isQuoted && letter === ")") depth--;
    out += letter === "," && !isQuoted && depth === 0 ? " + " : letter;
  }
  return out;
}

async function contextOf(space: Space, { context }: EmbedRequest): Promise<Given> {
  if (typeof context !== "string" || context.length > longestContext)
    throw new RangeError(`embed: context was needed, a text of at most ${longestContext} letters`);
  const names = await space.names();
  const given: Given = { weights: new Map(), unknown: [] };
  for (const word of context.split(/[^\p{L}\p{M}\p{N}'_-]+/u)) {
    if (word === "") continue;
    const known = [word, word.toLowerCase()].find((form) => names.indexOf(form) >= 0);
    if (known !== undefined) given.weights.set(known, (given.weights.get(known) ?? 0) + 1);
    else if (!given.unknown.includes(word)) given.unknown.push(word);
  }
  return given;
}
