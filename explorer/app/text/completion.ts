import { quoteName } from "../../../src/space/expression.js";

/** The name at the caret: where it stands in the text, and its letters before the caret, without quotes and prefix. */
export interface TypedName {
  from: number;
  to: number;
  text: string;
  /** As typed before the name. */
  prefix: "" | "item:" | "direction:";
}

const operators = new Set(["+", "-", "*", ":", "::", "?", "="]);

/**
 * The name that is being typed, null where the caret stands at none. An open quote is a name up to the end, and words without an
 * operator between them are one name that has yet to be quoted.
 */
export function typedName(expression: string, caret: number): TypedName | null {
  const all = words(expression);
  for (const [k, { from: start, to }] of all.entries()) {
    if (caret <= start || caret > to) continue;
    if (operators.has(expression.slice(start, to))) return null;
    const from = all[firstOfName(expression, all, k)].from;
    const word = expression.slice(from, to);
    const prefix = /^(?:item|direction):/.exec(word)?.[0] ?? "";
    const typed = expression.slice(from + prefix.length, caret);
    const text = typed.startsWith('"') ? typed.slice(1).replace(/\\(.)/gsu, "$1").replace(/"$/, "") : typed;
    return text === "" ? null : { from, to, text, prefix: prefix as TypedName["prefix"] };
  }
  return null;
}

/** The word with which the name of word k begins. */
function firstOfName(expression: string, all: readonly { from: number; to: number }[], k: number): number {
  const isPlain = ({ from, to }: { from: number; to: number }) => {
    const word = expression.slice(from, to);
    return !operators.has(word) && !word.includes('"');
  };
  let first = k;
  while (
    first > 0 &&
    isPlain(all[first]) &&
    isPlain(all[first - 1]) &&
    /^ +$/.test(expression.slice(all[first - 1].to, all[first].from))
  )
    first--;
  return first;
}

/** The text with a name put in the place of what was typed, and where the caret then stands. */
export function completed(expression: string, typed: TypedName, name: string): { text: string; caret: number } {
  const written = quoteName(name);
  const head = expression.slice(0, typed.from) + typed.prefix + written;
  return { text: head + expression.slice(typed.to), caret: head.length };
}

/**
 * The text with spaces round `+` and `-` within its words, as in `king-man+woman`; null where there are none. Only a
 * proposal: a hyphen may belong to a name.
 */
export function spacedOut(expression: string): string | null {
  const parts = words(expression).map(({ from, to }) => expression.slice(from, to));
  const spaced = parts.map((word) =>
    word.startsWith('"') || operators.has(word) ? word : word.replace(/(?<=[^+-])([+-])(?=[^+-])/gu, " $1 "),
  );
  return spaced.some((word, k) => word !== parts[k]) ? spaced.join(" ") : null;
}

/** Where the words of an unfinished expression begin and end; quotes, with what stands before them, are of a word. */
function words(expression: string): { from: number; to: number }[] {
  const pattern = /(?:item:|direction:)?"(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s"(),]+/gsu;
  return Array.from(expression.matchAll(pattern), ({ index, 0: word }) => ({ from: index, to: index + word.length }));
}
