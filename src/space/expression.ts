import { ExpressionError, type Token, tokenize } from "./expression-tokens.js";

export { ExpressionError } from "./expression-tokens.js";

/**
 * The expression language over the items of a space.
 *
 *   expression  =  [ "+" | "-" ] term { ( "+" | "-" ) term }
 *   term        =  { number "*" } factor
 *   factor      =  name  |  "(" expression ")"  |  "mean" "(" expression { "," expression } ")"
 *   name        =  [ "item:" | "direction:" ] ( word | quoted )
 *
 * Operators stand between spaces, quoted names or parentheses. A number is a weight only before `*`, so that `1984` is
 * a name. A quoted name is taken as it is: `"item:age"` is the name of eight letters.
 */
export type Expression =
  /** An item or a direction; an item wins where both have the name, unless `scope` says which. */
  | { kind: "name"; name: string; scope: "any" | "item" | "direction" }
  /** weight * of, the weight being the product of all that stood there. */
  | { kind: "scaled"; weight: number; of: Expression }
  /** Terms with their signs; a single term only with the sign -1. */
  | { kind: "sum"; terms: { sign: 1 | -1; of: Expression }[] }
  | { kind: "mean"; of: Expression[] };

/** Deepest nesting of parentheses. */
const mostNested = 100;
const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Reads an expression. Throws ExpressionError with the place where it breaks the grammar. */
export function parseExpression(text: string): Expression {
  return new Parser(text).parse();
}

/** Recursive descent: one method a rule of the grammar. */
class Parser {
  readonly #text: string;
  readonly #tokens: Token[];
  #next = 0;
  #nested = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): Expression {
    const expression = this.#expression();
    const token = this.#peek();
    if (token.kind === "end") return expression;
    if (token.kind === ")") throw this.#error(token, "this parenthesis closes nothing");
    if (token.kind === ",") {
      throw this.#error(
        token,
        'a comma separates only the parts of mean(...); a name that holds one is quoted, as in "a,b"',
      );
    }
    throw this.#error(
      token,
      "an operator (+, -) was needed between two names; operators stand between spaces, and a name with spaces is quoted, " +
        'as in "new york"',
    );
  }

  #expression(): Expression {
    const first = this.#peek();
    const signed = first.kind === "+" || first.kind === "-";
    if (signed) this.#next++;
    const terms: { sign: 1 | -1; of: Expression }[] = [{ sign: first.kind === "-" ? -1 : 1, of: this.#term() }];
    for (let token = this.#peek(); token.kind === "+" || token.kind === "-"; token = this.#peek()) {
      this.#next++;
      terms.push({ sign: token.kind === "+" ? 1 : -1, of: this.#term() });
    }
    return terms.length === 1 && terms[0].sign === 1 ? terms[0].of : { kind: "sum", terms };
  }

  #term(): Expression {
    const first = this.#next;
    let weight = 1;
    for (let token = this.#peek(); token.kind === "word" && this.#peek(1).kind === "*"; token = this.#peek()) {
      weight *= token.quoted || !numberPattern.test(token.text) ? Number.NaN : Number(token.text);
      if (!Number.isFinite(weight)) throw this.#error(token, `a finite number was needed before *, got ${show(token)}`);
      this.#next += 2;
    }
    const scaled = this.#next > first;
    const factor = this.#factor();
    return scaled ? { kind: "scaled", weight, of: factor } : factor;
  }

  #factor(): Expression {
    const token = this.#peek();
    this.#next++;
    if (token.kind === "(") return this.#within(token, () => this.#expression());
    if (token.kind !== "word") throw this.#error(token, `a name was needed, ${came(token)}`);
    if (token.quoted) return { kind: "name", name: token.text, scope: "any" };
    const following = this.#peek();
    if (following.kind === "(") {
      if (token.text !== "mean") throw this.#error(token, `there is no function ${token.text}, only mean(...)`);
      this.#next++;
      return this.#within(following, () => this.#mean());
    }
    return this.#name(token);
  }

  #mean(): Expression {
    const of = [this.#expression()];
    while (this.#peek().kind === ",") {
      this.#next++;
      of.push(this.#expression());
    }
    return { kind: "mean", of };
  }

  /** What stands between an opening parenthesis, already taken, and its partner. */
  #within(opening: Token, rule: () => Expression): Expression {
    this.#nested++;
    if (this.#nested > mostNested) throw this.#error(opening, `parentheses may be nested ${mostNested} deep`);
    const inner = rule();
    const token = this.#peek();
    if (token.kind === "end") throw this.#error(opening, "this parenthesis is not closed");
    if (token.kind !== ")") throw this.#error(token, `an operator or a closing parenthesis was needed, ${came(token)}`);
    this.#next++;
    this.#nested--;
    return inner;
  }

  #name(token: Token & { kind: "word" }): Expression {
    const prefix = /^(item|direction):(.*)$/su.exec(token.text);
    if (prefix === null) return { kind: "name", name: token.text, scope: "any" };
    const scope = prefix[1] as "item" | "direction";
    if (prefix[2] !== "") return { kind: "name", name: prefix[2], scope };
    const quoted = this.#peek();
    if (quoted.kind !== "word" || !quoted.quoted || quoted.at !== token.at + token.text.length) {
      throw this.#error(token, `a name was needed right after ${scope}:`);
    }
    this.#next++;
    return { kind: "name", name: quoted.text, scope };
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)];
  }

  #error(token: Token, message: string): ExpressionError {
    return new ExpressionError(this.#text, token.at, message);
  }
}

function came(token: Token): string {
  return token.kind === "end" ? "the expression ended" : `got ${show(token)}`;
}

function show(token: Token): string {
  return token.kind === "word" ? JSON.stringify(token.text) : `"${token.kind}"`;
}

/** An expression as text that parses to it again. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "name":
      return (expression.scope === "any" ? "" : `${expression.scope}:`) + printName(expression);
    case "scaled":
      return `${printNumber(expression.weight)} * ${printTerm(expression.of)}`;
    case "mean":
      return `mean(${expression.of.map(printExpression).join(", ")})`;
    case "sum":
      return expression.terms
        .map(({ sign, of }, k) => (k > 0 ? (sign > 0 ? " + " : " - ") : sign > 0 ? "" : "- ") + printTerm(of))
        .join("");
  }
}

function printTerm(expression: Expression): string {
  return expression.kind === "sum" ? `(${printExpression(expression)})` : printExpression(expression);
}

/** JavaScript's shortest form, -0 included, is a number of the grammar: 0.5, 1e+21, 1e-7. */
function printNumber(weight: number): string {
  return Object.is(weight, -0) ? "-0" : String(weight);
}

/** A name in quotes, unless it reads as itself without. */
export function quoteName(name: string): string {
  const plain = /^[^\s"(),]+$/u.test(name) && !/^[+*-]$/.test(name) && !/^(item|direction):/.test(name);
  return plain ? name : `"${name.replace(/["\\]/g, "\\$&")}"`;
}

function printName({ name, scope }: { name: string; scope: "any" | "item" | "direction" }): string {
  // After a prefix a name that itself begins with a prefix, such as item:item:5, reads as itself, too.
  return scope === "any" ? quoteName(name) : /^[^\s"(),]+$/u.test(name) ? name : quoteName(name);
}
