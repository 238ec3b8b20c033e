/** A piece of an expression; `at` is the index of its first UTF-16 unit. */
export type Token =
  /** A name as typed, or in double quotes. */
  | { kind: "word"; text: string; quoted: boolean; at: number }
  /** Punctuation, or an operator that stands alone between spaces, quoted names or parentheses. */
  | { kind: "+" | "-" | "*" | "(" | ")" | ","; at: number }
  | { kind: "end"; at: number };

/** An expression that does not follow the grammar; the message shows the place. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  /** The expression. */
  readonly expression: string;
  /** Where it went wrong: index of a UTF-16 unit, from 0. */
  readonly at: number;

  constructor(expression: string, at: number, message: string) {
    super(`expression: ${message}, at character ${at + 1}\n${excerpt(expression, at)}`);
    this.expression = expression;
    this.at = at;
  }
}

/**
 * The tokens of an expression, the last being "end". A bare word ends at white space, a double quote, a parenthesis or a
 * comma; it is an operator only where it is nothing but `+`, `-` or `*`, so that `c++` and `mother-in-law` are names.
 * Within quotes `\"` stands for a quote and `\\` for a backslash.
 */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  const bare = /[^\s"(),]+/uy;
  const space = /\s+/uy;
  for (let at = 0; ; ) {
    space.lastIndex = at;
    if (space.test(expression)) at = space.lastIndex;
    if (at >= expression.length) {
      tokens.push({ kind: "end", at });
      return tokens;
    }
    const first = expression[at];
    if (first === "(" || first === ")" || first === ",") {
      tokens.push({ kind: first, at });
      at++;
    } else if (first === '"') {
      const { text, end } = readQuoted(expression, at);
      tokens.push({ kind: "word", text, quoted: true, at });
      at = end;
    } else {
      bare.lastIndex = at;
      const text = bare.exec(expression)?.[0] ?? first;
      if (text === "+" || text === "-" || text === "*") tokens.push({ kind: text, at });
      else tokens.push({ kind: "word", text, quoted: false, at });
      at += text.length;
    }
  }
}

function readQuoted(expression: string, start: number): { text: string; end: number } {
  let text = "";
  for (let at = start + 1; at < expression.length; at++) {
    const unit = expression[at];
    if (unit === '"') return { text, end: at + 1 };
    if (unit === "\\") {
      at++;
      const escaped = expression[at];
      if (escaped !== '"' && escaped !== "\\") {
        throw new ExpressionError(expression, at - 1, 'within quotes a backslash is written \\\\ and a quote \\"');
      }
      text += escaped;
    } else {
      text += unit;
    }
  }
  throw new ExpressionError(expression, start, "this quote is not closed");
}

/** The line around a place with a caret below it, at most 60 units to each side. */
function excerpt(expression: string, at: number): string {
  const start = Math.max(0, at - 60);
  const part = expression.slice(start, at + 60).replace(/\p{Control}/gu, " ");
  // As many columns as letters before the place, marks aside; wide letters cannot be known here.
  const column = Array.from(part.slice(0, at - start).replace(/\p{Mark}/gu, "")).length;
  return `  ${part}\n  ${" ".repeat(column)}^`;
}
